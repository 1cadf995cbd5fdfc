"""One pass over a prompt and an answer, for any family, with gradients where they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from specedge.decoding.grammar import CommandGrammar
from specedge.models.loading import LoadedModel
from specedge.models.prompting import Prompt
from specedge.training.pairs.answers import Answer, allowed_places


class AnswerForward:
    """Reads answers with a model; a context manager while the outputs of layers are wanted.

    Args:
        loaded: The model.
        layers: Decoder layers whose outputs are kept within the block, by hooks.
    """

    def __init__(self, loaded: LoadedModel, layers: Sequence[int] = ()) -> None:
        self._loaded = loaded
        self._rope_index = getattr(loaded.network.base_model, "get_rope_index", None)
        self._layers = tuple(layers)
        self._states: dict[int, Tensor] = {}
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> AnswerForward:
        self._handles = [
            self._loaded.layers[index].register_forward_hook(self._keeper(index))
            for index in self._layers
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for handle in self._handles:
            handle.remove()

    def read(self, prompt: Prompt, answer: Answer) -> tuple[Tensor, dict[int, Tensor]]:
        """Runs the model over a prompt and an answer.

        Returns:
            [places, vocabulary] logits where the answer's tokens were chosen, and by layer the
            [places, hidden] states there.
        """
        loaded = self._loaded
        first = len(prompt.ids)
        before = torch.tensor(answer.tokens[: answer.places[-1]], dtype=torch.long)
        ids = torch.cat((prompt.ids, before))[None].to(loaded.device)
        rows = torch.tensor(answer.places, device=loaded.device) + first - 1
        vision = {name: value.to(loaded.device) for name, value in prompt.vision.items()}
        if self._rope_index is not None:
            # Else the model would keep the positions of this image for the next one.
            kinds = (ids == loaded.network.config.image_token_id).int()
            positions, _ = self._rope_index(ids, kinds, vision["image_grid_thw"])
            vision |= {"position_ids": positions, "mm_token_type_ids": kinds}
        output = loaded.network(input_ids=ids, use_cache=False, logits_to_keep=rows, **vision)
        return output.logits[0], {index: state[0, rows] for index, state in self._states.items()}

    def _keeper(self, index: int) -> Callable[[nn.Module, object, Tensor], None]:
        def keep(_layer: nn.Module, _inputs: object, output: Tensor | tuple[Tensor, ...]) -> None:
            self._states[index] = output[0] if isinstance(output, tuple) else output

        return keep


def allowed_mask(grammar: CommandGrammar, answer: Answer, like: Tensor) -> Tensor:
    """Returns what to add to logits: 0 where the grammar allows a token, else minus infinity.

    Args:
        grammar: The command grammar.
        answer: Whose places are meant.
        like: [places, vocabulary] logits, for shape and device.
    """
    mask = torch.full(like.shape, -torch.inf, device=like.device)
    for row, (_, allowed) in enumerate(allowed_places(grammar, answer)):
        mask[row, torch.from_numpy(allowed).to(like.device)] = 0.0
    return mask
