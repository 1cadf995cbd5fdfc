"""Measures the ways to decode side by side, on the same frames, over links that are emulated."""
