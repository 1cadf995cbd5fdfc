"""Decoding one command together: acceptance, grammar, engines, modes (docs/architecture.md)."""
