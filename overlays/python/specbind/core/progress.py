"""Progress of a transfer: one small protocol, and adapters for percentages and bars.

A progress is any callable `(done_bytes, total_bytes | None)`; it may be `async`. What a transfer promises to it:
`done_bytes` never falls, there are at most about ten calls a second, and `done_bytes == total_bytes` comes exactly
once, after everything else has succeeded. An error that the callable raises ends the transfer.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self


__all__ = ["Meter", "Progress", "ProgressBar", "no_progress", "percent", "progress_bar"]


class Progress(Protocol):
    """What a transfer tells: bytes done, and bytes in all (None while unknown). May return an awaitable."""

    def __call__(self, done: int, total: int | None, /) -> object: ...  # noqa: D102 (described by the class)


def no_progress(done: int, total: int | None, /) -> None:
    """Ignore all progress."""


def percent(callback: Callable[[float], object] | None) -> Progress:
    """Adapt a callback that wants percentages, 0.0 to 100.0.

    Values never fall, and 100.0 comes only at the end. While the total is unknown nothing is called.
    """
    if callback is None:
        return no_progress

    def report(done: int, total: int | None, /) -> object:
        if total is None:
            return None
        return callback(100.0 * done / total if done < total else 100.0)

    return report


class Meter:
    """Counts the bytes of one transfer and passes them on, throttled. Counting is safe from any thread.

    Args:
        progress: whom to tell.
        total: bytes in all, None while unknown.
        interval: least seconds between two reports.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        progress: Progress | None,
        total: int | None = None,
        *,
        interval: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self._progress: Progress = progress or no_progress
        self._silent = progress is None or progress is no_progress
        self._interval = interval
        self._clock = clock
        self._lock = threading.Lock()
        self._done = 0
        self._reported = -1
        self._next_report = float("-inf")

    @property
    def done(self) -> int:
        """Bytes counted so far."""
        return self._done

    def add(self, count: int) -> bool:
        """Count `count` bytes (negative: bytes that are sent again). True when `report` is due."""
        with self._lock:
            self._done += count
            return not self._silent and self._clock() >= self._next_report

    async def report(self) -> None:
        """Tell the progress now, unless that would go back or say that all is done."""
        with self._lock:
            done = self._done
            ends = self.total is not None and done >= self.total
            if self._silent or ends or done <= self._reported:
                return
            self._reported = done
            self._next_report = self._clock() + self._interval
        await _tell(self._progress, done, self.total)

    async def finish(self) -> None:
        """Tell that everything is done, with the total then known."""
        total = self._done if self.total is None else self.total
        if not self._silent:
            await _tell(self._progress, total, total)


class ProgressBar(Protocol):
    """A progress that is drawn somewhere; as a context manager it is closed also after a failure."""

    def __call__(self, done: int, total: int | None, /) -> object: ...  # noqa: D102 (described by the class)

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


def progress_bar(label: str = "", *, stream: TextIO | None = None) -> ProgressBar:
    """Draw a bar: by rich when it is installed and `stream` is a terminal, else as plain lines.

    Args:
        label: text before the bar.
        stream: where to draw, standard error by default.
    """
    target = sys.stderr if stream is None else stream
    if target.isatty() and importlib.util.find_spec("rich") is not None:
        return _RichBar(label, target)
    return _TextBar(label, target)


class _RichBar:
    def __init__(self, label: str, stream: TextIO) -> None:
        self._label = label
        self._stream = stream
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, total: int | None, /) -> None:
        if self._bar is None:
            self._bar, self._task = self._start()
        self._bar.update(self._task, completed=done, total=total)
        if done == total:
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _start(self) -> tuple[Any, Any]:
        # rich takes longer to import than all of core, and only a bar needs it; where it is missing, checkers need
        # not know it
        rich: Any = importlib.import_module("rich.progress")
        console = importlib.import_module("rich.console").Console(file=self._stream)
        # the label may hold a file name of the server: never markup
        label = rich.TextColumn("{task.description}", markup=False)
        columns = (rich.BarColumn(), rich.DownloadColumn(), rich.TransferSpeedColumn(), rich.TimeRemainingColumn())
        bar = rich.Progress(label, *columns, console=console)
        bar.start()
        return bar, bar.add_task(self._label, total=None)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


class _TextBar:
    """One line that is drawn again on a terminal; else one line each tenth."""

    _WIDTH = 24

    def __init__(self, label: str, stream: TextIO) -> None:
        self._prefix = f"{label}: " if label else ""
        self._stream = stream
        self._redraw = stream.isatty()
        self._tenth = -1
        self._open = False

    def __call__(self, done: int, total: int | None, /) -> None:
        tenth = done * 10 // total if total else (10 if total == 0 else 0)
        if not self._redraw and tenth <= self._tenth:
            return
        self._tenth = tenth
        self._write(self._line(done, total), last=done == total)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:
            self._stream.write("\n")
            self._open = False

    def _line(self, done: int, total: int | None) -> str:
        if total is None:
            return f"{self._prefix}{_size(done)}"
        share = done / total if total else 1.0
        bar = ("#" * int(share * self._WIDTH)).ljust(self._WIDTH, ".")
        return f"{self._prefix}[{bar}] {share:4.0%} {_size(done)} of {_size(total)}"

    def _write(self, line: str, *, last: bool) -> None:
        if self._redraw:
            self._stream.write(f"\r{line}\x1b[K" + ("\n" if last else ""))
            self._open = not last
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()


async def _tell(progress: Progress, done: int, total: int | None) -> None:
    result = progress(done, total)
    if inspect.isawaitable(result):
        await result


def _size(count: int) -> str:
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
