"""Creating a task: begin, upload, commit; or all in one request on a node older than 1.4.0."""

from __future__ import annotations

import math
import mimetypes
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from specbind.bindings._runtime import DEFAULT_TIMEOUT, Error, File, Timeout
from specbind.bindings.nodeodx import models
from specbind.core import arguments
from specbind.core.backoff import pause
from specbind.core.errors import TransferError
from specbind.core.progress import Meter, percent
from specbind.core.tasks import in_thread
from specbind.core.upload import LocalFile, upload_files

from ._connection import nothing_kept, passes, unanswered
from ._files import fetch_remote
from ._settled import has_images, remove_task, repeated, task_exists
from ._waits import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence

    from specbind.bindings import nodeodx
    from specbind.core.backoff import Backoff
    from specbind.core.progress import Progress

__all__ = ["Draft", "create_chunked", "create_in_one_request", "options_text", "outputs_text", "version_of"]

_IMAGES = frozenset((".jpg", ".jpeg", ".tif", ".tiff", ".png", ".dng"))


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is to be created."""

    files: tuple[str, ...]
    settings: models.TaskSettings
    uuid: str | None = None
    progress: Callable[[float], object] | None = None
    parallel: int = 10
    max_retries: int = 5
    retry_timeout: float = 5
    limits: Timeout = DEFAULT_TIMEOUT

    def waits(self, subject: str, retryable: Callable[[Exception], bool]) -> Backoff:
        """Waits before retries, each of them told."""
        return told(subject, self.retry_timeout, retries=self.max_retries, retryable=retryable)


def options_text(options: Mapping[str, object] | None) -> str:
    """Options as the JSON text that a node wants.

    Raises:
        TypeError: they are no mapping, a name is no str, or JSON has no such value.
        ValueError: a number is infinite or not a number, which JSON cannot say.
    """
    given: Mapping[str, object] = {} if options is None else options
    arguments.mapping("options", given)
    return f"[{','.join(_option_text(name, value) for name, value in given.items())}]"


def _option_text(name: object, value: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"options: a name is a str, not {name!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"options: {name} is {value!r}, which a node cannot be told")
    try:
        return msgspec.json.encode({"name": name, "value": value}).decode()
    except TypeError as error:
        raise TypeError(f"options: the value of {name} cannot be sent as JSON: {error}") from error


def outputs_text(outputs: Sequence[str]) -> str:
    """Paths as the JSON text that a node wants. Raises TypeError for one path, and for what is none."""
    arguments.paths("outputs", outputs)
    return msgspec.json.encode([arguments.text("each of outputs", path) for path in outputs]).decode()


async def version_of(client: nodeodx.Client, draft: Draft) -> str | None:
    """Version of the node, asked as often as the draft allows."""

    async def ask() -> str | None:
        version = (await client.server.info()).version
        return None if version is UNSET else version

    return await repeated(ask, draft.waits("asking for the version of the node", passes))


async def create_chunked(client: nodeodx.Client, draft: Draft) -> str:
    """Begin a task, send its files side by side, commit it; gives its identifier.

    A node stores a file that it gets twice as two images, and cannot be asked which files it has. So a file is sent
    again at once only when the node certainly kept nothing of it. After any other passing failure of a file nobody
    knows what the node has, and one of two ways is taken:

    - The file is sent again, and after the commit the node's number of images is compared with the number of files.
      Every file has had a yes by then, so the number can only be too high; when it is equal, nothing is double and no
      remainder of a broken request counts. When it is not, the task is removed and everything is sent once more.
    - Where the number proves nothing (`_countable`), the upload is given up, which nodes drop in time, and begun anew
      under another identifier, unless the caller has chosen it.
    """
    with tempfile.TemporaryDirectory(prefix="nodeodx-") as scratch:
        paths = await fetch_remote(client, draft.files, Path(scratch), parallel=draft.parallel, limits=draft.limits)
        await in_thread(_sizes, paths)  # a file that cannot be read shows before the node has half a task
        waits = draft.waits("creating a task", unanswered)
        starts = draft.waits("sending the files of a task anew", passes)
        progress = percent(_rising(draft.progress))
        countable = _countable(paths, draft)
        failures = 0
        while True:
            uuid = await _begin(client, draft, waits)
            try:
                doubtful = await _upload(client, uuid, paths, draft, progress, countable=countable)
            except Error as error:
                failures += 1
                given_up = countable or draft.uuid is not None or nothing_kept(error)
                wait = None if given_up else starts(failures, error)
                if wait is None:
                    raise
            else:
                await _commit(client, uuid, waits)
                if not doubtful or await has_images(client, uuid, len(paths), waits):
                    return uuid
                await remove_task(client, uuid, waits)
                failures += 1
                if failures > draft.max_retries:
                    raise _never_exact(len(paths), failures)
                wait = draft.retry_timeout * failures
            await pause(wait)


async def create_in_one_request(client: nodeodx.Client, draft: Draft) -> str:
    """Create a task by one request, as nodes older than 1.4.0 want it; gives its identifier. Never sent twice."""
    with tempfile.TemporaryDirectory(prefix="nodeodx-") as scratch:
        paths = await fetch_remote(client, draft.files, Path(scratch), parallel=draft.parallel, limits=draft.limits)
        sizes = await in_thread(_sizes, paths)
        meter = Meter(percent(draft.progress), sum(sizes))
        settings = draft.settings
        body = models.NewTask(
            images=[_part(_counted(path, meter), path.name, size) for path, size in zip(paths, sizes, strict=True)],
            name=settings.name,
            options=settings.options,
            skip_post_processing=settings.skip_post_processing,
            webhook=settings.webhook,
            outputs=settings.outputs,
        )
        created = await client.tasks.create(body=body, set_uuid=UNSET if draft.uuid is None else draft.uuid)
        await meter.finish()
        return created.uuid


async def _begin(client: nodeodx.Client, draft: Draft, waits: Backoff) -> str:
    """Begin the task. An answer that was lost leaves at most an upload that nobody commits, so this may be repeated."""

    async def begin() -> str:
        return (await client.tasks.init(body=draft.settings, set_uuid=UNSET if draft.uuid is None else draft.uuid)).uuid

    return await repeated(begin, waits)


async def _upload(
    client: nodeodx.Client, uuid: str, paths: Sequence[Path], draft: Draft, progress: Progress, *, countable: bool
) -> bool:
    """Send the files. True when a file may have come more often than once."""
    doubtful = False

    async def send(image: LocalFile) -> None:
        await client.tasks.upload(uuid, body=models.ImageUpload(images=[_part(image, image.name, image.size)]))

    def again(error: Exception) -> bool:
        nonlocal doubtful
        if nothing_kept(error):
            return True
        doubtful = doubtful or (countable and passes(error))
        return countable and passes(error)

    backoff = draft.waits(f"sending files to task {uuid}", again)
    await upload_files(paths, send, parallel=draft.parallel, backoff=backoff, progress=progress)
    return doubtful


async def _commit(client: nodeodx.Client, uuid: str, waits: Backoff) -> str:
    """Commit the upload. When the answer was lost, ask for the task before committing again."""
    failures = 0
    while True:
        try:
            return (await client.tasks.commit(uuid)).uuid
        except Error as error:
            failures += 1
            if (failures > 1 or passes(error)) and await task_exists(client, uuid, waits):
                return uuid
            wait = waits(failures, error)
            if wait is None:
                raise
        await pause(wait)


def _countable(paths: Sequence[Path], draft: Draft) -> bool:
    """Whether the number of images of a task tells which files it has.

    Not with other files than images, since nodes count those at one time and not at another; and not with a webhook,
    since a task that is removed again would be reported to it.
    """
    images = all(path.suffix.lower() in _IMAGES for path in paths)
    return images and draft.settings.webhook in (UNSET, "")


def _never_exact(count: int, failures: int) -> Error:
    message = f"answers were lost in each of {failures} uploads, and the node never had exactly {count} images"
    return TransferError(message)


def _sizes(paths: Sequence[Path]) -> list[int]:
    sizes: list[int] = []
    for path in paths:
        with path.open("rb") as file:
            sizes.append(os.fstat(file.fileno()).st_size)
    return sizes


def _part(content: AsyncIterable[bytes], name: str, size: int) -> File:
    content_type = mimetypes.guess_type(name)[0] or "image/jpeg"
    return File(content, filename=name, content_type=content_type, size=size)


async def _counted(path: Path, meter: Meter) -> AsyncIterator[bytes]:
    async for block in File(path).chunks():
        yield block
        if meter.add(len(block)):
            await meter.report()


def _rising(callback: Callable[[float], object] | None) -> Callable[[float], object] | None:
    """Keep percentages from falling when an upload is begun anew."""
    if callback is None:
        return None
    highest = -1.0

    def report(value: float) -> object:
        nonlocal highest
        if value <= highest:
            return None
        highest = value
        return callback(value)

    return report
