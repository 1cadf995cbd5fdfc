"""Which callbacks run, when, and in which thread."""

from __future__ import annotations

import threading
import time

import pytest

from specedge.ros.cyclone.api import ExternalShutdownException, Future, SingleThreadedExecutor
from specedge.ros.cyclone.endpoints import Timer
from specedge.ros.cyclone.types import message_class
from specedge.ros.errors import GraphUnavailable

String = message_class("std_msgs/msg/String")
# Far beyond what a wake-up takes; a wait that is not woken lasts this long.
LONG = 20.0


def test_another_thread_wakes_a_waiting_executor_through_a_guard_condition(context, spinner):
    threads = []
    guard = spinner.node.create_guard_condition(lambda: threads.append(threading.current_thread()))
    executor = spinner.node.executor
    waker = threading.Timer(0.05, guard.trigger)
    waker.start()
    start = time.monotonic()
    while not threads:
        executor.spin_once(timeout_sec=LONG)
    waker.join()
    assert threads == [threading.current_thread()]
    assert time.monotonic() - start < LONG


def test_an_endpoint_made_by_another_thread_is_heeded_by_a_waiting_executor(spinner):
    heard = []
    publisher = spinner.node.create_publisher(String, "/text", 10)

    def subscribe() -> None:
        spinner.node.create_subscription(String, "/text", heard.append, 10)
        publisher.publish(String(data="here"))

    maker = threading.Timer(0.05, subscribe)
    maker.start()
    while not heard:
        spinner.node.executor.spin_once(timeout_sec=LONG)
    maker.join()
    assert heard[0].data == "here"


def test_a_request_to_stop_ends_spinning_at_once(context, spinner):
    stopper = threading.Timer(0.05, context.request_stop)
    stopper.start()
    start = time.monotonic()
    with pytest.raises(ExternalShutdownException):
        spinner.node.executor.spin()
    stopper.join()
    assert time.monotonic() - start < LONG


def test_an_error_in_a_callback_leaves_the_spinning_thread_with_it(spinner):
    def fail() -> None:
        raise RuntimeError("as it happens")

    spinner.node.create_guard_condition(fail).trigger()
    with pytest.raises(RuntimeError, match="as it happens"):
        spinner.node.executor.spin_once(timeout_sec=LONG)


def test_a_timer_keeps_its_rate_and_does_not_make_up_for_what_it_missed():
    timer = Timer(0.1, lambda: None)
    first = timer.due()
    assert timer.take(first - 0.001) is None
    assert timer.take(first + 0.35) is not None
    assert timer.due() == pytest.approx(first + 0.4)
    assert timer.take(first + 0.36) is None


def test_a_cancelled_timer_calls_no_more_until_it_is_reset():
    calls = []
    timer = Timer(0.1, lambda: calls.append(1))
    pending = timer.take(timer.due())
    timer.cancel()
    pending()
    assert calls == []
    assert timer.due() == float("inf")
    timer.reset()
    assert timer.due() < time.monotonic() + 0.2


def test_a_timer_without_a_period_is_refused():
    for period in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="period"):
            Timer(period, lambda: None)


def test_waiting_for_a_future_ends_when_another_thread_sets_it(context, spinner):
    future = Future()
    setter = threading.Timer(0.05, future.set_result, ["done"])
    setter.start()
    start = time.monotonic()
    spinner.node.executor.spin_until_future_complete(future, timeout_sec=LONG)
    setter.join()
    assert future.result() == "done"
    assert time.monotonic() - start < LONG


def test_waiting_for_a_future_ends_with_its_time(spinner):
    future = Future()
    spinner.node.executor.spin_until_future_complete(future, timeout_sec=0.02)
    assert not future.done()


def test_a_destroyed_publisher_says_so(spinner):
    publisher = spinner.node.create_publisher(String, "/text", 1)
    assert spinner.node.destroy_publisher(publisher)
    assert not spinner.node.destroy_publisher(publisher)
    with pytest.raises(GraphUnavailable, match="/text was destroyed"):
        publisher.publish(String())


def test_a_context_can_be_initialised_again_after_shutdown(context):
    with pytest.raises(GraphUnavailable, match="twice"):
        context.init([])
    context.shutdown()
    context.shutdown()
    assert not context.ok()
    with pytest.raises(GraphUnavailable, match="init"):
        SingleThreadedExecutor(context=context)
    context.init([])
    assert context.ok()
