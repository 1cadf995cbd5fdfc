"""What a replay leaves behind, frame by frame and in total; reads and writes JSON.

Times are milliseconds where the name says so, otherwise seconds. A stamp is in seconds since
1970, as a float; ``stamp_ns`` keeps it exactly.
"""

from __future__ import annotations

from typing import Any

import msgspec


class ActionRecord(msgspec.Struct, frozen=True):
    """One action of a command.

    Attributes:
        kind: Such as ``turn``, `specedge.commands.ActionKind` in lower case.
        amount: Radians or metres, as in `specedge.commands.Action`.
        reason: Of ``cannot``.
        text: As the command says it.
    """

    kind: str
    amount: float = 0.0
    reason: str = ""
    text: str = ""


class TokenRecord(msgspec.Struct, frozen=True):
    """Tokens as they came: what a timeline and the token colours are drawn from.

    Attributes:
        kind: ``drafted``, ``verified`` or ``rejected``.
        position: Absolute position of the first one in the text.
        ids, texts: One each per token.
        sources: Who had each token first, `specedge.edge.decoder.TokenSource` in lower case.
        exit_layer: The exit that guessed them; -1 for none.
        time_ms: Since the turn began.
    """

    kind: str
    position: int
    ids: tuple[int, ...]
    texts: tuple[str, ...]
    sources: tuple[str, ...]
    exit_layer: int = -1
    time_ms: float = 0.0


class TraceRecord(msgspec.Struct, frozen=True):
    """One moment of a turn, as the robot saw it; see `specedge.edge.result.TraceEvent`.

    Attributes:
        time_ms: Since the turn began.
        kind: What happened, a value of `specedge.edge.result.TraceKind`.
        first, count: The choices that it is about: how many come before them, how many they are.
        lasted_ms: Length of what ended then: a draft step, or the target's passes.
        queued_ms: The verifier did not work on the turn for so long before those passes.
        layer: Exit of the target; -1 for none.
    """

    time_ms: float
    kind: str
    first: int = 0
    count: int = 0
    lasted_ms: float = 0.0
    queued_ms: float = 0.0
    layer: int = -1


class LatencySplit(msgspec.Struct, frozen=True):
    """Where the time of a turn went; None where the mode has no such part.

    Attributes:
        draft_ms: From the frame to the first drafted token.
        link_ms: The round trip over the link, as measured while the turn ran.
        queue_ms: The turn waited for the target, all passes together.
        verify_ms: The target worked on the turn, all passes together.
    """

    draft_ms: float | None = None
    link_ms: float | None = None
    queue_ms: float | None = None
    verify_ms: float | None = None


class TurnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One frame decoded in one mode.

    Attributes:
        error: Why there is no text; empty when there is one.
        late: Whether the frame came while this mode was busy with the one before, at the bag's
            real rate. At ``--rate 0`` it is decoded all the same.
        dropped: Whether it was therefore not decoded; there is no text and no error then.
        acceptance: Share of the drafted choices that stood; None when none was drafted.
        bytes_up, bytes_down: On the wire, without the image.
        exit_agreement: Per exit layer, the share of its guesses that the verdict confirmed.
        sources: Verified tokens by who had them first.
        agrees: With the recorded command: ``exact``, ``action`` (the same actions within
            tolerance), ``no``; None when nothing was recorded for this frame.
    """

    mode: str
    text: str = ""
    actions: tuple[ActionRecord, ...] = ()
    error: str = ""
    late: bool = False
    dropped: bool = False
    latency_ms: float | None = None
    first_action_ms: float | None = None
    split: LatencySplit = LatencySplit()
    tokens: int = 0
    forced: int = 0
    target_passes: int = 0
    drafted: int = 0
    accepted: int = 0
    acceptance: float | None = None
    hits: int = 0
    misses: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    exit_agreement: dict[str, float] = {}
    sources: dict[str, int] = {}
    agrees: str | None = None
    events: tuple[TokenRecord, ...] = ()
    trace: tuple[TraceRecord, ...] = ()


class RecordedCommand(msgspec.Struct, frozen=True):
    """The command that the bag holds for a frame.

    Attributes:
        turn: Number of its turn.
        mode: The mode that wrote it.
    """

    turn: int
    text: str
    actions: tuple[ActionRecord, ...] = ()
    mode: str = ""


class FrameRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One frame of the bag, decoded in every chosen mode.

    Attributes:
        frame: Number of the image message on its topic, counted from 0.
        stamp, stamp_ns: Capture time of its header; when it was recorded if that is zero.
        goal: The sentence that was obeyed.
        last_command, outcome: The rest of the context that the models were given.
        seed, temperature: Of the turn's noise.
        turns: One per mode, in the order in which they were asked for.
        recorded: What the bag holds for this frame.
        modes_agree: Whether all texts of this frame are one text; None with fewer than two.
    """

    frame: int
    stamp: float
    stamp_ns: int
    goal: str
    last_command: str = ""
    outcome: str = ""
    seed: int = 0
    temperature: float = 0.0
    turns: tuple[TurnRecord, ...] = ()
    recorded: RecordedCommand | None = None
    modes_agree: bool | None = None


