"""A recurrent drafting head: the verifier's own guess at what its target says after the next token.

It reads the target's last hidden state, which the pass has computed anyway, and goes on by itself:
a GRU over the choices, much smaller than one decoder layer, whose state the target's own LM head
reads. After ReDrafter (Zhang et al. 2024, arXiv 2403.09919). Drafting with an early exit instead
costs the exit's share of a pass for every token, which at the agreement of shallow exits hardly
pays. The target's own output stays what it is.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from specedge.models.exits import UNREADABLE
from specedge.models.loading import LoadedModel
from specedge.models.tokenizer import ModelNotFound

WEIGHTS, DESCRIPTION = "ahead.safetensors", "ahead.json"
DEFAULT_WIDTH = 192


class AheadHead(nn.Module):
    """Drafts choices from one hidden state of the target.

    Args:
        hidden: Width of the target's hidden states and embeddings.
        width: Of the recurrent state.

    Attributes:
        temperature: What its logits are divided by for probabilities that are calibrated.
    """

    def __init__(self, hidden: int, width: int = DEFAULT_WIDTH) -> None:
        super().__init__()
        self.width = width
        self.temperature = 1.0
        self.first = nn.Linear(hidden, width)
        self.cell = nn.GRUCell(hidden, width)
        self.out = nn.Linear(width, hidden)

    def start(self, hidden: Tensor) -> Tensor:
        """Returns states [B, width] for [B, hidden] inputs of the LM head."""
        return torch.tanh(self.first(hidden))

    def step(self, state: Tensor, embedded: Tensor) -> Tensor:
        """Returns states [B, width] after the choices with [B, hidden] embeddings."""
        after: Tensor = self.cell(embedded, state)
        return after

    def logits(self, state: Tensor, target: LoadedModel) -> Tensor:
        """Returns [..., vocabulary] logits of the choice after [..., width] states."""
        # The head is trained in float32, whatever the target is loaded in.
        logits: Tensor = target.lm_head(self.out(state).to(target.lm_head.weight.dtype))
        return logits

    def save(self, folder: Path) -> None:
        """Writes the head next to its target."""
        save_file(self.state_dict(), folder / WEIGHTS)
        description = {"format": 1, "width": self.width, "temperature": self.temperature}
        (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n")


def load_ahead(target: LoadedModel, folder: Path | None = None) -> AheadHead | None:
    """Loads the drafting head of a target; None when it has none.

    Args:
        target: The model that it was trained on.
        folder: Where it lies; by default with the target.

    Raises:
        ModelNotFound: the files there are not a head of this target.
    """
    folder = Path(target.name) if folder is None else folder
    if not (folder / DESCRIPTION).is_file():
        return None
    try:
        description = json.loads((folder / DESCRIPTION).read_text())
        head = AheadHead(int(target.lm_head.weight.shape[1]), int(description["width"]))
        head.load_state_dict(load_file(folder / WEIGHTS))
        head.temperature = float(description["temperature"])
    except UNREADABLE as error:
        raise ModelNotFound(
            f"{folder / DESCRIPTION} does not describe a drafting head of {target.name}: {error}"
        ) from error
    dtype = target.lm_head.weight.dtype
    return head.to(device=target.device, dtype=dtype).eval().requires_grad_(False)
