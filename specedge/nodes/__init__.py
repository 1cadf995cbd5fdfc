"""The ROS nodes: thin adapters between topics and what is free of ROS."""
