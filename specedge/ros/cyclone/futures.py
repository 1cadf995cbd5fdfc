"""A result that is still to come, with rclpy's names."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Future:
    """Set once, by the thread that spins; may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._canceled = False
        self._result: Any = None
        self._exception: BaseException | None = None
        self._callbacks: list[Callable[[Future], None]] = []

    def done(self) -> bool:
        return self._done.is_set()

    def cancelled(self) -> bool:
        return self._canceled

    def result(self) -> Any:
        """Returns the result, None while there is none; raises the exception that was set."""
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self) -> BaseException | None:
        return self._exception

    def set_result(self, result: Any) -> None:
        self._finish(result=result)

    def set_exception(self, exception: BaseException) -> None:
        self._finish(exception=exception)

    def cancel(self) -> None:
        self._finish(canceled=True)

    def add_done_callback(self, callback: Callable[[Future], None]) -> None:
        """Has a function called when the future is done; at once if it is."""
        with self._lock:
            if not self._done.is_set():
                self._callbacks.append(callback)
                return
        callback(self)

    def _finish(
        self,
        *,
        result: Any = None,
        exception: BaseException | None = None,
        canceled: bool = False,
    ) -> None:
        with self._lock:
            if self._done.is_set():
                return
            self._result, self._exception, self._canceled = result, exception, canceled
            self._done.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)
