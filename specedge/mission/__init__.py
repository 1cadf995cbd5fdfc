"""From a sentence to commands, turn by turn, until the goal is reached. Free of ROS."""
