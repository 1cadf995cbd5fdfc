from __future__ import annotations

import os
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specedge.robot.errors import MessageMalformed
from specedge.robot.framing import LARGEST_FRAME, FrameReader, frame, write_all


class Pipe:
    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self._open = {self.read_end, self.write_end}

    def end(self, descriptor: int) -> None:
        if descriptor in self._open:
            self._open.remove(descriptor)
            os.close(descriptor)

    def close(self) -> None:
        for descriptor in tuple(self._open):
            self.end(descriptor)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


@given(payloads=st.lists(st.binary(max_size=200), max_size=10))
def test_frames_come_out_as_they_went_in(payloads: list[bytes]) -> None:
    pipe = Pipe()
    write_all(pipe.write_end, b"".join(map(frame, payloads)))
    pipe.end(pipe.write_end)
    reader = FrameReader(pipe.read_end)
    assert [reader.read() for _ in payloads] == payloads
    assert reader.read() is None
    pipe.close()


def test_a_frame_that_was_cut_off_is_the_end_of_the_stream(pipe: Pipe) -> None:
    write_all(pipe.write_end, frame(b"whole") + frame(b"half of it")[:-3])
    pipe.end(pipe.write_end)
    reader = FrameReader(pipe.read_end)
    assert reader.read() == b"whole"
    assert reader.read() is None


def test_an_impossible_length_is_refused_before_it_is_waited_for(pipe: Pipe) -> None:
    write_all(pipe.write_end, struct.pack("<I", LARGEST_FRAME + 1))
    with pytest.raises(MessageMalformed, match="nothing else may write"):
        FrameReader(pipe.read_end).read()
