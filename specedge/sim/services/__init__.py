"""The DDS side of the simulated Go2: what answers the unmodified clients of unitree_sdk2py."""
