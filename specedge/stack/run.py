"""One run of the stack, from the first process to the summary."""

from __future__ import annotations

import enum
import math
import os
import platform
import queue
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from specedge.models.fingerprint import fingerprint
from specedge.nodes.topics import AWAKE, DIAGNOSTICS, IMAGE, MOTION, STATUS
from specedge.ros.domain import loopback_configuration
from specedge.stack import summary
from specedge.stack.description import PLAYER, Options, Process, processes
from specedge.stack.errors import ChildDied, StackError
from specedge.stack.events import Event, Events, Heard, Interrupted, interruptions
from specedge.stack.goals import named_object
from specedge.stack.live import View
from specedge.stack.memory import MemoryMeter
from specedge.stack.observer import Observer
from specedge.stack.report import RunReport, conclude
from specedge.stack.scene import FINAL_STATES
from specedge.stack.supervisor import Supervisor

SETTLING_S = 1.0
"""How long a robot that says it is done is watched before it is judged."""

LISTENING_S = 1.0
"""How long it is listened for another stack before this one starts; motion is told at 20 Hz."""

SECONDS_TO_TAKE_A_GOAL = 3.0
"""After which a goal that vlm_node does not repeat is told again; it may not have been matched."""


class End(enum.Enum):
    """Why a run ended."""

    REACHED = "reached"
    CANNOT = "cannot"
    CANCELLED = "cancelled"
    FAILED = "failed"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    PLAYED = "played"
    CHILD_DIED = "child died"


@dataclass
class Progress:
    """What the events told of the run so far."""

    goal: str
    heard: bool = False
    turns: summary.Turns = field(default_factory=summary.Turns)
    end: End | None = None
    detail: str = ""

    def take(self, event: Event) -> None:
        """Takes one event; sets `end` when it ends the run."""
        if isinstance(event, Interrupted):
            self.end, self.detail = End.INTERRUPTED, f"signal {event.signal}"
        elif isinstance(event, Heard) and event.topic == DIAGNOSTICS:
            self.turns.take_diagnostics(event.message)
        elif isinstance(event, Heard) and event.topic == STATUS:
            self.turns.take(event.message)
            mine = bool(self.goal) and event.message.goal == self.goal
            self.heard = self.heard or mine
            if mine and event.message.state in FINAL_STATES:
                self.end, self.detail = End(event.message.state), event.message.detail


def run(options: Options, goal: str, timeout: float, view: View) -> RunReport:
    """Runs the stack until the goal has ended, and says what came of it.

    Without a goal it runs until it is interrupted and obeys goals from the topic.

    Args:
        options: What to run; its run folder exists.
        goal: The sentence to obey; may be empty.
        timeout: Seconds that the goal may take, from the moment the stack is up.
        view: Where the run is shown.

    Raises:
        StackError: another stack is on these topics, or this one did not come up, or was
            interrupted before it did.
    """
    events: Events = Events()
    started = time.monotonic()
    goal = " ".join(goal.split())  # as vlm_node repeats it
    progress = Progress(goal)
    environment = environment_of(options)
    os.environ.update(environment)  # our own topics are on the same network
    described = processes(options)
    with (
        view,
        Observer(events) as observer,
        interruptions(events),  # after the graph, whose libraries may take the signals
        Supervisor(
            described,
            logs=options.run / "logs",
            environment={**os.environ, **environment},
            events=events,
            progress=view.part,
        ) as supervisor,
        MemoryMeter(lambda: _pids(supervisor)) as memory,
    ):
        refuse_company(events)
        ready = ReadyByTopic(described, view)
        supervisor.bring_up(ready.shown_by)
        up = time.monotonic()
        view.say(f"everything is up after {up - started:.1f} s")
        try:
            _follow(supervisor, observer, progress, view, up + timeout if goal else math.inf)
        except ChildDied as death:
            played = death.name == PLAYER and death.code == 0
            progress.end = End.PLAYED if played else End.CHILD_DIED
            progress.detail = "the bag has ended" if played else str(death)
        memory.look()
        finished = time.monotonic()
    figures = {
        "end": progress.end.value if progress.end else None,
        "detail": progress.detail,
        "claimed": progress.end is End.REACHED,
        "goal": goal,
        "named_object": named_object(goal) or None,
        "mode": options.mode,
        "seed": options.seed if options.simulated else None,
        "rate": options.rate if options.simulated or options.playback else None,
        "played": str(options.playback.bag) if options.playback else None,
        "models": str(options.model_folder),
        "model_fingerprints": _fingerprints(options),
        "start_up_s": up - started,
        "time_s": finished - up,
        **progress.turns.figures(),
        "peak_memory_mib": memory.figures(),
        "versions": summary.versions(),
        "machine": {"cores": os.cpu_count(), "processor": platform.machine()},
    }
    return conclude(options, goal, figures)


