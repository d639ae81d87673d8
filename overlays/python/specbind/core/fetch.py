"""The machine behind `download_file`: brings every byte of one resource into its part file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ._link import Error, Headers, LimitError, Request, Response, StatusError, TransportError, status_error
from .backoff import Backoff, Sleep, settled
from .bulk import Bulk, bulk_of
from .digest import Digest, promised_digests
from .errors import ChangedDuringTransferError, TransferError, TruncatedDownloadError, UnexpectedReplyError
from .ranges import MIB, Ranges, check_partial, content_end, content_length, is_encoded, range_headers, version_of
from .spans import UNKNOWN_END, Board, Claim, Span, parse_content_range
from .tasks import all_or_first, ended, in_thread, started

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from ._link import Send
    from .partfile import PartFile
    from .progress import Meter

    Accept = Callable[[Response], object]

__all__ = ["Fetch"]

_BLOCKS = 6 * MIB  # in one set of blocks, over all connections; large blocks cost few thread switches
_LEAST_BLOCK = MIB // 8
_MAX_CHUNKS = 512  # below the least IOV_MAX of the systems we know (1024)
_PROGRESS = 1 << 16  # an attempt that brought less counts as one more failure in a row
_SAVE_BYTES = 64 * MIB
_SAVE_SECONDS = 2.0
_MAX_RESTARTS = 2
_MAX_SHORT = 10_000  # answers to ranges that end too early and bring less than `_PROGRESS`


class Restart(Exception):  # noqa: N818 (control flow, never seen outside)
    """The bytes so far are of no use; `error` says why."""

    def __init__(self, error: Error) -> None:
        super().__init__(str(error))
        self.error = error


class Asking:
    """Sends the request of a download as often as needed, and refuses answers that are not bytes of it."""

    def __init__(self, send: Send, request: Request, accept: Accept | None) -> None:
        self._send = send
        self._request = request
        self._accept = accept

    async def ask(self, extra: dict[str, str] | None = None) -> Response:
        """Send once. Gives an answer of status 200, 206 or, to a range request, 416; its body is not read yet."""
        request = self._request.copy()
        request.stream = True
        request.retries = False  # the backoff of the download has the say
        request.headers.update({"Accept-Encoding": "identity", **(extra or {})})
        response = await self._send(request)
        try:
            await self._judge(request, response, ranged=extra is not None)
        except BaseException:
            response.close()
            raise
        return response

    async def _judge(self, request: Request, response: Response, *, ranged: bool) -> None:
        status = response.status
        if ranged and status == 416:
            return
        if self._accept is not None:
            await settled(self._accept(response))
        if status >= 400:
            raise await _refusal(request, response)
        if status != 200 and not (ranged and status == 206):
            message = f"the server answered {status} where the file was due"
            raise UnexpectedReplyError(message).at(request)


class Fetch:
    """The fetching of one resource.

    Args:
        asking: sends the request.
        part: where the bytes go.
        ranges: connections and pieces.
        meter: counts the bytes.
        backoff: what to do when a connection fails.
        sleep: what waits.
        size: bytes that the caller expects.
    """

    def __init__(
        self,
        asking: Asking,
        part: PartFile,
        *,
        ranges: Ranges,
        meter: Meter,
        backoff: Backoff,
        sleep: Sleep,
        size: int | None = None,
    ) -> None:
        self.promised: Sequence[Digest] = ()
        self._asking = asking
        self._part = part
        self._ranges = ranges
        self._meter = meter
        self._backoff = backoff
        self._sleep = sleep
        self._size = size
        self._block = MIB
        self._ranged = False
        self._short = 0
        self._saved_at = time.monotonic()
        self._saved_size = 0

    async def run(self) -> int:
        """Fetch everything, from the start again where that is needed; gives the length."""
        failures = 0
        while True:
            try:
                return await self._fetch()
            except Restart as restart:
                failures += 1
                error = restart.error
                wrong = isinstance(error, UnexpectedReplyError | ChangedDuringTransferError)
            wait = 0.0 if wrong and failures <= _MAX_RESTARTS else self._backoff(failures, error)
            if wait is None:
                raise error
            if wrong:  # ranges do not work here as they must
                self._ranges = Ranges(connections=1)
            await self._forget()
            await self._sleep(wait)

    async def _fetch(self) -> int:
        response = await self._open()
        total = self._part.version.total
        if total is None:
            claim = Claim(Span(0, UNKNOWN_END))
            await self._connection(Board([], 1), response, claim)
            total = claim.position
        elif response is not None:
            connections = self._connections()
            self._block = max(_LEAST_BLOCK, min(MIB, _BLOCKS // connections))
            piece = self._ranges.piece_of(total) if connections > 1 else UNKNOWN_END
            board = Board(self._part.spans.missing(total), piece)
            first = board.take_first() or Claim(Span(0, 0))
            try:
                self._cut(board, first, response)
                works = [self._connection(board, response, first)]
                works += [self._connection(board) for _ in range(min(connections - 1, len(board)))]
                await all_or_first(works)
            finally:
                response.close()
        self._check_whole(total)
        return total

    def _connections(self) -> int:
        return self._ranges.connections if self._ranged and self._resumable else 1

    @property
    def resumable(self) -> bool:
        """Whether the bytes that are there are of use when the connection is lost."""
        return self._resumable and (self._ranged or bool(self._part.version.validator))

    @property
    def _resumable(self) -> bool:
        return self._part.version.resumable(weak=self._ranges.weak)

    def _check_whole(self, total: int) -> None:
        expected = total if self._size is None else self._size
        received = self._part.spans.size
        if received != total or total != expected:
            message = f"{received} bytes came, but {expected} are due"
            raise TruncatedDownloadError(message, expected=expected, received=received)

    async def _open(self) -> Response | None:
        """Get the first answer, and learn from it what is fetched. None when everything is there already."""
        failures = 0
        while True:
            try:
                return await self._go_on() if self._part.spans.size else await self._begin(await self._asking.ask())
            except Error as error:
                failures += 1
                wait = self._backoff(failures, error)
                if wait is None:
                    raise
            await self._sleep(wait)

    async def _go_on(self) -> Response | None:
        """Ask for what an earlier run has left open."""
        version = self._part.version
        total = version.total
        if total is None or not self._resumable:
            await self._forget()
            return await self._begin(await self._asking.ask())
        missing = self._part.spans.missing(total)
        rest = Span(missing[0].start if missing else total, total)
        response = await self._asking.ask(range_headers(rest, version, open_end=True))
        try:
            if response.status == 200:
                await self._forget()
                return await self._begin(response)
            if response.status == 416:
                response.close()
                found = parse_content_range(response.headers.get("Content-Range"))
                if missing or found is None or found.total != total:
                    await self._forget()
                    return await self._begin(await self._asking.ask())
            else:
                self._check_part(response, rest)
            self._note(response, total)
        except BaseException:
            response.close()
            raise
        self._meter.add(self._part.spans.size - self._meter.done)
        return None if response.status == 416 else response

    async def _begin(self, response: Response) -> Response:
        """Take an answer that holds the whole resource."""
        try:
            total = content_length(response.headers)
            self._note(response, total)
            self._part.version = version_of(response.headers, total)
            if total is not None:
                await in_thread(self._part.reserve, total)
        except BaseException:
            response.close()
            raise
        return response

    def _note(self, response: Response, total: int | None) -> None:
        """Note length and digests of the whole. Those of a compressed body count other bytes."""
        self._ranged = response.status != 200 or response.headers.get("Accept-Ranges", "").strip().lower() == "bytes"
        if total is not None and self._size is not None and total != self._size:
            message = f"the server offers {total} bytes, but the file must have {self._size}"
            raise UnexpectedReplyError(message)
        self._meter.total = self._size if total is None else total
        partial = response.status != 200
        self.promised = [] if is_encoded(response.headers) else promised_digests(response.headers, partial=partial)

    async def _connection(self, board: Board, response: Response | None = None, claim: Claim | None = None) -> None:
        """Fetch pieces one after another until none is left. The first one may come with an open answer."""
        failures = 0
        claim = claim or board.take_last()
        while claim is not None:
            begun = claim.position
            try:
                if response is None:
                    await self._receive(await self._ask_piece(board, claim), claim)
                else:
                    await self._receive(response, claim, board)
                failures = 0
            except Error as error:
                if not self.resumable:
                    raise Restart(error) from error
                failures = 1 if claim.position - begun >= _PROGRESS else failures + 1
                wait = self._backoff(failures, error)
                if wait is None:
                    raise
                board.give_back(claim)
                await self._sleep(wait)
            response, claim = None, board.take_last()

    async def _ask_piece(self, board: Board, claim: Claim) -> Response:
        response = await self._asking.ask(range_headers(claim.rest, self._part.version))
        self._check_part(response, claim.rest)
        self._cut(board, claim, response)
        return response

    def _cut(self, board: Board, claim: Claim, response: Response) -> None:
        """Let a claim end with its answer: a server may give less of a range than was asked for."""
        end = content_end(response)
        if end < claim.end and end - claim.position < _PROGRESS:
            self._short += 1
            if self._short > _MAX_SHORT:
                response.close()
                message = f"{self._short} answers to ranges were far shorter than what was asked for"
                raise Restart(UnexpectedReplyError(message))
        board.cut(claim, end)

    def _check_part(self, response: Response, span: Span) -> None:
        try:
            check_partial(response, span, self._part.version)
        except TransferError as error:
            response.close()
            raise Restart(error) from error

    async def _receive(self, response: Response, claim: Claim, board: Board | None = None) -> None:
        """Write an answer to its place. With a `board` it goes on as long as the next piece is free."""
        bulk = bulk_of(response)
        if bulk is not None:
            try:
                await self._receive_bulk(bulk, claim, board)
            finally:
                response.close()
            self._check_claim(claim)
            return
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in response.chunks():
                kept = self._fitting(chunk, claim, size, board)
                chunks.append(kept)
                size += len(kept)
                if self._meter.add(len(kept)):
                    await self._meter.report()
                if len(kept) < len(chunk):
                    break
                if size >= self._block or len(chunks) >= _MAX_CHUNKS:
                    await self._write(claim, chunks, size)
                    chunks, size = [], 0
        except TransportError:
            await self._write(claim, chunks, size)
            raise
        finally:
            response.close()
        await self._write(claim, chunks, size)
        self._check_claim(claim)

    async def _receive_bulk(self, bulk: Bulk, claim: Claim, board: Board | None) -> None:
        """Receive into two buffers in turn: while a thread writes the one, the other is filled."""
        free, busy = memoryview(bytearray(self._block)), memoryview(bytearray(self._block))
        writing: asyncio.Future[None] | None = None
        size = 0  # bytes that are being written
        try:
            while room := self._room(claim, size, board):
                count = await bulk.fill(free[:room])
                if writing is not None:
                    await self._written(claim, writing, size)
                    writing, size = None, 0
                if not count:
                    break
                writing, size = started(self._part.write, claim.position, [free[:count]]), count
                free, busy = busy, free
                if self._meter.add(count):
                    await self._meter.report()
        finally:
            if writing is not None:
                await self._written(claim, writing, size)

    async def _written(self, claim: Claim, writing: asyncio.Future[None], size: int) -> None:
        await ended(writing)
        await self._count(claim, size)

    def _room(self, claim: Claim, size: int, board: Board | None) -> int:
        """Bytes that a claim may still take beside `size` under way; at its end it goes on over the next piece."""
        room = claim.end - claim.position - size
        if not room and board is not None and board.extend(claim):  # not sooner: others may take it
            room = claim.end - claim.position - size
        return room

    def _check_claim(self, claim: Claim) -> None:
        if claim.position < claim.end < UNKNOWN_END:
            message = f"the answer ended at byte {claim.position} of {claim.end}"
            raise TruncatedDownloadError(message, expected=claim.end, received=claim.position)

    def _fitting(self, chunk: bytes, claim: Claim, size: int, board: Board | None) -> bytes:
        """Give the part of a chunk that lies within the claim; less than all of it ends the stream."""
        room = claim.end - claim.position - size
        while room < len(chunk) and board is not None and board.extend(claim):
            room = claim.end - claim.position - size
        if room >= len(chunk):
            return chunk
        if board is None or claim.end in (claim.limit, self._part.version.total):
            message = f"the answer goes on after byte {claim.end}, where its end was promised"
            raise Restart(UnexpectedReplyError(message))
        return chunk[:room]

    async def _write(self, claim: Claim, chunks: list[bytes], size: int) -> None:
        if not size:
            return
        await in_thread(self._part.write, claim.position, chunks)
        await self._count(claim, size)

    async def _count(self, claim: Claim, size: int) -> None:
        """Note bytes that are written; write down from time to time what is done."""
        claim.position += size
        now = time.monotonic()
        if self._part.spans.size - self._saved_size >= _SAVE_BYTES or now - self._saved_at >= _SAVE_SECONDS:
            self._saved_at, self._saved_size = now, self._part.spans.size
            await in_thread(self._part.save)

    async def _forget(self) -> None:
        await in_thread(self._part.reset)
        self._meter.add(-self._meter.done)
        self._saved_size = 0


async def _refusal(request: Request, response: Response) -> StatusError:
    try:
        content = await response.read(MIB)
    except (LimitError, TransportError):
        content = b""  # the status says enough
    return status_error(request, response.status, Headers(response.headers.items()), content=content)
