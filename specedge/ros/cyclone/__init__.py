"""The part of rclpy that specedge's nodes use, on Cyclone DDS alone.

An adapter, not a ROS: the same names, the same wire, nothing that the nodes do not need.
"""
