"""A model's tokenizer as the grammar and the wire see it, without torch or transformers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llguidance import LLTokenizer

from specedge.errors import SpecedgeError


class ModelNotFound(SpecedgeError):
    """A folder or name is not a model that specedge can use."""


@dataclass(frozen=True)
class TokenizerFile:
    """What a tokenizer.json says.

    Attributes:
        fingerprint: Hexadecimal SHA-256 over what turns text into ids; equal for two models
            exactly when one's ids mean the same to the other.
        tokens: The tokenizer as llguidance uses it.
        end: Id of the token that ends an answer.
    """

    fingerprint: str
    tokens: LLTokenizer
    end: int

    def text(self, ids: list[int]) -> str:
        """Returns the text of ordinary tokens; the end token has none."""
        return bytes(
            self.tokens.decode_bytes([token for token in ids if token != self.end])
        ).decode("utf-8", "replace")


def locate(model: str | Path, name: str) -> Path:
    """Returns the path of a file of a model: of its folder, or of its Hugging Face download.

    Raises:
        ModelNotFound: there is no such folder, or no such file in it.
    """
    folder = Path(model)
    if folder.is_dir():
        if (folder / name).is_file():
            return folder / name
        raise ModelNotFound(f"{model} is not a model folder: it has no {name}")
    if folder.exists() or not _is_hub_name(str(model)):
        raise ModelNotFound(
            f"{model} is not a model folder; give a folder with a config.json, "
            "or a Hugging Face name such as Qwen/Qwen2-VL-2B-Instruct"
        )
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(str(model), name))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelNotFound(f"{model} cannot be had from the Hugging Face hub: {reason}") from error


def load_tokenizer(model: str | Path) -> TokenizerFile:
    """Reads the tokenizer of a model folder or Hugging Face name.

    Raises:
        ModelNotFound: it has no tokenizer.json, or one that cannot be read.
    """
    path = locate(model, "tokenizer.json")
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        ids = _ids(content)
        end = ids[_end_token(model)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelNotFound(f"{path} is not a tokenizer that can be used: {error!r}") from error
    try:
        tokens = LLTokenizer(text, eos_token=end)
    except ValueError as error:
        raise ModelNotFound(
            f"{path} is not a tokenizer that can be used: the command grammar needs byte-level or "
            f"byte-fallback tokens ({error})"
        ) from error
    return TokenizerFile(_fingerprint(content, ids, end), tokens, end)


def _is_hub_name(model: str) -> bool:
    return model.count("/") == 1 and not model.startswith((".", "/", "~"))


def _ids(content: dict[str, Any]) -> dict[str, int]:
    added = {token["content"]: token["id"] for token in content.get("added_tokens", ())}
    return {**content["model"]["vocab"], **added}


def _end_token(model: str | Path) -> str:
    config = json.loads(locate(model, "tokenizer_config.json").read_text(encoding="utf-8"))
    token = config["eos_token"]
    return str(token["content"] if isinstance(token, dict) else token)


def _fingerprint(content: dict[str, Any], ids: dict[str, int], end: int) -> str:
    # Merges and splits count: with other ones the same words become other ids.
    meaning = [
        sorted(ids.items()),
        # Older files write a merge as one text with a space, newer ones as a pair.
        [m.split(" ") if isinstance(m, str) else m for m in content["model"].get("merges", ())],
        content.get("normalizer"),
        content.get("pre_tokenizer"),
        end,
    ]
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
