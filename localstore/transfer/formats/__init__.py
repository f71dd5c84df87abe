"""The formats, one file each; ``localstore.transfer.registry`` finds them."""
