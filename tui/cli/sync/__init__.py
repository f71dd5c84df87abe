"""The commands of ``localstore sync``, one file each."""
