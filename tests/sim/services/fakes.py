"""A body that does at once what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from specedge.sim.services.state_machine import SportStateMachine


@dataclass
class ObedientBody:
    """Moves exactly as the machine holds it to, without going anywhere."""

    machine: SportStateMachine = field(default_factory=SportStateMachine)
    place: tuple[float, float, float] = (1.0, 2.0, 0.5)
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    picture: bytes = b"\xff\xd8picture\xff\xd9"

    def pose(self) -> tuple[float, float, float]:
        return self.place

    def velocity(self) -> tuple[float, float, float]:
        return self.machine.velocity()

    def capture_jpeg(self) -> bytes:
        return self.picture

    def cloud(self) -> np.ndarray:
        return self.points
