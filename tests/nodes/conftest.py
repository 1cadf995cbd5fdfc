from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from specedge.sim.truth_file import TRUTH_FILE
from tests.nodes.stage import Child, Operator, SportWatch


class Stage:
    """What one test starts; all of it ends with the test."""

    def __init__(self, domain: int, folder: Path) -> None:
        self.domain = domain
        self._folder = folder
        self._children: list[Child] = []
        self._operator: Operator | None = None

    @property
    def operator(self) -> Operator:
        """The operator; joins the graph when first asked for."""
        if self._operator is None:
            self._operator = Operator()
        return self._operator

    def start(self, module: str, *arguments: str) -> Child:
        log = self._folder / f"{len(self._children)}-{module}.log"
        self._children.append(Child(module, *arguments, log=log))
        return self._children[-1]

    def start_node(self, name: str, **parameters: object) -> Child:
        arguments = ["--ros-args"]
        for key, value in parameters.items():
            spelled = str(value).lower() if isinstance(value, bool) else f"{value}"
            arguments += ["-p", f"{key}:={spelled}"]
        return self.start(f"specedge.nodes.{name}", *arguments)

    def start_simulator(self, seed: int) -> SportWatch:
        simulator = self.start(
            "specedge.sim.process", "--seed", str(seed), "--run-dir", str(self._folder)
        )
        self.operator.wait(lambda: simulator.says('"ready"'), "the simulator")
        return SportWatch(self.domain)

    def start_controller(self) -> Child:
        return self.start_node("motion_controller_node", simulated=True, network_interface="lo")

    def collisions(self) -> int:
        """What the simulated robot has run into so far, by its own account."""
        lines = (self._folder / TRUTH_FILE).read_text(encoding="utf-8").splitlines()
        return int(json.loads(lines[-1])["collisions"])

    def close(self) -> None:
        for child in reversed(self._children):
            child.close()
        if self._operator is not None:
            self._operator.close()


@pytest.fixture
def stage(dds_domain: int, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(dds_domain, tmp_path)
    yield made
    made.close()
