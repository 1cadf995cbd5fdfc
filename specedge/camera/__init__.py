"""Where pictures come from: the Go2, a camera, a video or a folder. Free of ROS."""
