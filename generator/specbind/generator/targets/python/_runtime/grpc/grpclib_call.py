"""One attempt of an rpc over a channel of grpclib, from its headers to its status."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from grpclib.const import Status
from grpclib.metadata import USER_AGENT, Deadline
from multidict import MultiDict

from ..errors import RequestError, excerpt
from ..proto.errors import DecodeError
from ..proto.message import decode
from ..redaction import redact_text
from .framing import PREFIX, TooLong, framed, inflated, parse_prefix
from .grpclib_codec import DetailsCodec
from .grpclib_errors import (
    RpcConnectError,
    RpcDeadlineError,
    RpcDecodeError,
    RpcError,
    RpcLimitError,
    RpcLostError,
    RpcProtocolError,
    rpc_error,
)
from .grpclib_stream import CallStream, Ended
from .headers import (
    code_of_http_status,
    code_of_reset,
    decode_message,
    decode_metadata,
    decode_status,
    encode_metadata,
    encode_timeout,
    is_grpc,
    split_binary,
)
from .secrets import hidden_in_details, marked, secrets_of

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine

    from grpclib.client import Channel

    from ..proto.message import Message
    from ..proto.wellknown import Any as AnyMessage
    from .headers import Fields, MetadataDict
    from .options import Settings
    from .reply import Reply
    from .rpc import Rpc

__all__ = ["Call"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")
T = TypeVar("T")

_CONTENT_TYPE = "application/grpc"


class Call(Generic[Q, A]):
    """One attempt. Whatever fails is one RpcError with the path of the rpc."""

    def __init__(
        self, channel: Channel, rpc: Rpc[Q, A], settings: Settings, reply: Reply, *, deadline: float | None
    ) -> None:
        self._channel = channel
        self._rpc = rpc
        self._settings = settings
        self._reply = reply
        self._deadline = deadline
        self._opened: CallStream | None = None
        self._headers: Fields | None = None
        self._encoding = "identity"
        self._secrets: tuple[str, ...] = ()
        self.over = False
        """Whether nobody waits for it any more."""

    async def open(self, metadata: MetadataDict, request: Q | None = None, *, signed: Collection[str] = ()) -> None:
        """Send the headers, over a connection that is made if there is none, and the message of a call that has one.

        Args:
            metadata: what is sent.
            request: the message.
            signed: names of metadata that credentials gave.
        """
        fields = await self._in_time(self._begin(metadata, signed))
        content = None if request is None else await self._in_time(self._framed(request))
        await self._in_time(self._open(fields, hold=content is not None))
        if content is not None:
            with suppress(RpcLostError):  # what became of the call is read, not sent
                await self._in_time(self._stream.send(content, end=True))

    async def send(self, request: Q, *, end: bool = False) -> None:
        """Send one message of many."""
        await self._in_time(self._send(request, end=end))

    async def _send(self, request: Q, *, end: bool) -> None:
        await self._stream.send(await self._framed(request), end=end)

    async def _framed(self, request: Q) -> bytes:
        (request,) = await self._channel.__dispatch__.send_message(request)
        try:
            content = request.SerializeToString()
        except RequestError as error:
            error.operation = self._rpc.path
            raise
        limit = self._settings.max_send_size
        if limit is not None and len(content) > limit:
            raise self._too_long(f"the message has {len(content)} bytes", "max_send_size", limit)
        return await framed(content, gzip=self._settings.compression is not None)

    async def end(self) -> None:
        """Say that no message follows."""
        await self._in_time(self._stream.end())

    async def receive(self) -> A | None:
        """The next answer; None at the end of a call that went well."""
        return await self._in_time(self._receive())

    async def only(self) -> A:
        """The answer of a call that has one."""
        answer = await self.receive()
        if answer is None:
            raise self._error(Status.UNIMPLEMENTED, "the server sent no message")
        if await self.receive() is not None:
            raise self._error(Status.UNIMPLEMENTED, "the server sent more than one message")
        return answer

    def fail(self, error: Exception) -> None:
        """Let whoever waits for an answer get this error."""
        if isinstance(error, RpcError):
            error.operation = self._rpc.path
        if self._opened is not None:
            self._opened.fail(error)

    def close(self) -> None:
        """Cancel the call if it is not over."""
        if self._opened is not None:
            self._opened.close()

    @property
    def _stream(self) -> CallStream:
        if self._opened is None:
            raise RuntimeError("the call is not open")
        return self._opened

    async def _in_time(self, step: Coroutine[Any, Any, T]) -> T:
        """A step, until the deadline; what the stream raises becomes an error of the call."""
        try:
            if self._deadline is None:
                return await step
            scope = asyncio.timeout_at(self._deadline)
            try:
                async with scope:
                    return await step
            except TimeoutError:
                if not scope.expired():
                    raise
                message = "the deadline is over; a longer `timeout` waits longer"
                raise self._error(Status.DEADLINE_EXCEEDED, message) from None
        except Ended as ended:
            raise self._cut_off(ended) from None

    async def _begin(self, metadata: MetadataDict, signed: Collection[str]) -> Fields:
        """Tell the listeners of the call, before its message and before anything connects, and make its headers."""
        if self._deadline is not None and asyncio.get_running_loop().time() >= self._deadline:
            raise self._error(Status.DEADLINE_EXCEEDED, "the deadline was over before the call was sent")
        left = None if self._deadline is None else Deadline.from_timeout(self._left())
        (metadata,) = await self._channel.__dispatch__.send_request(
            metadata, method_name=self._rpc.path, deadline=left, content_type=_CONTENT_TYPE
        )
        self._secrets = secrets_of(metadata, signed)
        try:
            return marked(encode_metadata(metadata), signed)
        except RequestError as error:
            error.operation = self._rpc.path
            raise

    async def _open(self, fields: Fields, *, hold: bool) -> None:
        try:
            connected = await self._channel.__connect__()
        except TimeoutError as error:
            raise self._unconnected("it did not open in time") from error
        except OSError as error:
            raise self._unconnected(str(error) or type(error).__name__) from error
        self._opened = CallStream(connected)
        await self._opened.open([*self._request_fields(), *fields], hold=hold)

    def _left(self) -> float:
        return 0.0 if self._deadline is None else max(0.0, self._deadline - asyncio.get_running_loop().time())

    def _request_fields(self) -> Fields:
        at = self._channel
        fields = [
            (":method", "POST"),
            (":scheme", at._scheme),  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # no other way to it
            (":path", self._rpc.path),
            (":authority", at._authority),  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # as above
            ("te", "trailers"),
        ]
        if self._deadline is not None:
            fields.append(("grpc-timeout", encode_timeout(self._left())))
        fields += [("content-type", _CONTENT_TYPE), ("user-agent", USER_AGENT), ("grpc-accept-encoding", "gzip")]
        if self._settings.compression is not None:
            fields.append(("grpc-encoding", self._settings.compression))
        return fields

    async def _receive(self) -> A | None:
        if self._headers is None:
            await self._read_headers()
        prefix = await self._stream.read(PREFIX)
        if len(prefix) < PREFIX:
            await self._finish(truncated=bool(prefix))
            return None
        flag, length = parse_prefix(prefix)
        limit = self._settings.max_receive_size
        if flag > 1:
            raise self._not_grpc(f"a message begins with the byte {flag}")
        if limit is not None and length > limit:
            raise self._too_long(f"the answer has {length} bytes", "max_receive_size", limit)
        content = await self._stream.read(length)
        if len(content) < length:
            await self._finish(truncated=True)
            return None
        if flag:
            content = await self._decompress(content)
        try:
            answer = decode(self._rpc.response, content)
        except DecodeError as error:
            message = f"the answer is no {self._rpc.response.__name__}: {error}"
            refused = RpcDecodeError(Status.INTERNAL, message, path=self._rpc.path)
            refused.path, refused.content = error.path, content
            raise refused from error
        (answer,) = await self._channel.__dispatch__.recv_message(answer)
        return answer

    async def _decompress(self, content: bytes) -> bytes:
        if self._encoding != "gzip":
            raise self._not_grpc(f"a message is compressed by {self._encoding!r:.40}, which was not offered")
        limit = self._settings.max_receive_size
        try:
            return await inflated(content, limit)
        except TooLong:
            raise self._too_long("the answer is longer", "max_receive_size", limit or 0) from None
        except ValueError as error:
            raise self._not_grpc(f"a message is not gzip as it says: {error}") from None

    async def _read_headers(self) -> None:
        headers = await self._stream.headers_or_none()
        if headers is None:
            raise self._not_grpc("the answer has no headers")
        fields = dict(headers)
        self._headers = headers
        if "grpc-status" in fields and self._stream.bare:  # nothing but trailers
            await self._channel.__dispatch__.recv_initial_metadata(MultiDict())
            return
        if fields.get(":status") != "200" or not is_grpc(fields.get("content-type")):
            raise await self._foreign(fields)
        self._encoding = fields.get("grpc-encoding", "identity")
        found, malformed = decode_metadata(headers)
        if malformed:
            raise self._not_grpc(f"the metadata {malformed[0]!r:.80} is no base64")
        (found,) = await self._channel.__dispatch__.recv_initial_metadata(found)
        self._reply.headers = found

    async def _foreign(self, fields: dict[str, str]) -> RpcError:
        """The error of an answer of something that does not speak gRPC, with the beginning of its text."""
        status, kind = fields.get(":status", ""), fields.get("content-type", "no content type")
        begin = b"" if is_grpc(kind) else await self._beginning()
        said = f": {excerpt(begin, self._secrets)}" if begin else ""
        message = f"the answer is not gRPC but HTTP {status:.10}, {kind:.80}{said}"
        code = Status(code_of_http_status(status))
        if status == "200":
            return RpcProtocolError(Status.UNKNOWN, message, path=self._rpc.path)
        return rpc_error(code, message, path=self._rpc.path)

    async def _beginning(self) -> bytes:
        """What is there of a text, without waiting long for it."""
        try:
            async with asyncio.timeout(1.0):
                return await self._stream.inbox.read(500)
        except TimeoutError:
            return b""

    async def _finish(self, *, truncated: bool) -> None:
        """The end of the answers: nothing if the call went well, else its error."""
        fields = self._headers if self._stream.bare else self._stream.trailers
        if fields is None:
            what = "a message stops before its end" if truncated else "the answer has no status"
            raise self._not_grpc(what)
        found = dict(fields)
        said = found.get("grpc-status")
        code = None if said is None else decode_status(said)
        status = Status.UNKNOWN if code is None or code > Status.UNAUTHENTICATED.value else Status(code)
        text = decode_message(found["grpc-message"]) if "grpc-message" in found else None
        details = _details(found.get("grpc-status-details-bin"), status)
        metadata, malformed = decode_metadata(fields)
        (metadata,) = await self._channel.__dispatch__.recv_trailing_metadata(
            metadata, status=status, status_message=text, status_details=details
        )
        self._reply.trailers = metadata
        if code is None:
            raise self._not_grpc("the answer has no status" if said is None else f"the status is {said!r:.40}")
        if status is not Status.OK:
            text = None if text is None else redact_text(text, self._secrets)
            details = hidden_in_details(details, self._secrets)
            raise rpc_error(status, text, details, path=self._rpc.path, metadata=metadata)
        if truncated:
            raise self._not_grpc("a message stops before its end")
        if malformed:
            raise self._not_grpc(f"the metadata {malformed[0]!r:.80} is no base64")

    def _error(self, status: Status, message: str) -> RpcError:
        return rpc_error(status, message, path=self._rpc.path)

    def _not_grpc(self, message: str, status: Status = Status.INTERNAL) -> RpcProtocolError:
        return RpcProtocolError(status, f"the answer is not gRPC as it must be: {message}", path=self._rpc.path)

    def _too_long(self, message: str, option: str, limit: int) -> RpcLimitError:
        text = f"{message}, more than {option}={limit}; a transport with a larger one would take it"
        error = RpcLimitError(Status.RESOURCE_EXHAUSTED, text, path=self._rpc.path)
        error.limit = limit
        return error

    def _unconnected(self, reason: str) -> RpcConnectError:
        authority = self._channel._authority  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # as above
        message = f"no connection to {authority}: {reason}; nothing was sent"
        return RpcConnectError(Status.UNAVAILABLE, message, path=self._rpc.path)

    def _cut_off(self, ended: Ended) -> RpcError:
        status = Status(code_of_reset(ended.reset))
        if status is Status.CANCELLED and self._deadline is not None and self._left() <= 0:
            return RpcDeadlineError(Status.DEADLINE_EXCEEDED, "the deadline is over", path=self._rpc.path)
        error = RpcLostError(status, f"the call was cut off: {ended.reason}", path=self._rpc.path)
        error.unseen = ended.unseen
        return error


def _details(value: str | None, status: Status) -> tuple[AnyMessage, ...]:
    if value is None or status is Status.OK:
        return ()
    try:
        content = split_binary(value)[0]
    except ValueError:
        return ()  # the status itself counts
    return DetailsCodec().decode(status, None, content)
