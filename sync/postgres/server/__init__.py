"""The administrator's side: adopting, installing, looking after, devices."""
