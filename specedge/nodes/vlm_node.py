"""vlm_node: a goal in, commands out, decided together with the verifier.

Takes goals from /specedge/goal; offers /specedge/cancel. Publishes /specedge/command,
/specedge/tokens, /specedge/status (its heartbeat, too) and /diagnostics.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from specedge import ros
from specedge.edge.client import open_decoder
from specedge.edge.decoder import DecoderSettings, TokenEvent
from specedge.edge.modes import DEFAULT_MODE, MODES
from specedge.edge.settings import LONGEST_GAMMA, SOURCES, parse_sources
from specedge.mission.news import Frame, MissionState, MissionStatus, Spoken
from specedge.mission.runner import MissionRunner
from specedge.mission.settings import MissionSettings
from specedge.nodes import topics, wire
from specedge.nodes.profiles import LATCHED, NEWEST, RELIABLE
from specedge.protocol.endpoint import DEFAULT_ENDPOINT
from specedge.protocol.security import robot_keys
from specedge.ros import messages
from specedge.ros.settings import Setting, declare

HALTS = {
    "estopped": "emergency stop: release it, then give the goal again",
    "taken_over": "somebody drove the robot himself; give the goal again",
}
"""States of the motion controller that end a goal, and what is said then."""
HEARTBEAT_PERIOD = 0.05
"""Seconds between two looks at the link to the verifier, each told as a status."""

SETTINGS = (
    Setting("mode", DEFAULT_MODE, "How draft and target work together", choices=tuple(MODES)),
    Setting("cloud", DEFAULT_ENDPOINT, "Endpoint of the verifier; unused in mode edge"),
    Setting("verifier_key", "", "File with the verifier's public key; empty: a link in the clear"),
    Setting("draft_model", "", "Folder or Hugging Face name of the draft; empty for the nano pair"),
    Setting("draft_device", "cpu", "Torch device of the draft"),
    Setting("draft_quantise", 0, "Bits of the draft's weights: 4 or 8; 0 leaves them", "", 0, 8),
    Setting("draft_threads", 1, "CPU threads of the draft", "", 1, 64),
    Setting(
        "gamma",
        0,
        "Choices proposed at once in speculative and preemptive; 0 by measured costs",
        "",
        0,
        LONGEST_GAMMA,
    ),
    Setting(
        "patience",
        0.0,
        "Waiting for hints in streaming: 0 for the least latency, 1 for the fewest target passes",
        "",
        0.0,
        1.0,
    ),
    Setting(
        "sources",
        ",".join(SOURCES),
        "Where streaming takes candidates from: any of client, self, history, forced, by commas",
    ),
    Setting("image_topic", topics.IMAGE, "sensor_msgs/CompressedImage to decide on"),
    Setting("turn_limit", 60, "Turns after which a goal is given up", "", 1, 1000),
    Setting("repeat_limit", 6, "The same two commands so often: goal given up", "", 2, 1000),
    Setting("frame_age", 1.0, "Age up to which a picture is decided on", "s", 0.1, 10.0),
    Setting("frame_patience", 20.0, "Time to wait for a picture", "s", 1.0, 600.0),
    Setting("robot_patience", 60.0, "Time to wait for a robot that can walk", "s", 1.0, 600.0),
    Setting("verifier_patience", 60.0, "Time to wait for a lost verifier", "s", 1.0, 600.0),
    Setting("decode_limit", 30.0, "Longest decode; a later command is void", "s", 0.1, 120.0),
    Setting("action_limit", 90.0, "Longest time for one command to be done", "s", 1.0, 600.0),
    Setting("command_lifetime", 1.0, "Time for a command to be begun", "s", 0.1, 10.0),
    Setting("temperature", 0.0, "Of the choice of tokens; 0 takes the likeliest", "", 0.0, 2.0),
    Setting("seed", 0, "Of the noise at temperatures above 0", "", 0, 2**31 - 1),
)


class VlmNode(ros.Node):
    """See the module. Also the `specedge.mission.news.Voice` of its missions."""

    def __init__(self) -> None:
        super().__init__("vlm_node")
        values = declare(self, SETTINGS)
        self._mode: str = values["mode"]
        self._status = MissionStatus()
        self._telling = threading.Lock()
        self._failure = ""
        self._halted = ""
        self._commands = self.create_publisher(messages.Command, topics.COMMAND, RELIABLE)
        self._tokens = self.create_publisher(
            messages.Tokens, topics.TOKENS, ros.QoSProfile(depth=100)
        )
        self._statuses = self.create_publisher(messages.Status, topics.STATUS, LATCHED)
        self._health = self.create_publisher(messages.DiagnosticArray, topics.DIAGNOSTICS, RELIABLE)
        key: str = values["verifier_key"]
        self._decoder = open_decoder(
            DecoderSettings(
                mode=self._mode,
                cloud=values["cloud"],
                draft=values["draft_model"],
                gamma=values["gamma"],
                patience=values["patience"],
                sources=parse_sources(values["sources"]),
                draft_threads=values["draft_threads"],
                draft_device=values["draft_device"],
                draft_quantise=values["draft_quantise"],
                answer_timeout=values["decode_limit"],
                keys=robot_keys(Path(key)) if key else None,
            )
        )
        self._missions = MissionRunner(
            self._decoder,
            self,
            MissionSettings(
                turns=values["turn_limit"],
                repeats=values["repeat_limit"],
                frame_age=values["frame_age"],
                frame_patience=values["frame_patience"],
                robot_patience=values["robot_patience"],
                verifier_patience=values["verifier_patience"],
                decode_limit=values["decode_limit"],
                action_limit=values["action_limit"],
                command_lifetime=values["command_lifetime"],
                temperature=values["temperature"],
                seed=values["seed"],
            ),
            clock=lambda: wire.clock_of(self),
            on_failure=self._on_mission_failure,
        )
        self._missions.start()
        listen = self.create_subscription
        listen(messages.CompressedImage, values["image_topic"], self._on_image, NEWEST)
        listen(messages.MotionState, topics.MOTION, self._on_motion, RELIABLE)
        # Volatile: takes goals of any publisher, and none from before this node was there.
        listen(messages.String, topics.GOAL, self._on_goal, RELIABLE)
        self.create_service(messages.Trigger, topics.CANCEL, self._on_cancel)
        steady = ros.steady_clock()
        self.create_timer(HEARTBEAT_PERIOD, self._publish_status, clock=steady)
        self.create_timer(1.0, self._on_diagnostics, clock=steady)

    def close(self) -> None:
        """Ends what is in flight, has the robot stopped, and ends the decoder."""
        self._missions.close()
        self._decoder.close()

    def command(self, spoken: Spoken) -> None:
        """Sends a command; see `Voice`."""
        self._commands.publish(wire.command_message(spoken, self._mode))

    def tokens(self, turn: int, stamp: float, event: TokenEvent) -> None:
        """Tells of tokens; see `Voice`."""
        self._tokens.publish(wire.tokens_message(turn, stamp, event))

    def status(self, status: MissionStatus) -> None:
        """Tells how the mission stands, now and with every heartbeat; see `Voice`."""
        with self._telling:
            self._status = status
        self._publish_status()
        if status.state is MissionState.ACTING:
            self._on_diagnostics()  # once for each decode, whose exits it tells of

    def _on_goal(self, message: Any) -> None:
        text = " ".join(message.data.split())
        if not text:
            self.get_logger().warning("an empty goal is none; say what to do, or cancel")
            return
        goal = self._missions.pursue(text)
        self.get_logger().info(f"goal {goal.id}: {goal.text}")

    def _on_cancel(self, _: Any, response: Any) -> Any:
        response.success = self._missions.cancel(f"cancelled by {topics.CANCEL}")
        response.message = "cancelled" if response.success else "there is no goal"
        return response

    def _on_image(self, message: Any) -> None:
        # Copied, because the message's buffer may be reused once this returns.
        frame = Frame(bytes(message.data), wire.seconds(message.header.stamp))
        self._missions.frames.put(frame)

    def _on_motion(self, message: Any) -> None:
        self._missions.motion.put(wire.motion_news(message))
        halted = "estopped" if message.estop else message.state
        if halted in HALTS and halted != self._halted:
            # Whoever releases the stop later, or a stick, does not ask the robot to go on.
            self._missions.cancel(HALTS[halted])
        self._halted = halted

    def _on_mission_failure(self, error: Exception) -> None:
        self._failure = f"missions ended: {error}"
        self.get_logger().fatal(self._failure)
        # A node that can decide nothing any more had better be started again.
        os.kill(os.getpid(), signal.SIGTERM)

    def _publish_status(self) -> None:
        with self._telling:
            status = self._status
            self._statuses.publish(
                messages.Status(
                    header=wire.header(wire.clock_of(self)),
                    state=status.state.value,
                    goal_id=status.goal_id,
                    goal=status.goal,
                    detail=status.detail,
                    turn=status.turn,
                    mode=self._mode,
                    text=status.text,
                    latency=wire.finite(status.latency),
                    first_action_latency=wire.finite(status.first_action_latency),
                    acceptance=wire.finite(status.acceptance),
                    tokens=status.tokens,
                    target_passes=status.target_passes,
                    cache_hits=status.cache_hits,
                    cache_misses=status.cache_misses,
                    bytes_up=status.bytes_up,
                    bytes_down=status.bytes_down,
                    verifier_connected=self._decoder.connected,
                )
            )

    def _on_diagnostics(self) -> None:
        decoder = self._decoder
        alone = "" if decoder.connected else "the verifier is not connected"
        amiss = "; ".join(filter(None, (decoder.missing or alone, decoder.impairment)))
        text = self._failure or amiss or "ok"
        level = 2 if self._failure else int(bool(amiss))
        status = self._status
        values = [("mode", self._mode), ("state", status.state.value), ("turn", str(status.turn))]
        for layer, share in status.exit_agreement:
            values.append((f"{topics.EXIT_AGREEMENT}{layer}", f"{share:.3f}"))
        now = wire.clock_of(self)
        self._health.publish(wire.diagnostics(now, "vlm_node", level, text, values))


def main() -> int:
    """Runs the node until SIGINT or SIGTERM."""
    return ros.run(VlmNode)


if __name__ == "__main__":
    sys.exit(main())
