"""The supervisor with small processes of our own instead of the stack's."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from specedge.stack.description import Process
from specedge.stack.errors import ChildDied, NotReady
from specedge.stack.events import Event, Events, Interrupted
from specedge.stack.supervisor import Stopped, Supervisor

MODULES = {
    "patient": """
        import signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        print('{"ready": true}', flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
        print("went", flush=True)
    """,
    "deaf": """
        import signal
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        print('{"ready": true}', flush=True)
        while True:
            signal.pause()
    """,
    "broken": """
        import sys
        sys.exit("specedge: no wheels; fit some")
    """,
    "silent": """
        import signal
        signal.pause()
    """,
    "parent": """
        import signal, subprocess, sys
        subprocess.Popen([sys.executable, "-m", "deaf"], start_new_session=True)
        signal.pause()
    """,
}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
    return tmp_path


def supervisor(bench: Path, events: Events, *processes: Process, told: list[str]) -> Supervisor:
    return Supervisor(
        processes,
        logs=bench / "logs",
        environment={**os.environ, "PYTHONPATH": str(bench)},
        events=events,
        progress=lambda name, state: told.append(f"{name} {state}"),
    )


def ended(process: psutil.Process, *, within: float) -> bool:
    """Whether it ended in time; who inherits an orphan may be slow to bury it."""
    try:
        process.wait(within)
    except psutil.TimeoutExpired:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


def made(name: str, module: str, after: tuple[str, ...] = (), deadline: float = 20.0) -> Process:
    return Process(name, module, after=after, deadline=deadline, ready_line='"ready"')


def nothing(_: Event) -> Iterable[str]:
    return ()


def test_a_process_starts_after_what_it_needs_and_stops_before_it(bench: Path) -> None:
    told: list[str] = []
    first = made("first", "patient")
    second = made("second", "patient", after=("first",))
    with supervisor(bench, Events(), second, first, told=told) as stack:
        stack.bring_up(nothing)
        running = [psutil.Process(child.pid) for child in stack.children.values()]
    assert told == [
        "first starting",
        "first ready",
        "second starting",
        "second ready",
        "second stopped",
        "first stopped",
    ]
    assert not any(process.is_running() for process in running)
    assert (bench / "logs" / "first.log").read_text().endswith("went\n")


def test_a_process_that_dies_is_named_with_its_last_words_and_its_log(bench: Path) -> None:
    told: list[str] = []
    with (
        pytest.raises(ChildDied, match=r"broken ended .* no wheels; fit some .*broken\.log"),
        supervisor(
            bench, Events(), made("patient", "patient"), made("broken", "broken"), told=told
        ) as stack,
    ):
        stack.bring_up(nothing)
    assert "patient stopped" in told


def test_a_process_that_is_not_ready_in_time_is_named_with_its_log(bench: Path) -> None:
    with (
        pytest.raises(NotReady, match=r"silent was not ready within 1 s; log: .*silent\.log"),
        supervisor(bench, Events(), made("silent", "silent", deadline=0.6), told=[]) as stack,
    ):
        stack.bring_up(nothing)


def test_an_interrupt_while_the_stack_comes_up_stops_it(bench: Path) -> None:
    events = Events()
    events.put(Interrupted(2))
    with supervisor(bench, events, made("silent", "silent"), told=[]) as stack:
        with pytest.raises(Stopped):
            stack.bring_up(nothing)
        process = psutil.Process(stack.children["silent"].pid)
    assert not process.is_running()


@pytest.mark.slow
def test_a_process_that_ignores_every_request_is_killed(
    bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("specedge.stack.child.GRACE_BEFORE_TERMINATE_S", 0.2)
    monkeypatch.setattr("specedge.stack.child.GRACE_BEFORE_KILL_S", 0.2)
    with supervisor(bench, Events(), made("deaf", "deaf"), told=[]) as stack:
        stack.bring_up(nothing)
        process = psutil.Process(stack.children["deaf"].pid)
    assert not process.is_running()


@pytest.mark.slow
def test_what_a_process_started_itself_ends_with_it(
    bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("specedge.stack.child.GRACE_OF_DESCENDANTS_S", 0.2)
    with supervisor(bench, Events(), made("parent", "parent"), told=[]) as stack:
        stack.bring_up(nothing)  # the grandchild says the ready line on the same output
        descendants = psutil.Process(stack.children["parent"].pid).children(recursive=True)
    assert len(descendants) == 1
    # Whoever adopts it may let it lie as a zombie for a while.
    ended = not descendants[0].is_running()
    assert ended or descendants[0].status() == psutil.STATUS_ZOMBIE


@pytest.mark.slow
def test_processes_end_when_their_supervisor_is_killed(bench: Path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from specedge.stack.description import Process
        from specedge.stack.events import Events
        from specedge.stack.supervisor import Supervisor
        stack = Supervisor(
            [Process("patient", "patient", ready_line='"ready"')],
            logs=Path(sys.argv[1]),
            events=Events(),
            environment={**os.environ, "PYTHONPATH": sys.argv[1]},
        )
        def wait(event):
            print(stack.children["patient"].pid, flush=True)
            sys.stdin.read()
        with stack:
            stack.bring_up(wait)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(bench)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    log = bench / "patient.log"
    assert ended(child, within=10.0), log.read_text()


def test_parameters_are_spelled_so_that_yaml_reads_their_types(bench: Path) -> None:
    import yaml

    process = Process("n", "m", node="n", parameters={"a": True, "b": "tcp://h:1", "c": "it's"})
    spelled = [word for word in process.command() if ":=" in word]
    read = {name: yaml.safe_load(value) for name, value in (w.split(":=", 1) for w in spelled)}
    assert read == process.parameters
    assert replace(process, node="").command()[1:] == ["-m", "m"]


def test_a_deadline_passes_without_an_event(bench: Path) -> None:
    with supervisor(bench, Events(), told=[]) as stack:
        before = time.monotonic()
        assert stack.next_event(before + 0.05) is None
        assert time.monotonic() >= before + 0.05
