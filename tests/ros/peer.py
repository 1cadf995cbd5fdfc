"""A process of its own for the tests: one node, written against specedge.ros alone.

Says what happens in JSON lines on standard output, so that a test waits for lines, not for time.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

from specedge import ros
from specedge.ros.messages import CompressedImage, String, Trigger
from specedge.ros.settings import Setting, declare

LATCHED = ros.QoSProfile(depth=1, durability=ros.DurabilityPolicy.TRANSIENT_LOCAL)
NEWEST = ros.QoSProfile(depth=1, reliability=ros.ReliabilityPolicy.BEST_EFFORT)


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


class Echo(ros.Node):
    """Sends back, on …/back, what it hears."""

    def __init__(self) -> None:
        super().__init__("echo")
        for kind, topic, qos in ((String, "/text", 10), (CompressedImage, "/image", NEWEST)):
            back = self.create_publisher(kind, topic + "/back", 10)
            self.create_subscription(kind, topic, back.publish, qos)
        say(ready=True, implementation=ros.implementation())


class Latch(ros.Node):
    """Says one thing, once, to whoever comes later."""

    def __init__(self) -> None:
        super().__init__("latch", namespace="/tests")
        self._publisher = self.create_publisher(String, "/latched", LATCHED)
        self._publisher.publish(String(data="said before you came"))
        say(ready=True)


class Late(ros.Node):
    def __init__(self) -> None:
        super().__init__("late")
        self.create_subscription(String, "/latched", lambda m: say(heard=m.data), LATCHED)
        say(ready=True)


class Server(ros.Node):
    def __init__(self) -> None:
        super().__init__("server")
        self._calls = 0
        self.create_service(Trigger, "/cancel", self._answer)
        say(ready=True)

    def _answer(self, _: Any, response: Any) -> Any:
        self._calls += 1
        response.success = True
        response.message = f"call {self._calls}"
        return response


class Caller(ros.Node):
    """Calls a service twice, from the spinning thread, and says what it heard."""

    def __init__(self) -> None:
        super().__init__("caller")
        self._client = self.create_client(Trigger, "/cancel")
        say(waiting=True)
        while ros.ok() and not self._client.wait_for_service(timeout_sec=0.1):
            pass
        say(found=self._client.service_is_ready())
        self._call()

    def _call(self) -> None:
        self._client.call_async(Trigger.Request()).add_done_callback(self._heard)

    def _heard(self, future: Any) -> None:
        say(success=future.result().success, message=future.result().message)
        if future.result().message == "call 1":
            self._call()


class Settings(ros.Node):
    DECLARED = (
        Setting("speed", 0.5, "How fast to walk", "m/s", 0.0, 1.0),
        Setting("steps", 3, "How often", minimum=1, maximum=10),
        Setting("mode", "cloud", "How to decode", choices=("cloud", "edge")),
        Setting("live", False, "Whether the robot may move"),
    )

    def __init__(self) -> None:
        super().__init__("settings")
        say(**declare(self, self.DECLARED))


class Worker(ros.Node):
    """Has a thread of its own, which hands over to the spinning thread, and ends when told."""

    def __init__(self) -> None:
        super().__init__("worker")
        self._spinning_thread = threading.current_thread()
        self._end = threading.Event()
        self._guard = self.create_guard_condition(self._handed_over)
        self.create_timer(0.02, self._tick)
        self._ticks = 0
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        say(ready=True)

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        say(closed=True)

    def _work(self) -> None:
        self._guard.trigger()
        self._end.wait()

    def _handed_over(self) -> None:
        say(handed_over=True, here=threading.current_thread() is self._spinning_thread)

    def _tick(self) -> None:
        self._ticks += 1
        if self._ticks == 5:
            say(ticks=self._ticks, at=time.monotonic())


class Slow(ros.Node):
    """Takes its time to end: until a line comes on standard input."""

    def __init__(self) -> None:
        super().__init__("slow")
        say(ready=True)

    def close(self) -> None:
        say(closing=True)
        sys.stdin.readline()
        say(closed=True)


class LastWords(ros.Node):
    """Speaks without a pause, from both threads, and once more as it ends."""

    def __init__(self) -> None:
        super().__init__("last_words")
        self._publisher = self.create_publisher(String, "/words", 1000)
        self._end = threading.Event()
        self.create_timer(0.001, lambda: self._publisher.publish(String(data="timer")))
        self._thread = threading.Thread(target=self._talk)
        self._thread.start()
        say(ready=True)

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        self._publisher.publish(String(data="farewell"))
        say(closed=True)
        sys.stdin.readline()

    def _talk(self) -> None:
        while not self._end.wait(0.001):
            self._publisher.publish(String(data="thread"))


KINDS = (Echo, Latch, Late, Server, Caller, Settings, Worker, Slow, LastWords)

if __name__ == "__main__":
    kinds = {kind.__name__: kind for kind in KINDS}
    sys.exit(ros.run(kinds[sys.argv[1]]))
