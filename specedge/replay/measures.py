"""From what a decoder returns to what a record holds."""

from __future__ import annotations

from collections.abc import Sequence

from specedge.edge.decoder import TokenEvent, TokenKind, TraceEvent, TurnResult
from specedge.edge.modes import find_mode
from specedge.replay.agreement import actions_of, compare
from specedge.replay.records import (
    LatencySplit,
    RecordedCommand,
    TokenRecord,
    TraceRecord,
    TurnRecord,
)

MS = 1000.0


def turn_record(
    mode: str,
    result: TurnResult,
    events: Sequence[TokenEvent],
    *,
    late: bool = False,
    recorded: RecordedCommand | None = None,
) -> TurnRecord:
    """Returns the record of a decoded turn.

    Args:
        mode: In which it was decoded.
        result: What the decoder returned.
        events: The tokens that it told of meanwhile.
        late: Whether its frame came while the mode was busy.
        recorded: The bag's own command for the frame.
    """
    actions = actions_of(result.text)
    agrees = None
    if recorded is not None:
        agrees = compare(result.text, actions, recorded.text, recorded.actions)
    return TurnRecord(
        mode=mode,
        text=result.text,
        actions=actions,
        late=late,
        latency_ms=result.latency * MS,
        first_action_ms=result.first_action_latency * MS,
        split=_split(mode, result, events),
        tokens=result.tokens,
        forced=result.forced,
        target_passes=result.target_passes,
        drafted=result.drafted,
        accepted=result.accepted,
        acceptance=result.acceptance if result.drafted else None,
        hits=result.cache_hits,
        misses=result.cache_misses,
        bytes_up=result.bytes_up,
        bytes_down=result.bytes_down,
        exit_agreement={str(layer): share for layer, share in result.exit_agreement.items()},
        sources=dict(result.sources),
        agrees=agrees,
        events=tuple(map(_token_record, events)),
        trace=tuple(map(_trace_record, result.trace)),
    )


def _split(mode: str, result: TurnResult, events: Sequence[TokenEvent]) -> LatencySplit:
    drafted = [event.time for event in events if event.kind is TokenKind.DRAFTED]
    draft = min(drafted) * MS if drafted else None
    if not find_mode(mode).needs_verifier:
        return LatencySplit(draft_ms=draft)
    return LatencySplit(
        draft_ms=draft,
        link_ms=result.round_trip * MS if result.round_trip else None,
        queue_ms=sum(event.queued for event in result.trace) * MS,
        verify_ms=result.target_seconds * MS,
    )


def _token_record(event: TokenEvent) -> TokenRecord:
    return TokenRecord(
        kind=event.kind.name.lower(),
        position=event.position,
        ids=event.ids,
        texts=event.texts,
        sources=tuple(source.name.lower() for source in event.sources),
        exit_layer=event.exit_layer,
        time_ms=event.time * MS,
    )


def _trace_record(event: TraceEvent) -> TraceRecord:
    return TraceRecord(
        time_ms=event.time * MS,
        kind=event.kind.value,
        first=event.first,
        count=event.count,
        lasted_ms=event.seconds * MS,
        queued_ms=event.queued * MS,
        layer=event.layer,
    )
