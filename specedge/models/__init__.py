"""Models: loading Hugging Face pairs, early exits, the nano pair, KV-cached sequences."""
