"""Bags in, evidence out: any bag with a camera is decoded again, offline, without ROS."""
