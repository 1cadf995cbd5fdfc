"""A draft process that dies is started again; one that cannot load its model is not."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import threading

import psutil
import pytest

from specedge.edge.decoder import DraftLost
from specedge.edge.draft_messages import DraftFailed, FromDraft, StopDraft
from specedge.edge.drafter import DraftProcess

MODULE = "tests.edge.processes.mortal_draft"
PATIENCE = 60.0


def test_a_killed_process_is_told_of_and_started_again() -> None:
    said: queue.SimpleQueue[FromDraft] = queue.SimpleQueue()
    with contextlib.closing(DraftProcess("any", said.put, module=MODULE)) as process:
        for _ in range(2):
            process.wait_ready(PATIENCE)
            assert process.lost == ""
            process.send(StopDraft())
            failure = said.get(timeout=PATIENCE)
            assert failure == DraftFailed(0, process.lost)
            assert "ended with code -9 and is started again" in process.lost
        process.wait_ready(PATIENCE)
        assert process.lost == ""


def test_a_process_that_cannot_be_started_again_yet_is_tried_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: queue.SimpleQueue[FromDraft] = queue.SimpleQueue()
    with contextlib.closing(DraftProcess("any", said.put, module=MODULE)) as process:
        process.wait_ready(PATIENCE)
        start, refused = process._start, threading.Event()

        def out_of_memory_once() -> None:
            if not refused.is_set():
                refused.set()
                raise OSError(errno.ENOMEM, "Cannot allocate memory")
            start()

        monkeypatch.setattr(process, "_start", out_of_memory_once)
        process.send(StopDraft())
        said.get(timeout=PATIENCE)
        process.wait_ready(PATIENCE)
        assert refused.is_set()
        assert process.lost == ""


def test_a_model_that_cannot_be_loaded_is_not_tried_again() -> None:
    said: queue.SimpleQueue[FromDraft] = queue.SimpleQueue()
    with contextlib.closing(DraftProcess("none", said.put, module=MODULE)) as process:
        with pytest.raises(DraftLost, match=r"ended with code 2$"):
            process.wait_ready(PATIENCE)
        # It never served anybody, so that no turn can do without it.
        assert process.lost == ""


def test_a_ctrl_c_of_the_terminal_is_not_for_the_draft() -> None:
    with contextlib.closing(DraftProcess("any", lambda _: None, module=MODULE)):
        (draft,) = (child for child in psutil.Process().children() if MODULE in child.cmdline())
        assert os.getpgid(draft.pid) != os.getpgrp()
