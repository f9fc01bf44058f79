"""A few threads that end with their process: a shop that hangs must not hold up a stop.

What was claimed by then is leased, and comes back by itself.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")


class Threads:
    """Always the same ones: each that reads the database keeps a connection."""

    def __init__(self, number: int, name: str) -> None:
        self._number = number
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        for index in range(number):
            threading.Thread(target=self._run, name=f"{name}-{index}", daemon=True).start()

    def each(self, work: Callable[[A], T], items: Sequence[A]) -> list[T]:
        """What ``work`` makes of each item, begun in their order; raises what it raised, once all are done."""
        results: list[Future[T]] = [Future() for _ in items]
        for item, result in zip(items, results, strict=True):
            self._waiting.put(lambda item=item, result=result: _fill(result, work, item))  # type: ignore[misc]  # defaults bind them
        faults = [fault for result in results if (fault := result.exception())]
        if faults:
            raise faults[0]
        return [result.result() for result in results]

    def close(self) -> None:
        """Let each end after what it does now."""
        for _ in range(self._number):
            self._waiting.put(None)

    def _run(self) -> None:
        while work := self._waiting.get():
            work()


def _fill(result: Future[T], work: Callable[[A], T], item: A) -> None:
    try:
        result.set_result(work(item))
    except Exception as fault:  # noqa: BLE001 - raised again where it is waited for
        result.set_exception(fault)
