"""What is said of one goal, and the silence after it was cancelled."""

from __future__ import annotations

import threading
from dataclasses import replace

from specedge.commands import Action, ActionKind
from specedge.edge.decoder import TurnResult
from specedge.mission.news import Goal, MissionState, MissionStatus, Spoken, Voice
from specedge.mission.settings import MissionSettings


class Speech:
    """Says a goal's commands and states until it is silenced; safe from any thread.

    Attributes:
        silenced: Set once nothing may be said any more.
    """

    def __init__(self, goal: Goal, voice: Voice) -> None:
        self.silenced = threading.Event()
        self._voice = voice
        self._speaking = threading.Lock()
        self._status = MissionStatus(goal_id=goal.id, goal=goal.text)

    def silence(self) -> None:
        """Ends all speech; when this returns, nothing is said any more."""
        self.silenced.set()
        with self._speaking:  # until a word that is being said has been said
            pass

    def command(self, spoken: Spoken) -> None:
        """Sends a command."""
        with self._speaking:
            if not self.silenced.is_set():
                self._voice.command(spoken)

    def tell(
        self, state: MissionState, turn: int, detail: str = "", *, text: str | None = None
    ) -> None:
        """Tells how the goal stands; ``text`` takes the place of the last command's."""
        status = replace(self._status, state=state, detail=detail, turn=turn)
        self._status = status if text is None else replace(status, text=text)
        with self._speaking:
            # A status that came after the runner's "cancelled" would stand until the next goal.
            if not self.silenced.is_set():
                self._voice.status(self._status)

    def note(self, result: TurnResult) -> None:
        """Notes what a decode has cost, for all that is told from now on."""
        self._status = replace(
            self._status,
            text=result.text,
            latency=result.latency,
            first_action_latency=result.first_action_latency,
            acceptance=result.acceptance,
            tokens=result.tokens,
            target_passes=result.target_passes,
            cache_hits=result.cache_hits,
            cache_misses=result.cache_misses,
            bytes_up=result.bytes_up,
            bytes_down=result.bytes_down,
            exit_agreement=tuple(result.exit_agreement.items()),
        )


def stop_command(goal: Goal, turn: int, now: float, settings: MissionSettings) -> Spoken:
    """Returns the command that stops the robot, as a turn of its own."""
    stop = (Action(ActionKind.STOP),)
    expires = now + settings.command_lifetime
    return Spoken(goal, turn, now, expires, "order; stop.", stop, complete=True)
