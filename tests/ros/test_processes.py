"""Nodes in processes of their own, seen from a node of the adapter."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from specedge.ros.cyclone.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from specedge.ros.cyclone.types import message_class, service_class

String = message_class("std_msgs/msg/String")
CompressedImage = message_class("sensor_msgs/msg/CompressedImage")
Trigger = service_class("std_srvs/srv/Trigger")
# rclpy needs a second or so to leave the graph; both must be far from being killed.
PROMPTLY = 5.0


def test_a_text_comes_back_from_another_process(start_peer, spinner):
    peer = start_peer("Echo")
    heard = []
    publisher = spinner.node.create_publisher(String, "/text", 10)
    spinner.node.create_subscription(String, "/text/back", heard.append, 10)
    assert peer.said()["ready"]
    # Each side finds the other by itself: only an answer shows that both have.
    spinner.until(lambda: publisher.publish(String(data="who is there")) or heard)
    for text in ("go to the red chair", "", "größer als ½ m"):
        publisher.publish(String(data=text))
    spinner.until(lambda: heard[-1].data == "größer als ½ m")
    texts = [message.data for message in heard if message.data != "who is there"]
    assert texts == ["go to the red chair", "", "größer als ½ m"]


def test_an_image_of_150_kb_comes_back_byte_for_byte(start_peer, spinner):
    peer = start_peer("Echo")
    heard = []
    publisher = spinner.node.create_publisher(CompressedImage, "/image", 1)
    spinner.node.create_subscription(CompressedImage, "/image/back", heard.append, 10)
    assert peer.said()["ready"]
    content = bytes(range(256)) * 600
    image = CompressedImage(format="jpeg", data=content)
    image.header.stamp.sec = 7
    spinner.until(lambda: publisher.publish(image) or heard)
    assert heard[0] == image
    assert bytes(heard[0].data) == content


def test_a_late_joiner_hears_what_was_said_before(start_peer):
    latch = start_peer("Latch")
    assert latch.said()["ready"]
    late = start_peer("Late")
    assert late.said()["ready"]
    assert late.said() == {"heard": "said before you came"}


@pytest.mark.parametrize("client_by", ["cyclonedds", "rclpy"])
def test_a_service_answers_each_call_of_another_process(start_peer, client_by, rclpy_is_here):
    if client_by == "rclpy" and not rclpy_is_here:
        pytest.skip("rclpy is not there: ROS 2 is not sourced for this Python")
    server = start_peer("Server")
    assert server.said()["ready"]
    caller = start_peer("Caller", by=client_by)
    assert caller.said() == {"waiting": True}
    assert caller.said() == {"found": True}
    assert caller.said() == {"success": True, "message": "call 1"}
    assert caller.said() == {"success": True, "message": "call 2"}


def test_a_service_that_is_not_there_is_not_waited_for_longer_than_asked(spinner):
    client = spinner.node.create_client(Trigger, "/nobody")
    assert not client.wait_for_service(timeout_sec=0.05)
    assert not client.service_is_ready()


def write_parameters(folder: Path, text: str) -> str:
    path = folder / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_parameters_come_from_defaults_then_files_then_the_command_line(start_peer, tmp_path):
    file = write_parameters(
        tmp_path,
        "/**:\n  ros__parameters:\n    steps: 5\n    mode: edge\n"
        "settings:\n  ros__parameters:\n    steps: 7\n"
        "other:\n  ros__parameters:\n    steps: 9\n",
    )
    peer = start_peer(
        "Settings", "--ros-args", "--params-file", file, "-p", "live:=true", "-p", "speed:=0.25"
    )
    assert peer.said() == {"speed": 0.25, "steps": 7, "mode": "edge", "live": True}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("speed:=1.5", "speed"),
        ("speed:=fast", "speed"),
        ("mode:=best", "mode"),
        ("steps:=0", "steps"),
    ],
)
def test_a_parameter_out_of_its_limits_ends_the_node_with_one_clear_line(start_peer, wrong, named):
    peer = start_peer("Settings", "--ros-args", "-p", wrong)
    errors = peer.errors()
    assert peer.process.returncode == 2
    lines = [line for line in errors.splitlines() if line.startswith("SettingError: settings: ")]
    assert len(lines) == 1
    assert named in lines[0]
    assert "Traceback" not in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_node_at_once_after_its_threads(start_peer, number):
    peer = start_peer("Worker")
    facts = {}
    while not {"handed_over", "ticks"} <= facts.keys():
        facts.update(peer.said())
    assert facts["here"], "the guard condition's callback ran in another thread"
    status, duration = peer.end(number)
    assert status == 0
    assert duration < PROMPTLY
    assert peer.said() == {"closed": True}
    assert "Traceback" not in peer.errors()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_node_that_is_ended_still_says_its_last_words(start_peer, spinner, number):
    peer = start_peer("LastWords")
    heard = []
    spinner.node.create_subscription(String, "/words", heard.append, 1000)
    assert peer.said()["ready"]
    spinner.until(lambda: {message.data for message in heard} >= {"timer", "thread"})
    peer.process.send_signal(number)
    spinner.until(lambda: heard[-1].data == "farewell")
    assert peer.said() == {"closed": True}
    peer.hear("go")
    assert peer.process.wait(PROMPTLY) == 0
    assert "Traceback" not in peer.errors()


def test_a_signal_ends_a_node_that_waits_for_a_service(start_peer):
    peer = start_peer("Caller")
    assert peer.said()["waiting"]
    status, duration = peer.end()
    assert status == 0
    assert duration < PROMPTLY


def test_an_impatient_second_interrupt_does_not_disturb_the_end_of_a_node(start_peer):
    peer = start_peer("Slow")
    assert peer.said()["ready"]
    peer.process.send_signal(signal.SIGINT)
    assert peer.said() == {"closing": True}
    peer.process.send_signal(signal.SIGINT)
    peer.hear("go on")
    assert peer.said() == {"closed": True}
    assert peer.process.wait(PROMPTLY) == 0
    assert "Traceback" not in peer.errors()


def test_incompatible_quality_of_service_is_said_aloud(start_peer, spinner, capfd):
    best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    spinner.node.create_publisher(String, "/latched", best_effort)
    peer = start_peer("Late")
    assert peer.said()["ready"]
    warned = []
    spinner.until(lambda: warned.append(capfd.readouterr().err) or "/latched" in "".join(warned))
    assert "incompatible reliability or durability" in "".join(warned)


def test_a_publisher_of_one_message_reaches_a_late_reader_of_its_own_process(spinner):
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    spinner.node.create_publisher(String, "/here", latched).publish(String(data="first"))
    heard = []
    spinner.node.create_subscription(String, "/here", heard.append, latched)
    spinner.until(lambda: heard)
    assert heard[0].data == "first"
