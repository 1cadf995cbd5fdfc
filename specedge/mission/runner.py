"""The thread that pursues goals, one at a time; a new one ends the one before."""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
import uuid
from collections.abc import Callable

from specedge.edge.decoder import Decoder
from specedge.mission.latest import Latest
from specedge.mission.news import Frame, Goal, MissionState, MissionStatus, MotionNews, Voice
from specedge.mission.pursuit import Pursuit, Surroundings
from specedge.mission.settings import MissionSettings
from specedge.mission.speech import stop_command

PATIENCE_AT_THE_END = 2.0
"""Seconds for the thread to notice that its pursuit was cancelled; nothing waits for it longer."""


class MissionRunner:
    """Owns the thread in which frames are decoded, so that nobody else ever waits for a model."""

    def __init__(
        self,
        decoder: Decoder,
        voice: Voice,
        settings: MissionSettings,
        *,
        clock: Callable[[], float],
        on_failure: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        """Prepares the thread; `start` starts it.

        Args:
            decoder: Used by this thread alone.
            voice: Where commands, tokens and status go.
            settings: How patiently goals are pursued.
            clock: Seconds of the ROS clock.
            on_failure: Called when something unforeseen ended the thread.
        """
        self.frames: Latest[Frame] = Latest()
        self.motion: Latest[MotionNews] = Latest()
        self._voice = voice
        self._settings = settings
        self._clock = clock
        self._on_failure = on_failure
        turns = itertools.count(1)
        self._around = Surroundings(
            decoder, self.frames, self.motion, voice, clock, lambda: next(turns)
        )
        self._changed = threading.Condition()
        self._waiting: Pursuit | None = None
        self._current: Pursuit | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="mission", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._voice.status(MissionStatus())
        self._thread.start()

    def close(self) -> None:
        """Cancels what is in flight, has the robot stopped, and waits a moment for the thread."""
        self.cancel("vlm_node ends")
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout=PATIENCE_AT_THE_END)

    def pursue(self, text: str) -> Goal:
        """Takes a goal up, in place of the one before, and returns it with its new name."""
        goal = Goal(uuid.uuid4().hex[:12], text)
        with self._changed:
            now = self._clock()
            stopped = now if self._end_current("a new goal came") else -math.inf
            self._waiting = Pursuit(goal, self._around, self._settings, stopped=stopped)
            self._changed.notify_all()
        return goal

    def cancel(self, reason: str) -> bool:
        """Ends the goal that is pursued, if any, and returns whether there was one."""
        with self._changed:
            return self._end_current(reason)

    def _end_current(self, reason: str) -> bool:
        pursuit = self._waiting or self._current
        for ended in (self._waiting, self._current):
            if ended is not None:
                ended.cancel()
        self._waiting = self._current = None
        if pursuit is None:
            return False
        turn = self._around.next_turn()
        self._voice.command(stop_command(pursuit.goal, turn, self._clock(), self._settings))
        self._voice.status(
            MissionStatus(
                state=MissionState.CANCELLED,
                goal_id=pursuit.goal.id,
                goal=pursuit.goal.text,
                detail=reason,
                turn=turn,
            )
        )
        return True

    def _run(self) -> None:
        try:
            while (pursuit := self._next()) is not None:
                pursuit.run()
                with self._changed:
                    if self._current is pursuit:
                        self._current = None
        except Exception as error:
            if self._closing:
                return  # the voice is gone
            with contextlib.suppress(Exception):  # it may be the voice that fails
                self.cancel(f"unforeseen: {error}")
            self._on_failure(error)

    def _next(self) -> Pursuit | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._waiting is not None)
            if self._closing:
                return None
            self._current, self._waiting = self._waiting, None
            return self._current
