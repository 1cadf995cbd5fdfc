"""What a token costs: the time of a pass over one token, with the KV cache filled by a prompt."""

from __future__ import annotations

import statistics
import time

from specedge.models.loading import LoadedModel
from specedge.models.sequence import SequenceMaker
from specedge.training.pairs.samples import Sample

WARM_UP, MEASURED = 3, 20


def seconds_per_token(loaded: LoadedModel, sample: Sample) -> float:
    """Returns the median time of a pass over one token after a sample's prompt, in seconds."""
    sequence = SequenceMaker(loaded).start(loaded.prompts.make(sample.frame, sample.context))
    taken = []
    for _ in range(WARM_UP + MEASURED):
        begun = time.perf_counter()
        sequence.run([loaded.tokenizer.end], [0])  # returns numbers, so a GPU has finished
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[WARM_UP:])
