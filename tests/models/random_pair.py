"""A pair of nano models as they are before any training."""

from __future__ import annotations

from pathlib import Path

from specedge.models import nano


def save_random_pair(folder: Path, seed: int = 0) -> tuple[Path, Path]:
    """Saves a pair under ``folder`` and returns its target's and draft's folders."""
    tokenizer = nano.make_tokenizer()
    configs = {
        "target": nano.target_config(tokenizer, layers=4),
        "draft": nano.draft_config(tokenizer),
    }
    for offset, (name, config) in enumerate(configs.items()):
        nano.save_model(nano.make_model(config, seed + offset), folder / name)
    return folder / "target", folder / "draft"
