from __future__ import annotations

import pytest

from specedge.protocol.endpoint import BadEndpoint, require_endpoint


@pytest.mark.parametrize(
    "endpoint",
    ["tcp://127.0.0.1:5555", "tcp://robot.local:1", "tcp://*:*", "tcp://[::1]:65535", "ipc:///a"],
)
def test_an_endpoint_is_taken(endpoint: str) -> None:
    require_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    ["", "nowhere", "tcp://", "tcp://host", "tcp://:5555", "tcp://host:65536", "tcp://host:x",
     "tcp://host:-1", "udp://host:5555", "ipc://"],
)  # fmt: skip
def test_what_is_none_is_refused_with_what_to_give(endpoint: str) -> None:
    with pytest.raises(BadEndpoint, match="tcp://HOST:PORT"):
        require_endpoint(endpoint)
