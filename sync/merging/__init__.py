"""Three versions of one value become one: texts by lines, JSON objects by keys, all else whole. Pure functions."""
