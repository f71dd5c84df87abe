"""The screens, one file each; those a person can go to register themselves in ``tui.registry``."""
