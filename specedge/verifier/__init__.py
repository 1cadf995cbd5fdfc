"""The cloud side: a process that serves the target model to robots."""

READY = "verifier ready at "
"""Begins the line on the verifier's stdout that says where it serves."""
