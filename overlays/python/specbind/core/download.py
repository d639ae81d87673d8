"""A download to a file: checked, resumable, over one connection or several, in constant memory.

The shortest use is `await download_file(client.send, request, "all.zip", check=whole_zip)`.

The bytes go to a part file beside the target, which gets its final name only when all checks have passed. One machine
serves every case: the first answer is streamed from the front; further connections take pieces from the back; a
connection that breaks asks for the rest of its piece. What the server does not support is simply left out.
"""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ._link import Error, Request, Response
from .backoff import Backoff, Sleep, pause, settled
from .digest import Digest, check_digests
from .errors import UnexpectedReplyError
from .fetch import Asking, Fetch
from .partfile import PartFile
from .progress import Meter, Progress
from .ranges import MIB, Ranges, ranges_of
from .retry import RetryPolicy
from .target import check_target
from .tasks import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ._link import Send

__all__ = ["Declared", "declared", "download_file"]


async def download_file(
    send: Send,
    request: Request,
    target: Path | str,
    *,
    ranges: Ranges | None = None,
    resume: bool | str = False,
    size: int | None = None,
    digests: Sequence[Digest] = (),
    check: Callable[[Path], object] | None = None,
    accept: Callable[[Response], object] | None = None,
    progress: Progress | None = None,
    backoff: Backoff | None = None,
    sleep: Sleep = pause,
) -> Path:
    """Download the answer of `request` to `target`, in place of a file that is there.

    Either the whole, checked file stands under its name at the end, or what stood there before. Length, promised
    digests (`Content-MD5`, `Digest`, `Repr-Digest`, `x-goog-hash`, `x-amz-checksum-*`) and `check` are tested before
    the rename. A broken connection goes on where it stopped when the server gives a strong validator, else from the
    start.
    A body that the server compresses all the same is unpacked; then only its own check sum tells that it is whole.

    Args:
        send: sends a request, for instance `client.send`.
        request: a GET; it is sent several times where needed, with `Range` and `Accept-Encoding: identity`.
        target: final path; its folder must exist. What stands there and is no plain file is never replaced.
        ranges: connections and pieces; one connection by default.
        resume: keep the bytes of a failed, cancelled or killed download beside the target, and go on from them next
            time. Bytes that a check has refused, or that cannot be asked for by range, are not kept. A text is the
            name by which the next time finds them, for targets whose name is another one each time.
        size: bytes that the file must have, when the caller knows.
        digests: digests that the file must have, when the caller knows.
        check: a last test of the finished part file; it raises to refuse. A plain function runs in a thread;
            a cancelled download waits for its end, so a long one calls `raise_if_cancelled` from time to time, as
            `whole_zip` does.
        accept: sees each answer before its bytes are taken, and raises to refuse it; see `declared`. May be
            asynchronous.
        progress: told the bytes.
        backoff: what to do when a connection fails, given the failures in a row; by default that of `RetryPolicy()`.
            It alone decides: a `Retry` in the client stands aside.
        sleep: what waits.

    Returns:
        The target.

    Raises:
        StatusError: the server refuses.
        TransportError: the connection failed more often than `backoff` allows.
        TransferError: see its subclasses in `errors`.
        FileExistsError: a device, a pipe, a socket or a link stands at `target`; found out before anything is sent.
        IsADirectoryError: a folder stands there; as before.
        TypeError: `ranges` is something else; as before.
        OSError: the folder is missing or cannot be written.
    """
    target = Path(target)
    spread = ranges_of(ranges) or Ranges(connections=1)
    await in_thread(check_target, target)
    key = hashlib.sha256(f"{request.method} {request.url}".encode()).hexdigest() if resume else None
    part = await in_thread(PartFile, target, key, resume if isinstance(resume, str) else "")
    meter = Meter(progress)
    fetch = Fetch(
        Asking(send, request, accept),
        part,
        ranges=spread,
        meter=meter,
        backoff=backoff or RetryPolicy().backoff(),
        sleep=sleep,
        size=size,
    )
    refused = False
    try:
        total = await fetch.run()
        try:
            await in_thread(check_digests, part.path, [*digests, *fetch.promised])
            if check is not None:
                await _run(check, part.path)
        except Exception:  # not a cancellation, which says nothing of the bytes
            refused = True  # bytes that fail their check would fail it again
            raise
        await in_thread(check_target, target)  # much time has passed
        await in_thread(part.publish, total)
    except Error as error:
        error.at(request)
        raise
    finally:
        await in_thread(part.give_up, keep=not refused and fetch.resumable)
    await meter.finish()
    return target


class Declared(Protocol):
    """An operation as the bindings declare it: tells a stream from other answers, and reads those."""

    def is_stream(self, response: Response, /) -> bool: ...  # noqa: D102 (described by the class)

    def parse(self, response: Response, /) -> object: ...  # noqa: D102 (described by the class)


def declared(operation: Declared) -> Callable[[Response], Awaitable[None]]:
    """Let an operation judge the answers of a download, so that its own typed errors are raised."""

    async def accept(response: Response) -> None:
        if response.status in {206, 416} or operation.is_stream(response):
            return
        await response.read(MIB)
        operation.parse(response)
        message = f"the server answered {response.status} with something else where the file was due"
        raise UnexpectedReplyError(message)

    return accept


async def _run(check: Callable[[Path], object], path: Path) -> None:
    if inspect.iscoroutinefunction(check):
        await check(path)
    else:
        await settled(await in_thread(check, path))
