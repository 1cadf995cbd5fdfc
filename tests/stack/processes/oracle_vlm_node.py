"""vlm_node with an expert in place of its models, who looks into the simulator's record."""

from __future__ import annotations

import json
import math
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from specedge.commands import Command, Context, parse
from specedge.edge.decoder import DecoderSettings, TokenEvent, TokenKind, TokenSource, TurnResult
from specedge.nodes import vlm_node
from specedge.sim.expert import expert_command
from specedge.sim.room import Pose, make_room, relative
from specedge.stack.goals import named_object

HALF_FIELD = math.radians(40)


class Oracle:
    """Says what the expert says; sees whatever is in front of the camera."""

    def __init__(self, run: Path, seed: int) -> None:
        self._truth = run / "truth.jsonl"
        self._room = make_room(seed)

    @property
    def connected(self) -> bool:
        return True

    @property
    def missing(self) -> str:
        return ""

    @property
    def impairment(self) -> str:
        return ""

    def wait_ready(self, *, cancel: threading.Event) -> None:
        pass

    def decode(
        self,
        frame: bytes,
        context: Context,
        *,
        seed: int,
        temperature: float,
        on_event: Callable[[TokenEvent], None],
        cancel: threading.Event,
    ) -> TurnResult:
        last = parse(context.last_command) if context.last_command else None
        text = self._command(named_object(context.goal), last).text
        on_event(TokenEvent(TokenKind.VERIFIED, 0, (1,), (text,), (TokenSource.TARGET,)))
        return TurnResult(text, (1,), 0.1, 0.05, tokens=1, forced=0, target_passes=1)

    def close(self) -> None:
        pass

    def _command(self, name: str, last: Command | None) -> Command:
        line = json.loads(self._truth.read_text().splitlines()[-2])
        pose = Pose(line["x"], line["y"], line["yaw"])
        index = self._room.find(name)
        visible = (
            index is not None and abs(relative(pose, self._room.objects[index])[0]) < HALF_FIELD
        )
        return expert_command(self._room, pose, name, visible, last)


def main() -> int:
    run, seed = Path(os.environ["ORACLE_RUN"]), int(os.environ["ORACLE_SEED"])

    def open_oracle(_: DecoderSettings) -> Oracle:
        return Oracle(run, seed)

    vlm_node.open_decoder = open_oracle  # type: ignore[assignment]
    return vlm_node.main()


if __name__ == "__main__":
    sys.exit(main())
