"""Exits and drafts for any pair of models, from recorded pictures, goals and commands."""