class Spread(msgspec.Struct, frozen=True):
    """A distribution in short; None without a value."""

    p50: float | None = None
    p90: float | None = None
    mean: float | None = None


class Agreement(msgspec.Struct, frozen=True):
    """How often two texts for one frame were the same.

    Attributes:
        compared: Number of frames that have both.
        exact: Share of equal texts; None when nothing was compared.
        action: Share whose actions are equal within tolerance, equal texts included.
    """

    compared: int = 0
    exact: float | None = None
    action: float | None = None


class ModeTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one mode did; counts are sums over its turns.

    Attributes:
        late: Frames that come while the one before is decoded, at the bag's real rate.
        dropped: Frames not decoded for that reason.
        acceptance, hit_rate: Over all turns together; None without a draft.
        draft_ms, link_ms, queue_ms, verify_ms: As in `LatencySplit`.
        with_recording: Agreement with the commands in the bag.
    """

    mode: str
    turns: int = 0
    failed: int = 0
    late: int = 0
    dropped: int = 0
    latency_ms: Spread = Spread()
    first_action_ms: Spread = Spread()
    draft_ms: Spread = Spread()
    link_ms: Spread = Spread()
    queue_ms: Spread = Spread()
    verify_ms: Spread = Spread()
    tokens: int = 0
    forced: int = 0
    target_passes: int = 0
    drafted: int = 0
    accepted: int = 0
    acceptance: float | None = None
    hits: int = 0
    misses: int = 0
    hit_rate: float | None = None
    bytes_up: int = 0
    bytes_down: int = 0
    exit_agreement: dict[str, float] = {}
    sources: dict[str, int] = {}
    with_recording: Agreement = Agreement()


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The whole replay.

    Attributes:
        frames: Frames with a record.
        skipped: Images that were no turn: no goal yet, or left out by ``--every``.
        unreadable: Images that could not be read; `problems` names the first of them.
        modes: One per mode.
        between_modes: Agreement of each pair, such as ``cloud/streaming``.
        problems: What was wrong with the bag, one line each.
    """

    frames: int = 0
    skipped: int = 0
    unreadable: int = 0
    modes: tuple[ModeTotals, ...] = ()
    between_modes: dict[str, Agreement] = {}
    problems: tuple[str, ...] = ()


class ReplaySetup(msgspec.Struct, frozen=True, kw_only=True):
    """What made the figures.

    Attributes:
        bag: Its path as it was given.
        image_topic, goal_topic: Chosen or found; the goal topic is empty with ``--goal``.
        goal: Of ``--goal``; empty when goals came from the bag.
        own_run: Whether the bag is a recording of this stack, so that contexts and seeds are
            those of the recording.
        start, duration: Seconds from the first image; None for all of it.
        every: Each so many-th image is a turn.
        rate: Bag seconds per second; 0 for every frame, as fast as it goes.
        models: Folder of the pair.
        model_fingerprints: Of ``target`` and ``draft``, `specedge.models.fingerprint`.
        emulation: Emulated link and compute in milliseconds, such as ``rtt``; empty for none.
        versions, machine: What it ran with and on.
    """

    bag: str
    image_topic: str
    modes: tuple[str, ...]
    goal_topic: str = ""
    goal: str = ""
    own_run: bool = False
    start: float = 0.0
    duration: float | None = None
    every: int = 1
    rate: float = 0.0
    models: str = ""
    model_fingerprints: dict[str, str] = {}
    emulation: dict[str, float] = {}
    versions: dict[str, str] = {}
    machine: dict[str, Any] = {}
