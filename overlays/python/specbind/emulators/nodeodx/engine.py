"""The emulated engine: tasks, the queue, and the stages that a task runs through."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from msgspec import structs

from specbind.bindings.nodeodx.models import StatusCode, TaskInfo, TaskOption, TaskReport, TaskStatus
from specbind.core.archive import unzip
from specbind.core.errors import ArchiveError
from specbind.core.tasks import in_thread

from .results import Result, collect

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

__all__ = ["Engine", "Job", "Settings", "now"]

_STAGES: tuple[tuple[float, str], ...] = (
    (1, "Loading dataset"),
    (12, "Searching features"),
    (25, "Matching features"),
    (42, "Reconstructing cameras"),
    (58, "Densifying the point cloud"),
    (70, "Building the mesh"),
    (80, "Texturing"),
    (88, "Rendering the orthophoto"),
)
_PACKING = 93.0
_BLOCK = 1 << 20
_RESTARTABLE = (StatusCode.FAILED, StatusCode.COMPLETED, StatusCode.CANCELED)


def now() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(kw_only=True)
class Settings:
    """What a request says of a task that it creates."""

    name: str | None = None
    options: list[TaskOption] = field(default_factory=list[TaskOption])
    outputs: list[str] = field(default_factory=list[str])
    webhook: str = ""
    created: int = 0


@dataclass(kw_only=True)
class Job:
    """One task and its folder, which has the files in `images` and the archive as `all.zip`."""

    uuid: str
    folder: Path
    settings: Settings
    code: StatusCode = StatusCode.RUNNING
    error: str | None = None
    progress: float = 0.0
    images: int = 0
    output: list[str] = field(default_factory=list[str])
    begun: float | None = None
    processing: int = -1
    run: asyncio.Task[None] | None = None

    @property
    def archive(self) -> Path:
        """Where the results are, once they are."""
        return self.folder / "all.zip"

    def report(self) -> TaskReport:
        """The task as it is posted to webhooks, with the names of its images."""
        folder = self.folder / "images"
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        shown = structs.asdict(self.state())
        return TaskReport(**shown, images=[{"filename": name} for name in names])

    def state(self, first_line: int | None = None) -> TaskInfo:
        """The task as the API shows it."""
        status = TaskStatus(code=self.code)
        if self.error is not None:
            status.error_message = self.error
        if self.begun is not None:
            self.processing = int((time.monotonic() - self.begun) * 1000)
        shown = TaskInfo(
            uuid=self.uuid,
            date_created=self.settings.created,
            processing_time=self.processing,
            status=status,
            options=self.settings.options,
            images_count=self.images,
            progress=self.progress,
        )
        if self.settings.name is not None:
            shown.name = self.settings.name
        if first_line is not None:
            shown.output = self.output[first_line:]
        return shown


class Engine:
    """Runs tasks one after the other, or `parallel` at a time.

    Args:
        folder: where the tasks have their folders.
        speed: 1 lets a task take about ten seconds; 10 takes a tenth of that.
        max_images: images that a task may have, None for no limit.
        parallel: tasks that run at the same time.
        ended: called with each task that has completed or failed.
    """

    duration = 10.0

    def __init__(
        self, folder: Path, *, speed: float, max_images: int | None, parallel: int, ended: Callable[[Job], None]
    ) -> None:
        self.folder = folder
        self.max_images = max_images
        self.parallel = parallel
        self.jobs: dict[str, Job] = {}
        self._speed = speed
        self._ended = ended
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> int:
        """Tasks that are queued or running."""
        return sum(job.code in (StatusCode.QUEUED, StatusCode.RUNNING) for job in self.jobs.values())

    def submit(self, job: Job, uploaded: Path) -> None:
        """Take over the uploaded files and queue the task; what is wrong with it shows in its state."""
        job.images = len(list(uploaded.iterdir()))
        self.jobs[job.uuid] = job
        self._start(self._prepare(job, uploaded))

    def cancel(self, job: Job) -> None:
        """Stop a task; one that has ended counts as canceled too, as on a node."""
        self._stop(job)
        job.code = StatusCode.CANCELED
        self._pump()

    def remove(self, job: Job) -> None:
        """Cancel a task and forget it with its files."""
        self.cancel(job)
        del self.jobs[job.uuid]
        shutil.rmtree(job.folder, ignore_errors=True)

    def restart(self, job: Job, options: list[TaskOption] | None) -> bool:
        """Queue a task again; False for one that has not ended."""
        if job.code not in _RESTARTABLE:
            return False
        if options is not None:
            job.settings.options = options
        job.settings.created = now()
        job.error, job.progress, job.processing, job.output = None, 0.0, -1, []
        job.code = StatusCode.QUEUED
        self._pump()
        return True

    async def close(self) -> None:
        """Stop everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _stop(self, job: Job) -> None:
        if job.run is not None:
            job.run.cancel()
            job.run = None
        if job.begun is not None:
            job.processing, job.begun = int((time.monotonic() - job.begun) * 1000), None

    async def _prepare(self, job: Job, uploaded: Path) -> None:
        try:
            job.images = await in_thread(_sort, uploaded, job.folder)
        except (OSError, ArchiveError) as error:
            job.output.append(f"[ERROR]   {error}")
            self._fail(job, "Cannot process dataset")
            return
        if self.jobs.get(job.uuid) is not job:  # removed meanwhile
            await in_thread(shutil.rmtree, job.folder, ignore_errors=True)
            return
        if self.max_images is not None and job.images > self.max_images:
            self._fail(job, too_many(job.images, self.max_images))
        elif job.code == StatusCode.RUNNING:
            job.code = StatusCode.QUEUED
            self._pump()

    def _pump(self) -> None:
        running = sum(job.run is not None for job in self.jobs.values())
        waiting = [job for job in self.jobs.values() if job.code == StatusCode.QUEUED]
        for job in waiting[: max(0, self.parallel - running)]:
            job.code, job.begun = StatusCode.RUNNING, time.monotonic()
            job.run = self._start(self._process(job))

    async def _process(self, job: Job) -> None:
        try:
            await self._run_stages(job)
        except OSError as error:
            job.output.append(f"[ERROR]   {error}")
            self._fail(job, "Processing failed (1)")

    async def _run_stages(self, job: Job) -> None:
        step = self.duration / self._speed / (len(_STAGES) + 2)
        broken = [path.name for path in sorted((job.folder / "images").iterdir()) if path.stat().st_size == 0]
        for progress, stage in _STAGES:
            job.progress = progress
            job.output.append(f"[INFO]    {stage}: {job.images} images")
            await asyncio.sleep(step)
            if broken:
                job.output.append(f"[ERROR]   {broken[0]} is not an image")
                self._fail(job, "Cannot process dataset")
                return
        job.progress = _PACKING
        job.output.append("[INFO]    Packing results")
        await self._pack(job, step)
        job.output.append("[INFO]    Finished")
        job.progress, job.code = 100.0, StatusCode.COMPLETED
        self._end(job)

    async def _pack(self, job: Job, step: float) -> None:
        """Write the archive bit by bit where clients can already see it, as nodes do."""
        result = Result(uuid=job.uuid, options=job.settings.options, outputs=job.settings.outputs)
        packed = job.folder / "packed"
        await in_thread(collect, job.folder / "images", packed, result)
        size = packed.stat().st_size
        with packed.open("rb") as source, job.archive.open("wb") as target:
            for part in (size // 2, size - size // 2):
                await in_thread(_copy, source, target, part)
                await asyncio.sleep(step)
        packed.unlink()

    def _fail(self, job: Job, error: str) -> None:
        job.code, job.error = StatusCode.FAILED, error
        self._end(job)

    def _end(self, job: Job) -> None:
        job.run = None
        if job.begun is not None:
            job.processing, job.begun = int((time.monotonic() - job.begun) * 1000), None
        self._ended(job)
        self._pump()


def _sort(uploaded: Path, folder: Path) -> int:
    """Move uploaded files to where they belong; gives the number of images."""
    images, points = folder / "images", folder / "gcp"
    folder.mkdir(parents=True)
    uploaded.rename(images)
    for path in list(images.iterdir()):
        if path.suffix.lower() == ".txt":
            points.mkdir(exist_ok=True)
            path.rename(points / path.name)
        elif path.name == "seed.zip":
            unzip(path, folder)
            path.unlink()
        elif path.suffix.lower() == ".zip":
            path.unlink()
    return len(list(images.iterdir()))


def _copy(source: BinaryIO, target: BinaryIO, count: int) -> None:
    while count and (block := source.read(min(count, _BLOCK))):
        target.write(block)
        count -= len(block)
    target.flush()


def too_many(count: int, limit: int) -> str:
    """What a node says about a task with too many images."""
    return f"{count} images uploaded, but this node can only process up to {limit}."
