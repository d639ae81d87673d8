"""Files on their way to the team files and from there: streamed, checked, and tried again."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING

from specbind.bindings._runtime import File
from specbind.bindings.supervisely import models
from specbind.bindings.supervisely.operations.files import DOWNLOAD_FILE
from specbind.core.digest import Digest
from specbind.core.download import declared, download_file
from specbind.core.errors import DigestMismatchError, UnexpectedReplyError
from specbind.core.ranges import Ranges
from specbind.core.tasks import in_thread, raise_if_cancelled
from specbind.core.upload import upload_files

from ._wire import translated

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.bindings._runtime import Response
    from specbind.core.progress import Progress
    from specbind.core.upload import LocalFile

    from ._wire import Wire

__all__ = ["fetch", "hash_of", "send"]

_BLOCK = 1 << 20
_CHECKSUM = "X-Content-Checksum-Sha256"


def hash_of(path: Path) -> str:
    """SHA-256 of a file in base64, as the server has it."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            raise_if_cancelled()
            found.update(block)
    return base64.b64encode(found.digest()).decode()


async def send(
    wire: Wire, source: Path, team_id: int, target: str, *, digest: str | None = None, progress: Progress | None = None
) -> models.TeamFile:
    """Store a file under a path, and compare what the server says it has got.

    Args:
        wire: the server.
        source: the file; it is read in blocks.
        team_id: the team.
        target: path in the team files.
        digest: SHA-256 of the file in base64, where it is known.
        progress: told the bytes.

    Raises:
        SuperviselyError: the call failed, or the server has other bytes.
        OSError: the file cannot be read.
        ValueError: it is empty.
    """
    size = (await in_thread(source.stat)).st_size
    if not size:
        raise ValueError(f"{source} is empty; the server keeps no files of no bytes")
    head, _, name = target.rpartition("/")
    folder = f"{head}/"
    expected = await in_thread(hash_of, source) if digest is None else digest

    async def one(file: LocalFile) -> models.TeamFile:
        content = File(file, filename=name, size=file.size)
        body = models.FileUpload(name=[name], path=[folder], file=[content])
        found = await wire.client().files.upload_many(team_id=team_id, body=body)
        if len(found) != 1:
            raise UnexpectedReplyError(f"the server tells of {len(found)} files where one was sent to {target[:200]!r}")
        _compare(found[0], size, expected)
        return found[0]

    with translated():
        return (
            await upload_files([source], one, backoff=wire.network.backoff, progress=progress, sleep=wire.network.sleep)
        )[0]


def _compare(found: models.TeamFile, size: int, digest: str) -> None:
    if isinstance(found.hash, str) and found.hash:
        if found.hash != digest:
            message = f"the server has stored other bytes than were sent to {found.path[:200]!r}; send the file again"
            raise DigestMismatchError(message, algorithm="sha256", expected=digest, actual=found.hash[:100])
    elif (
        isinstance(found.meta, models.FileMeta) and str(found.meta.size).isdigit() and int(str(found.meta.size)) != size
    ):
        message = (
            f"the server has stored {found.meta.size} of {size} bytes of {found.path[:200]!r}; send the file again"
        )
        raise DigestMismatchError(message, algorithm="size", expected=str(size), actual=str(found.meta.size))


async def fetch(
    wire: Wire,
    about: models.FileReference,
    target: Path,
    *,
    size: int | None = None,
    digest: str | None = None,
    progress: Progress | None = None,
    resume: bool = False,
    connections: int = 1,
) -> None:
    """Bring a team file to `target`, checked, in place of a file that is there.

    Args:
        wire: the server.
        about: team and path.
        target: where to; its folder is made when it is missing.
        size: bytes that it must have, where that is known.
        digest: SHA-256 in base64 that it must have, where that is known.
        progress: told the bytes.
        resume: keep the bytes of a download that was broken off, and go on from them next time.
        connections: connections at a time, where the server serves ranges.

    Raises:
        SuperviselyError: the call failed, or the bytes are not those promised.
        OSError: the file cannot be written.
    """
    digests: list[Digest] = []
    if digest and (known := _digest(digest)) is not None:
        digests.append(known)
    judge = declared(DOWNLOAD_FILE)

    async def accept(response: Response) -> None:
        await judge(response)
        promised = _digest(response.headers.get(_CHECKSUM, ""))
        if response.status == 200 and promised is not None and promised not in digests:
            digests.append(promised)

    name = hashlib.sha256(f"{wire.server} {about.team_id} {about.path} {digest}".encode()).hexdigest()[:24]
    await in_thread(target.parent.mkdir, parents=True, exist_ok=True)
    with translated():
        client = wire.client()
        await download_file(
            client.send,
            client.build(DOWNLOAD_FILE, (about,)),
            target,
            ranges=Ranges(connections=connections),
            resume=f"supervisely-{name}" if resume else False,
            size=size,
            digests=digests,
            accept=accept,
            progress=progress,
            backoff=wire.network.backoff,
            sleep=wire.network.sleep,
        )


def _digest(text: str) -> Digest | None:
    """A SHA-256 in base64; None for anything else."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Digest("sha256", value) if len(value) == hashlib.sha256().digest_size else None
