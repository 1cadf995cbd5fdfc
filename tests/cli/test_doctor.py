from __future__ import annotations

import pytest

from specedge.cli import run
from specedge.stack import doctor
from specedge.stack.doctor import Finding


def test_it_names_every_part_and_what_its_absence_means(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = [
        Finding("torch", True, "2.13.0", "no model runs here"),
        Finding("mujoco", False, "not installed", "no simulated Go2"),
    ]
    monkeypatch.setattr(doctor, "examine", lambda: findings)
    assert run(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "mujoco: not installed" in out
    assert "no simulated Go2" in out
    assert "no model runs here" not in out


def test_a_missing_part_that_is_not_needed_does_not_fail_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    findings = [Finding("rclpy", False, "not installed", "Cyclone DDS alone", needed=False)]
    monkeypatch.setattr(doctor, "examine", lambda: findings)
    assert run(["doctor"]) == 0


def test_it_looks_for_what_the_stack_needs() -> None:
    names = {finding.name for finding in doctor.examine()}
    assert names >= {
        "rclpy",
        "cyclonedds",
        "unitree_sdk2py",
        "torch",
        "GL library",
        "nano models",
        "network interfaces",
        "ROS_DOMAIN_ID",
    }


@pytest.mark.parametrize(("text", "found"), [("7", True), ("x", False), ("233", False)])
def test_a_domain_must_be_one_that_ros_allows(
    text: str, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", text)
    (finding,) = (item for item in doctor.examine() if item.name == "ROS_DOMAIN_ID")
    assert finding.found is found
