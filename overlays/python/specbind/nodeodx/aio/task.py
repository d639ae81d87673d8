"""A task on a node."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.bindings._runtime import StatusError
from specbind.bindings.nodeodx import models
from specbind.core import arguments
from specbind.core.archive import ArchiveLimits, unzip
from specbind.core.filenames import safe_filename
from specbind.core.polling import poll
from specbind.core.progress import percent
from specbind.core.target import check_target
from specbind.core.tasks import in_thread
from specbind.nodeodx.exceptions import NodeResponseError, TaskFailedError
from specbind.nodeodx.types import TaskInfo, TaskStatus

from ._connection import client_of, failure_of, passes, translated
from ._create import options_text
from ._files import fetch_archive, ranges_of
from ._waits import told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from specbind.core.progress import Progress
    from specbind.core.ranges import Ranges

    from .node import Node

__all__ = ["Task"]

_LEAST_INTERVAL = 0.05  # seconds
_PLACED = ("connections", "piece")  # names of `save_zip` and `save_assets`


class Task:
    """A task on a node. `Node.create_task` and `Node.get_task` give one.

    Args:
        node: the node that has the task.
        uuid: identifier of the task.
    """

    node: Node
    """The node that has the task."""
    uuid: str
    """Identifier of the task."""

    def __init__(self, node: Node, uuid: str) -> None:
        self.node = node
        self.uuid = arguments.text("uuid", uuid)

    def __repr__(self) -> str:
        return f"Task({self.node!r}, {self.uuid!r})"

    async def info(self, with_output: int | None = None) -> TaskInfo:
        """State of the task.

        Args:
            with_output: first line of console output to include, counted from 0; a negative number counts from the end.
                None leaves the output out.

        Raises:
            NodeResponseError: the node does not know the task, or wants a token.
            NodeConnectionError: no answer.
            NodeServerError: an answer that was not expected.
        """
        with translated():
            lines = UNSET if with_output is None else arguments.whole("with_output", with_output)
            return TaskInfo(await client_of(self.node).tasks.info(self.uuid, with_output=lines))

    async def output(self, line: int = 0) -> list[str]:
        """Console output, one item per line.

        Args:
            line: first line to return, counted from 0; a negative number counts from the end.

        Raises:
            GenericError: as `info`.
        """
        with translated():
            return await client_of(self.node).tasks.output(self.uuid, line=arguments.whole("line", line))

    async def cancel(self) -> bool:
        """Cancel the task. False when the node refuses, as for a task that it does not know.

        Raises:
            GenericError: as `info`.
        """
        return await _accepted(client_of(self.node).tasks.cancel(body=models.TaskReference(uuid=self.uuid)))

    async def remove(self) -> bool:
        """Cancel the task and delete its files. False when the node refuses, as for a task that it does not know.

        Raises:
            GenericError: as `info`.
        """
        return await _accepted(client_of(self.node).tasks.remove(body=models.TaskReference(uuid=self.uuid)))

    async def restart(self, options: Mapping[str, object] | None = None) -> bool:
        """Run the task again. False when the node refuses, as for a task that has not ended.

        Args:
            options: these take the place of all options that the task had; None keeps those.

        Raises:
            NodeResponseError: an option has a value that does not fit.
            GenericError: as `info`.
        """
        text = UNSET if options is None else options_text(options)
        body = models.RestartRequest(uuid=self.uuid, options=text)
        return await _accepted(client_of(self.node).tasks.restart(body=body))

    async def download_zip(
        self,
        destination: str | os.PathLike[str],
        progress_callback: Callable[[float], object] | None = None,
        parallel_downloads: int = 16,
        parallel_chunks_size: float = 10,
    ) -> str:
        """Download the archive of the results.

        Under its final name stands only a whole archive whose checksums have been verified. A download that was
        broken off, also by the end of the program, goes on in the next call for the same task and folder where the
        server serves ranges; its bytes wait in a hidden file there.

        Args:
            destination: folder to put it into; made when it is not there.
            progress_callback: called with percentages, 0 to 100; may be asynchronous.
            parallel_downloads: connections at most, where the node serves ranges.
            parallel_chunks_size: size of a range, in MiB; 16 KiB and a thousandth of the archive at least.

        Returns:
            Path of the archive, `<uuid>_<unix seconds>_all.zip` in `destination`.

        Raises:
            NodeResponseError: the task is not COMPLETED.
            NodeServerError: what came is no whole archive.
            NodeConnectionError: the connection was lost.
            OSError: the archive cannot be written.
        """
        name = f"{safe_filename(self.uuid, default='task')}_{int(time.time())}_all.zip"
        await self._fetch(
            Path(destination, name),
            progress=percent(arguments.callback("progress_callback", progress_callback)),
            ranges=ranges_of(parallel_downloads, parallel_chunks_size),
            limits=None,
        )
        return os.path.join(destination, name)  # noqa: PTH118 - keeps the text of a relative destination as it is

    async def download_assets(
        self,
        destination: str | os.PathLike[str],
        progress_callback: Callable[[float], object] | None = None,
        parallel_downloads: int = 16,
        parallel_chunks_size: float = 10,
    ) -> str:
        """Download the results and unpack them.

        Files of the same names are replaced. An archive that would write outside of `destination` is refused as a
        whole, and so is one that unpacks to far more than it should.

        Args:
            destination: folder to unpack into; made when it is not there.
            progress_callback: called with percentages of the download, 0 to 100; may be asynchronous.
            parallel_downloads: connections at most, where the node serves ranges.
            parallel_chunks_size: size of a range, in MiB; 16 KiB and a thousandth of the archive at least.

        Returns:
            `destination`.

        Raises:
            GenericError: as `download_zip`; NodeServerError also for an archive that is refused, which is kept.
        """
        archive = await self.download_zip(destination, progress_callback, parallel_downloads, parallel_chunks_size)
        with translated():
            await in_thread(unzip, archive, Path(destination))
        await in_thread(os.unlink, archive)
        return os.fspath(destination)

    async def save_zip(
        self,
        target: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        connections: int = 16,
        piece: float = 10,
        limits: ArchiveLimits | None = None,
    ) -> Path:
        """Download the archive of the results to a file of your choice, which is replaced when it is there.

        A folder, a device, a pipe, a socket or a link is never replaced. Otherwise as `download_zip`.

        Args:
            target: path of the archive; its folder is made when it is not there.
            progress: called with the bytes done and the bytes in all; may be asynchronous.
            connections: connections at most, where the server serves ranges.
            piece: size of a range, in MiB; 16 KiB and a thousandth of the archive at least.
            limits: what the archive may hold; by default 100,000 entries, 256 GiB and 200 times its own size.

        Returns:
            The target.

        Raises:
            GenericError: as `download_zip`.
            FileExistsError: what stands at `target` is no plain file (IsADirectoryError: a folder). Nothing was sent.
        """
        path = Path(target)
        ranges = ranges_of(connections, piece, _PLACED)
        await self._fetch(path, progress=progress, ranges=ranges, limits=limits)
        return path

    async def save_assets(
        self,
        folder: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        connections: int = 16,
        piece: float = 10,
        limits: ArchiveLimits | None = None,
        on_file: Callable[[Path], object] | None = None,
    ) -> list[Path]:
        """Download the results and unpack them, with limits of your choice.

        Otherwise as `download_assets`, but that the archive is deleted also when it is refused.

        Args:
            folder: folder to unpack into; made when it is not there.
            progress: called with the bytes done and the bytes in all; may be asynchronous.
            connections: connections at most, where the server serves ranges.
            piece: size of a range, in MiB; 16 KiB and a thousandth of the archive at least.
            limits: what the archive may hold; by default 100,000 entries, 256 GiB and 200 times its own size.
            on_file: called with the path of each finished file, in a thread.

        Returns:
            The files, in the order of the archive.

        Raises:
            GenericError: as `download_assets`.
        """
        archive = Path(folder, f".{safe_filename(self.uuid, default='task')}_all.zip")
        arguments.callback("on_file", on_file)
        ranges = ranges_of(connections, piece, _PLACED)
        await self._fetch(archive, progress=progress, ranges=ranges, limits=limits)
        try:
            with translated():
                return await in_thread(unzip, archive, Path(folder), limits=limits, on_file=on_file)
        finally:
            await in_thread(os.unlink, archive)

    async def _fetch(
        self, path: Path, *, progress: Progress | None, ranges: Ranges, limits: ArchiveLimits | None
    ) -> None:
        arguments.callback("progress", progress)
        _check_limits(limits)
        await in_thread(check_target, path)
        info = await self.info()
        if info.status is not TaskStatus.COMPLETED:
            raise NodeResponseError(f"Cannot download task, task status is {info.status}")
        with translated():
            await fetch_archive(
                client_of(self.node),
                self.uuid,
                path,
                progress=progress,
                ranges=ranges,
                part_name=f"{safe_filename(self.uuid, default='task')}_all.zip",
                limits=limits,
            )

    async def wait_for_completion(
        self,
        status_callback: Callable[[TaskInfo], object] | None = None,
        interval: float = 3,
        max_retries: int = 5,
        retry_timeout: float = 5,
    ) -> None:
        """Wait until the task is COMPLETED.

        Each failed look is a warning of the logger `specbind.nodeodx`, which says how long this will go on.

        Args:
            status_callback: called with each state that was seen; may be asynchronous.
            interval: seconds between two looks; less than 0.05 counts as 0.05.
            max_retries: failed looks in a row that are borne: no answer, a proxy's 5xx, an answer that cannot be read.
            retry_timeout: seconds to wait after the first failure in a row, twice as many after the second, and so on.

        Raises:
            TaskFailedError: the task ended as FAILED or CANCELED; it has `status` and `info`.
            GenericError: as `info`, when the retries are used up or the node does not know the task.
        """
        arguments.callback("status_callback", status_callback)
        pace = max(_LEAST_INTERVAL, arguments.number("interval", interval, unit="seconds"))
        step = arguments.number("retry_timeout", retry_timeout, unit="seconds")
        retries = arguments.whole("max_retries", max_retries, least=0)
        subject = f"waiting for task {self.uuid}"
        outage = told(subject, step, retries=retries, retryable=lambda error: passes(error.__cause__))
        await poll(self.info, _ended_well, interval=pace, outage=outage, on_value=status_callback)


def _check_limits(limits: object) -> None:
    if limits is not None and not isinstance(limits, ArchiveLimits):
        raise TypeError(f"limits is a specbind.core.ArchiveLimits, not {limits!r}")


def _ended_well(info: TaskInfo) -> bool:
    if info.status is TaskStatus.FAILED:
        reason = info.last_error or "the node gives no reason"
        raise TaskFailedError(f"task {info.uuid} failed: {reason}", status=info.status, info=info)
    if info.status is TaskStatus.CANCELED:
        raise TaskFailedError(f"task {info.uuid} was canceled", status=info.status, info=info)
    return info.status is TaskStatus.COMPLETED


async def _accepted(call: Awaitable[models.Outcome]) -> bool:
    """Whether the node did it; an answer with `success: false` is a plain no."""
    with translated():
        try:
            return (await call).success
        except StatusError as error:
            failure = failure_of(error)
            if error.status == 200 and failure is not None and failure.success is False:
                return False
            raise
