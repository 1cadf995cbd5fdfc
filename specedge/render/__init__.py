"""A run to look at: a video of its camera with everything drawn in, and pictures of its course."""