def refuse_company(events: Events) -> None:
    """Listens for a stack that is on the same topics: its robot would obey this one's goals.

    Raises:
        StackError: there is one.
    """
    deadline = time.monotonic() + LISTENING_S
    while (left := deadline - time.monotonic()) > 0:
        try:
            event = events.get(timeout=left)
        except queue.Empty:
            return
        if isinstance(event, Heard) and event.topic in (STATUS, MOTION):
            raise StackError(
                f"another stack is running here (it speaks on {event.topic}), whose robot would "
                "hear the same goals; end it, or give this one a ROS_DOMAIN_ID of its own"
            )
        if not isinstance(event, Heard):
            events.put(event)
            return


class ReadyByTopic:
    """Tells from messages which nodes are ready, and shows them on the way."""

    def __init__(self, described: Iterable[Process], view: View) -> None:
        self._nodes = {process.name for process in described if process.node}
        self._view = view

    def shown_by(self, event: Event) -> list[str]:
        """Returns the processes that this event shows to be ready."""
        if not isinstance(event, Heard):
            return []
        self._view.take(event.topic, event.message)
        if event.topic == IMAGE:
            return ["camera_node"]
        if event.topic == STATUS:
            return ["vlm_node"]
        if event.topic == MOTION and event.message.state in AWAKE:
            return ["motion_controller_node"]
        return []


def environment_of(options: Options) -> dict[str, str]:
    """Returns the environment that every process of the stack shares."""
    environment = {
        "ROS_DOMAIN_ID": os.environ.get("ROS_DOMAIN_ID") or "0",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        "PYTHONUNBUFFERED": "1",
        "HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1"),
    }
    configured = os.environ.get("CYCLONEDDS_URI")
    if options.simulated or not configured:
        environment["CYCLONEDDS_URI"] = loopback_configuration()
    return environment


def _follow(
    supervisor: Supervisor, observer: Observer, progress: Progress, view: View, deadline: float
) -> None:
    """Tells the goal, takes events until it has ended, and a moment more for it to settle."""
    tell_at = time.monotonic()
    while progress.end is None:
        if progress.goal and not progress.heard and time.monotonic() >= tell_at:
            observer.publish_goal(progress.goal)
            tell_at = time.monotonic() + SECONDS_TO_TAKE_A_GOAL
        event = supervisor.next_event(min(deadline, time.monotonic() + 1.0))
        if event is None:
            if time.monotonic() >= deadline:
                progress.end, progress.detail = End.TIMEOUT, "the goal took too long"
            continue
        _show(event, view)
        progress.take(event)
    settled = time.monotonic() + (SETTLING_S if progress.end is End.REACHED else 0.0)
    while (event := supervisor.next_event(settled)) is not None:
        _show(event, view)


def _show(event: Event, view: View) -> None:
    if isinstance(event, Heard):
        view.take(event.topic, event.message)


def _fingerprints(options: Options) -> dict[str, str | None]:
    """Tells which models spoke; None for one that is not on this machine."""
    roles = {"draft": True, "target": options.verifies_here}
    return {
        role: (fingerprint(options.model_folder / role) or None) if here else None
        for role, here in roles.items()
    }


def _pids(supervisor: Supervisor) -> Mapping[str, int]:
    return {
        "supervisor": os.getpid(),
        **{name: child.pid for name, child in dict(supervisor.children).items()},
    }
