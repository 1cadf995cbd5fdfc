"""Measurements: what the models are worth in closed loop."""
