"""Where a model's weights lie, and in how many bits."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

from specedge.errors import SpecedgeError

DTYPES = ("auto", "float32", "bfloat16", "float16")
BITS = (0, 4, 8)

_KEPT_WHOLE = (
    "lm_head",
    "visual",
    "vision_tower",
    "vision_model",
    "multi_modal_projector",
    "connector",
)
"""Modules that are not quantised: exits share the LM head, and vision towers are small already."""


class BadPlacement(SpecedgeError):
    """A model is asked for where, or in a form, that this machine does not have."""


@dataclass(frozen=True)
class Placement:
    """Where and how a model is loaded.

    Attributes:
        device: A torch device, such as ``cpu``, ``cuda`` or ``cuda:1``.
        dtype: One of `DTYPES`; ``auto`` is float32 on a CPU, else bfloat16 where the GPU has it,
            else float16.
        quantise: Bits of a weight in the text model's linear layers, 4 (NF4) or 8; 0 to leave them
            as they are. 4 bits save memory on a CPU too, 8 need a GPU.

    Raises:
        BadPlacement: one of them is unknown.
    """

    device: str = "cpu"
    dtype: str = "auto"
    quantise: int = 0

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise BadPlacement(f"dtype {self.dtype!r}: give one of {', '.join(DTYPES)}")
        if self.quantise not in BITS:
            raise BadPlacement(f"{self.quantise} bits: weights are quantised to 4 or 8")

    def arguments(self) -> dict[str, Any]:
        """Returns what ``from_pretrained`` takes.

        Raises:
            BadPlacement: this machine has no such device, or lacks a part.
        """
        import torch

        try:
            device = torch.device(self.device)
        except RuntimeError as error:
            raise BadPlacement(f"device {self.device!r} is none that torch knows") from error
        if device.type == "cuda" and not torch.cuda.is_available():
            raise BadPlacement(
                f"device {self.device}: torch {torch.__version__} sees no GPU here; "
                "install a CUDA build of torch, or use --device cpu"
            )
        if device.type != "cuda":
            _require_computing(device)
        dtype = self._dtype(device.type)
        if not self.quantise:
            return {"dtype": dtype}
        if device.type == "cpu" and self.quantise == 8:
            raise BadPlacement("loading in 8 bits needs a GPU; a CPU computes with 4 bits")
        missing = [
            name
            for name in ("bitsandbytes", "accelerate")
            if importlib.util.find_spec(name) is None
        ]
        if missing:
            raise BadPlacement(
                f"loading in {self.quantise} bits needs {' and '.join(missing)}: "
                "pip install 'specedge[quantised]'"
            )
        return {
            "dtype": dtype,
            "device_map": {"": self.device},
            "quantization_config": quantisation(self.quantise, dtype),
        }

    def _dtype(self, kind: str) -> Any:
        import torch

        if self.dtype != "auto":
            return getattr(torch, self.dtype)
        if kind == "cpu":
            return torch.float32
        if kind == "cuda" and not torch.cuda.is_bf16_supported():
            return torch.float16
        return torch.bfloat16


def _require_computing(device: Any) -> None:
    """Makes sure that numbers can be computed there, unlike on ``meta``, and read back."""
    import torch

    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0].partition(". ")[0]
        raise BadPlacement(
            f"device {device}: torch {torch.__version__} cannot compute there: {reason}; "
            "use --device cpu"
        ) from error


def quantisation(bits: int, dtype: Any) -> Any:
    """Returns the bitsandbytes settings for weights of 4 or 8 bits that compute in ``dtype``.

    NF4 with doubly quantised scales, and LLM.int8(), as their authors recommend them (Dettmers et
    al. 2023, "QLoRA"; 2022, "LLM.int8()").
    """
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=bits == 4,
        load_in_8bit=bits == 8,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
        # Matched as regular expressions from the start of a module's full name.
        llm_int8_skip_modules=[rf"(?:.*\.)?{name}" for name in _KEPT_WHOLE],
    )
