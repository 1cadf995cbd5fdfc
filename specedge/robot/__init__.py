"""The robot's own DDS: the only package that touches unitree_sdk2py, always in child processes."""
