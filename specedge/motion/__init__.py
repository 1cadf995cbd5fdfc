"""Guarded motion: actions in, velocities inside declared limits out. Free of ROS."""
