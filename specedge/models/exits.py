"""Early exits: small heads that guess a frozen target's tokens from the middle of its pass.

An exit at decoder layer L reads that layer's output h and gives the logits of
``lm_head(final_norm(h + up(down(norm(h)))))``, where only ``norm``, ``down`` and ``up`` are its
own. It reads by a forward hook, so the target's own output stays what it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from specedge.models.loading import LoadedModel
from specedge.models.tokenizer import ModelNotFound

WEIGHTS, DESCRIPTION = "exits.safetensors", "exits.json"
UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    SafetensorError,
)
"""What reading a description and weights raises that are broken, or of another shape."""
DEFAULT_RANK = 32


class ExitHead(nn.Module):
    """The adapter of one exit; the identity until it is trained."""

    def __init__(self, hidden: int, rank: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(hidden, eps=1e-6)
        self.down = nn.Linear(hidden, rank, bias=False)
        self.up = nn.Linear(rank, hidden, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, hidden: Tensor) -> Tensor:
        """Adapts [..., hidden] states of its layer to what the final norm expects."""
        adapted: Tensor = hidden + self.up(self.down(self.norm(hidden)))
        return adapted


class ExitHeads(nn.Module):
    """The exits of one target.

    Attributes:
        layers: Indices of the decoder layers whose output is read, ascending.
        temperatures: Per layer, what to divide its logits by for a confidence that is calibrated.
    """

    def __init__(self, hidden: int, layers: Iterable[int], rank: int = DEFAULT_RANK) -> None:
        super().__init__()
        self.layers = tuple(sorted(layers))
        self.temperatures = dict.fromkeys(self.layers, 1.0)
        self.rank = rank
        self.heads = nn.ModuleDict({str(layer): ExitHead(hidden, rank) for layer in self.layers})

    def logits(self, layer: int, hidden: Tensor, target: LoadedModel) -> Tensor:
        """Returns the logits [..., vocabulary] of the exit at ``layer`` for [..., hidden]."""
        normed = target.final_norm(self.heads[str(layer)](hidden))
        # Exits are trained in float32, whatever the target is loaded in.
        logits: Tensor = target.lm_head(normed.to(target.lm_head.weight.dtype))
        return logits

    def save(self, folder: Path) -> None:
        """Writes the exits next to their target."""
        save_file({name: value.contiguous() for name, value in self.state_dict().items()},
                  folder / WEIGHTS)  # fmt: skip
        description = {
            "format": 1,
            "layers": self.layers,
            "rank": self.rank,
            "temperature": {str(layer): value for layer, value in self.temperatures.items()},
        }
        (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n")


def load_exits(target: LoadedModel, folder: Path | None = None) -> ExitHeads | None:
    """Loads the exits of a target; None when it has none.

    Args:
        target: The model that they were trained on.
        folder: Where they lie; by default with the target.

    Raises:
        ModelNotFound: the files there are not exits of this target.
    """
    folder = Path(target.name) if folder is None else folder
    if not (folder / DESCRIPTION).is_file():
        return None
    try:
        description = json.loads((folder / DESCRIPTION).read_text())
        hidden = target.lm_head.weight.shape[1]
        exits = ExitHeads(hidden, description["layers"], description["rank"])
        exits.load_state_dict(load_file(folder / WEIGHTS))
        for layer, temperature in description["temperature"].items():
            exits.temperatures[int(layer)] = float(temperature)
    except UNREADABLE as error:
        raise ModelNotFound(
            f"{folder / DESCRIPTION} does not describe exits of {target.name}: {error}"
        ) from error
    if exits.layers and not 0 <= exits.layers[0] <= exits.layers[-1] < len(target.layers) - 1:
        raise ModelNotFound(
            f"{folder / DESCRIPTION} names layers {exits.layers}, but exits of {target.name} "
            f"lie at layers 0 to {len(target.layers) - 2}"
        )
    dtype = target.lm_head.weight.dtype
    return exits.to(device=target.device, dtype=dtype).eval().requires_grad_(False)
