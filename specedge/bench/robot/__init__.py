"""Closed-loop episodes: what a model is worth when it drives."""
