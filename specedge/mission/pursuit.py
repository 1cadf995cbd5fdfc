"""One goal, pursued turn by turn: look, decide, act, look again."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from specedge.clocks import CLOCKS_APART, stamped_ahead
from specedge.commands import Action, ActionKind, Command, CommandError, Context, parse
from specedge.commands.circles import Circles
from specedge.edge.decoder import Decoder, TokenEvent, VerifierLost, VerifierRefused
from specedge.errors import SpecedgeError
from specedge.mission.latest import Latest
from specedge.mission.news import (
    Basis,
    Frame,
    Goal,
    MissionState,
    MotionNews,
    Spoken,
    Voice,
)
from specedge.mission.prefix import VerifiedPrefix
from specedge.mission.settings import MissionSettings
from specedge.mission.speech import Speech, stop_command

_NOT_READY = frozenset({"starting", "not_ready", "faulted", "taken_over", "moving"})


class NoCommand(SpecedgeError):
    """A turn gave no command that may be carried out."""


class _Ended(Exception):
    def __init__(self, state: MissionState, detail: str = "") -> None:
        super().__init__(detail)
        self.state = state
        self.detail = detail


@dataclass(frozen=True)
class Surroundings:
    """What every pursuit of a vlm_node shares.

    Attributes:
        decoder: Turns frames into commands; used by one pursuit at a time.
        frames: Newest picture of the front camera.
        motion: Newest word of the motion controller.
        voice: Where commands, tokens and status go.
        clock: Seconds of the ROS clock.
        next_turn: Numbers the turns, upwards for the life of the node.
    """

    decoder: Decoder
    frames: Latest[Frame]
    motion: Latest[MotionNews]
    voice: Voice
    clock: Callable[[], float]
    next_turn: Callable[[], int]


class Pursuit:
    """A goal on its way. `run` belongs to one thread; `cancel` may come from any.

    Args:
        goal: What is pursued.
        around: What it shares with other pursuits.
        settings: How patiently.
        stopped: When the robot was told to leave off what it did before, s of the ROS clock.
    """

    def __init__(
        self,
        goal: Goal,
        around: Surroundings,
        settings: MissionSettings,
        *,
        stopped: float = -math.inf,
    ) -> None:
        self.goal = goal
        self._around = around
        self._settings = settings
        self._speech = Speech(goal, around.voice)
        self._cancelled = self._speech.silenced
        self._decode_cancel: threading.Event | None = None
        self._turn = 0
        self._failures = 0
        self._circles = Circles()
        self._stopped = stopped
        self._look_after = around.clock() - settings.frame_age

    def cancel(self) -> None:
        """Ends the goal; when this returns, nothing of it is said any more."""
        self._speech.silence()
        if self._decode_cancel is not None:
            self._decode_cancel.set()

    def run(self) -> MissionState:
        """Pursues the goal to its end and returns which end it was."""
        context = Context(self.goal.text)
        try:
            for _ in range(self._settings.turns):
                try:
                    command, outcome = self._take_turn(context)
                except NoCommand as error:
                    self._retry_or_fail(error)
                    continue
                self._failures = 0
                if self._circles.note(context.last_command, command.text) == self._settings.repeats:
                    raise _Ended(MissionState.FAILED, f"going in circles: {command.text}")
                context = Context(self.goal.text, command.text, outcome)
            raise _Ended(MissionState.FAILED, f"not reached in {self._settings.turns} turns")
        except _Ended as end:
            if end.state in (MissionState.FAILED, MissionState.CANNOT):
                self._stop()
            self._tell(end.state, end.detail)
            return end.state

    def _take_turn(self, context: Context) -> tuple[Command, str]:
        self._await_robot()
        self._await_decoder()
        frame = self._await_frame()
        command = self._decide(frame, context)
        last = command.actions[-1]
        self._tell(MissionState.ACTING, text=command.text)
        outcome = self._await_outcome()
        if outcome == "ok":
            # An order that needs nothing to be found is obeyed when its actions are done.
            obeyed = command.sight is None and last.kind is not ActionKind.NEXT
            if last.kind is ActionKind.DONE or obeyed:
                raise _Ended(MissionState.REACHED)
            if last.kind is ActionKind.CANNOT:
                raise _Ended(MissionState.CANNOT, last.reason)
        return command, outcome

    def _await_robot(self) -> None:
        motion = self._around.motion

        def ready(news: MotionNews) -> bool:
            told = self._fresh(news) and news.stamp > self._stopped
            return told and news.state not in _NOT_READY

        news = motion.get()
        if news is None or not ready(news):
            self._tell(MissionState.WAITING_FOR_ROBOT, self._why_not_ready(news))
            news = motion.wait(ready, self._settings.robot_patience, self._cancelled)
            self._check_cancelled()
            if news is not None:
                # What was seen before it came to stand here is elsewhere now.
                self._look_after = max(self._look_after, news.stamp)
        if news is None:
            raise _Ended(
                MissionState.FAILED, f"robot not ready: {self._why_not_ready(motion.get())}"
            )
        if news.state == "estopped":
            raise _Ended(MissionState.FAILED, "emergency stop: reset it with /specedge/reset_stop")

    def _await_decoder(self) -> None:
        # Before the frame is taken: it would be old by the time that the models are there.
        decoder = self._around.decoder
        if missing := decoder.missing:
            self._tell(MissionState.WAITING_FOR_MODELS, missing)
        patience_ends = self._around.clock() + self._settings.verifier_patience
        while True:
            try:
                return decoder.wait_ready(cancel=self._cancelled)
            except VerifierLost as error:
                self._check_cancelled()
                if self._around.clock() > patience_ends:
                    raise _Ended(MissionState.FAILED, str(error)) from error
                self._tell(MissionState.WAITING_FOR_MODELS, str(error))
            except SpecedgeError as error:
                raise self._without_command(error) from error

    def _await_frame(self) -> Frame:
        frames = self._around.frames

        def usable(frame: Frame) -> bool:
            age = self._around.clock() - frame.stamp
            return -CLOCKS_APART < age < self._settings.frame_age and frame.stamp > self._look_after

        frame = frames.wait(usable, 0.5, self._cancelled)
        if frame is None and not self._cancelled.is_set():
            self._tell(MissionState.WAITING_FOR_CAMERA, "no new frame from the camera")
            frame = frames.wait(usable, self._settings.frame_patience, self._cancelled)
        self._check_cancelled()
        if frame is None:
            raise _Ended(MissionState.FAILED, self._why_no_frame())
        return frame

    def _why_no_frame(self) -> str:
        newest = self._around.frames.get()
        ahead = newest.stamp - self._around.clock() if newest is not None else 0.0
        if ahead > CLOCKS_APART:
            return stamped_ahead("the camera's frames are", ahead)
        return f"no new frame from the camera for {self._settings.frame_patience:.0f} s"

    def _decide(self, frame: Frame, context: Context) -> Command:
        settings = self._settings
        self._turn = self._around.next_turn()
        self._tell(MissionState.DECIDING, text="")
        temperature = self._circles.temperature(settings.temperature)
        basis = Basis(context, settings.seed + self._turn, temperature)
        prefix = VerifiedPrefix()
        cancel = threading.Event()
        self._decode_cancel = cancel
        if self._cancelled.is_set():
            # It was cancelled before there was anything here to cancel.
            cancel.set()
        late = threading.Timer(settings.decode_limit, cancel.set)
        late.daemon = True

        def on_event(event: TokenEvent) -> None:
            if cancel.is_set() or self._cancelled.is_set():
                return
            self._around.voice.tokens(self._turn, frame.stamp, event)
            action = prefix.add(event)
            if action is not None:
                self._say(frame, basis, prefix.text, (action,), complete=False)

        late.start()
        try:
            result = self._around.decoder.decode(
                frame.jpeg,
                context,
                seed=basis.seed,
                temperature=basis.temperature,
                on_event=on_event,
                cancel=cancel,
            )
        except SpecedgeError as error:
            if cancel.is_set():
                self._check_cancelled()
                raise NoCommand(f"no command within {settings.decode_limit:.0f} s") from error
            raise self._without_command(error) from error
        finally:
            late.cancel()
        self._check_cancelled()
        if cancel.is_set():
            raise NoCommand(f"no command within {settings.decode_limit:.0f} s")
        self._speech.note(result)
        try:
            command = parse(result.text)
        except CommandError as error:
            raise NoCommand(str(error)) from error
        self._say(frame, basis, command.text, command.actions, complete=True)
        return command

    def _without_command(self, error: SpecedgeError) -> Exception:
        """Returns what an error of the decoder means for the pursuit."""
        self._check_cancelled()
        if isinstance(error, VerifierRefused):
            # It will hardly think otherwise a moment later.
            return _Ended(MissionState.FAILED, str(error))
        return NoCommand(str(error))

    def _await_outcome(self) -> str:
        settings = self._settings

        def finished(news: MotionNews) -> bool:
            return news.goal_id == self.goal.id and news.finished_turn >= self._turn

        def finished_or_silent(news: MotionNews) -> bool:
            return not self._fresh(news) or finished(news)

        motion = self._around.motion
        news = motion.wait(finished_or_silent, settings.action_limit, self._cancelled)
        self._check_cancelled()
        if news is None:
            raise NoCommand(f"the command did not end within {settings.action_limit:.0f} s")
        if not finished(news):
            raise NoCommand("the motion controller is silent")
        self._look_after = news.stamp
        return news.outcome

    def _fresh(self, news: MotionNews) -> bool:
        return self._around.clock() - news.stamp < self._settings.motion_silence

    def _why_not_ready(self, news: MotionNews | None) -> str:
        if news is None or not self._fresh(news):
            return "the motion controller is silent"
        return "; ".join((f"robot is {news.state}", *news.reasons))

    def _retry_or_fail(self, error: NoCommand) -> None:
        self._check_cancelled()
        self._failures += 1
        # What was begun on the first action must not go on without the rest.
        self._stop()
        if self._failures >= self._settings.failures:
            raise _Ended(MissionState.FAILED, str(error))
        self._tell(MissionState.DECIDING, str(error))

    def _check_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise _Ended(MissionState.CANCELLED)

    def _stop(self) -> None:
        self._turn = self._around.next_turn()
        self._stopped = self._around.clock()
        self._speech.command(stop_command(self.goal, self._turn, self._stopped, self._settings))
        self._look_after = self._stopped

    def _say(
        self, frame: Frame, basis: Basis, text: str, actions: tuple[Action, ...], complete: bool
    ) -> None:
        expires = self._around.clock() + self._settings.command_lifetime
        self._speech.command(
            Spoken(self.goal, self._turn, frame.stamp, expires, text, actions, complete, basis)
        )

    def _tell(self, state: MissionState, detail: str = "", *, text: str | None = None) -> None:
        self._speech.tell(state, self._turn, detail, text=text)
