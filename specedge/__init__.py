"""specedge: a Unitree Go2 obeys natural language through a model that is too big for it."""

__version__ = "0.1.0"
