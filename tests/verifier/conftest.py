from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import zmq

from specedge.decoding.target import TargetEngine
from specedge.models.loading import LoadedModel
from specedge.verifier.server import VerifierServer
from tests.decoding import pair
from tests.decoding.conftest import draft, folders, target
from tests.verifier.robot import SESSION, Robot

__all__ = ["draft", "folders", "target"]


@pytest.fixture(scope="module")
def engine(target: LoadedModel) -> Iterator[TargetEngine]:
    engine = pair.engine(target)
    yield engine
    engine.close()


@pytest.fixture
def server(engine: TargetEngine) -> Iterator[VerifierServer]:
    with VerifierServer(engine, "tcp://127.0.0.1:*") as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Callable[..., Robot]]:
    """Connects robots to a server: the server, then the session's name."""
    with zmq.Context() as context:

        def connect(server: VerifierServer, session: str = SESSION) -> Robot:
            socket = context.socket(zmq.DEALER)
            socket.linger = 0
            socket.connect(server.endpoint)
            return Robot(socket, session)

        yield connect
        context.destroy(linger=0)


@pytest.fixture
def robot(server: VerifierServer, connect: Callable[..., Robot]) -> Robot:
    return connect(server)


@pytest.fixture
def open_robot(robot: Robot, engine: TargetEngine) -> Robot:
    robot.open(engine)
    return robot
