"""The same decoding with several families of models, each by its own processor and template."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import torch
from PIL import Image

from specedge.commands import SYSTEM_TEXT, Context, parse
from specedge.decoding.acceptance import Sampling
from specedge.decoding.draft import DraftEngine
from specedge.decoding.target import TargetEngine
from specedge.decoding.verdict import ExitGuess
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import TurnResult
from specedge.edge.modes import MODES
from specedge.edge.settings import DecoderSettings
from specedge.models.exits import load_exits
from specedge.models.loading import LoadedModel
from specedge.models.prompting import Prompt
from specedge.models.sequence import SequenceMaker
from specedge.verifier.server import VerifierServer
from tests.decoding import pair
from tests.models.families import EXITS, FAMILIES, save_pair

CONTEXT = Context("go to the red chair", "order; sit.", "blocked")
TEMPERATURES = (0.0, 0.8)
PATIENT = 20.0
"""Seconds of silence that are no failure here: other tests use the same processors."""


@dataclass(frozen=True)
class Family:
    name: str
    target: LoadedModel
    draft: LoadedModel


@pytest.fixture(scope="module", params=list(FAMILIES))
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Family:
    target, draft = save_pair(request.param, tmp_path_factory.mktemp("family"))
    return Family(request.param, pair.load(target), pair.load(draft))


@pytest.fixture
def engine(family: Family) -> Iterator[TargetEngine]:
    target = family.target
    engine = TargetEngine(target, load_exits(target), pair.commands(target))
    yield engine
    engine.close()


def picture(size: tuple[int, int], edge: int = 0) -> bytes:
    """A grey frame of that size whose left-most columns have a brightness of their own."""
    image = Image.new("RGB", size, (128, 128, 128))
    image.paste((edge, edge, edge), (0, 0, size[0] // 20, size[1]))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def whole(model: LoadedModel, prompt: Prompt, tokens: list[int]) -> torch.Tensor:
    """Logits [all, vocabulary] of one forward pass, with positions that the model works out."""
    ids = torch.cat((prompt.ids, torch.tensor(tokens, dtype=torch.long)))[None]
    kinds = (ids == model.network.config.image_token_id).int()
    grid = {"mm_token_type_ids": kinds} if "image_grid_thw" in prompt.vision else {}
    with torch.inference_mode():
        return model.network(input_ids=ids, **prompt.vision, **grid).logits[0]


def text_alone(engine: TargetEngine, seed: int, temperature: float) -> list[int]:
    """What the target writes without any help."""
    sampling = Sampling(temperature, seed=seed)
    turn = engine.begin(pair.frame(seed), CONTEXT, sampling, threading.Event())
    while not turn.state.complete:
        turn.verify(turn.version, [])
    return turn.state.tokens


def test_the_prompt_explains_the_language_once_and_tells_goal_last_command_and_outcome(
    family: Family,
) -> None:
    prompt = family.target.prompts.make(pair.frame(0), CONTEXT)
    text = family.target.tokenizer.text(prompt.ids.tolist())
    assert text.count(SYSTEM_TEXT) == 1
    assert "last: order; sit. (blocked)\ngoal: go to the red chair" in text


def test_a_large_frame_becomes_few_tokens(family: Family) -> None:
    image = family.target.network.config.image_token_id
    for size in ((640, 360), (1920, 1080)):
        prompt = family.target.prompts.make(picture(size), CONTEXT)
        assert 0 < (prompt.ids == image).sum() <= 320


def test_special_tokens_in_a_goal_are_taken_out(family: Family) -> None:
    special = {
        token.content: number
        for number, token in family.target.prompts.tokenizer.added_tokens_decoder.items()
    }
    goal = "go " + " ".join(f"{text[:2]}{text}{text[2:]}" for text in special)
    plain = family.target.prompts.make(pair.frame(0), Context("go"))
    tricky = family.target.prompts.make(pair.frame(0), Context(goal))
    for number in special.values():
        assert (tricky.ids == number).sum() == (plain.ids == number).sum()


def test_what_stands_at_the_sides_of_a_frame_is_seen(family: Family) -> None:
    one, other = (
        family.target.prompts.make(picture((640, 360), edge), CONTEXT) for edge in (0, 255)
    )
    assert not torch.equal(one.vision["pixel_values"], other.vision["pixel_values"])


def test_text_in_pieces_and_after_a_rollback_has_the_logits_of_one_forward(family: Family) -> None:
    model = family.target
    prompt = model.prompts.make(pair.frame(3), CONTEXT)
    tokens = list(range(300, 312))
    expected = whole(model, prompt, tokens)[len(prompt.ids) - 1 :]
    maker = SequenceMaker(model)
    maker.start(model.prompts.make(pair.frame(4), Context("sit")))  # must leave nothing behind
    sequence = maker.start(prompt)
    found = [torch.from_numpy(sequence.prompt_logits)[None]]
    found.append(torch.from_numpy(sequence.run(tokens[:5], list(range(5)))))
    sequence.run([299] * 4, [3])
    sequence.keep(range(5))
    found.append(torch.from_numpy(sequence.run(tokens[5:], list(range(7)))))
    torch.testing.assert_close(torch.cat(found), expected, rtol=1e-4, atol=1e-4)


def test_branches_of_a_tree_have_the_logits_of_texts_of_their_own(family: Family) -> None:
    model = family.target
    prompt = model.prompts.make(pair.frame(3), CONTEXT)
    sequence = SequenceMaker(model).start(prompt)
    # 300 is followed by 301 and by 302; 302 by 303.
    logits = sequence.run([300, 301, 302, 303], [0, 1, 2, 3], parents=[-1, 0, 0, 2])
    for row, text in enumerate(([300], [300, 301], [300, 302], [300, 302, 303])):
        alone = whole(model, prompt, text)[-1]
        torch.testing.assert_close(torch.from_numpy(logits[row]), alone, rtol=1e-4, atol=1e-4)


def test_exits_guess_in_every_pass_and_change_nothing(family: Family, engine: TargetEngine) -> None:
    bare = TargetEngine(family.target, None, engine.grammar)
    prompt = family.target.prompts.make(pair.frame(1), CONTEXT)
    plain = whole(family.target, prompt, [])
    turn = engine.begin(pair.frame(1), CONTEXT, Sampling(), threading.Event())
    guesses: list[ExitGuess] = []
    passes = 0
    while not turn.state.complete:
        passes += turn.verify(turn.version, [], guesses.append).passes
    assert [guess.layer for guess in guesses] == list(EXITS) * passes
    assert all(0.0 < guess.confidence <= 1.0 for guess in guesses)
    assert torch.equal(whole(family.target, prompt, []), plain)
    assert text_alone(bare, 1, 0.0) == text_alone(engine, 1, 0.0) == turn.state.tokens
    bare.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_mode_with_a_verifier_gives_the_text_of_the_target_alone(
    family: Family, engine: TargetEngine
) -> None:
    expected = [text_alone(engine, seed, t) for t in TEMPERATURES for seed in range(2)]
    with VerifierServer(engine, "tcp://127.0.0.1:*") as server:
        for name, mode in MODES.items():
            if not mode.needs_verifier:
                continue
            results = decoded(name, server.endpoint, family.draft)
            assert [list(result.token_ids) for result in results] == expected, name
            assert all(parse(result.text) for result in results)
            if mode.needs_draft and not mode.by_hints:  # hints may all come late
                assert sum(result.accepted for result in results) > 0, name


def test_the_draft_alone_writes_commands(family: Family) -> None:
    drafting = DraftEngine(family.draft, pair.commands(family.draft))
    turn = drafting.begin(pair.frame(0), CONTEXT, Sampling())
    choices: list[int] = []
    while candidates := turn.expand([choices], 1)[0]:
        choices.append(candidates[0].token)
    (result, *_) = decoded("edge", "tcp://127.0.0.1:1", family.draft)
    assert parse(result.text)
    state = pair.commands(family.draft).start()
    state.rebase(choices)
    assert list(result.token_ids) == state.tokens


def decoded(mode: str, endpoint: str, draft: LoadedModel) -> list[TurnResult]:
    """Turns of two seeds at both temperatures."""
    settings = DecoderSettings(mode=mode, cloud=endpoint, silence=PATIENT, connect_timeout=PATIENT)
    decoder = EdgeDecoder(
        settings,
        "draft",
        pair.commands(draft),
        lambda on_draft: pair.ThreadDrafter(draft, on_draft),
    )
    try:
        return [
            decoder.decode(
                pair.frame(seed),
                CONTEXT,
                seed=seed,
                temperature=temperature,
                on_event=lambda event: None,
                cancel=threading.Event(),
            )
            for temperature in TEMPERATURES
            for seed in range(2)
        ]
    finally:
        decoder.close()
