"""Errors of rpcs: each is a StatusError of ours and a GRPCError of grpclib, so that old code catches them too.

StatusError, grpclib's GRPCError
└── RpcError                  any status that is not OK; `code` is its name, `details` what the server adds
    ├── RpcBadRequestError    INVALID_ARGUMENT, OUT_OF_RANGE         also a BadRequestError
    ├── RpcUnauthorizedError  UNAUTHENTICATED                        also an UnauthorizedError
    ├── RpcForbiddenError     PERMISSION_DENIED                      also a ForbiddenError
    ├── RpcNotFoundError      NOT_FOUND                              also a NotFoundError
    ├── RpcConflictError      ALREADY_EXISTS, ABORTED, FAILED_PRECONDITION   also a ConflictError
    ├── RpcRateLimitError     RESOURCE_EXHAUSTED                     also a RateLimitError
    ├── RpcDeadlineError      DEADLINE_EXCEEDED                      also a DeadlineError and a TimeoutError
    ├── RpcLimitError         RESOURCE_EXHAUSTED of ours: a message is longer than allowed   also a LimitError
    └── RpcServerError        UNKNOWN, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS   also a ServerError
        ├── RpcConnectError   UNAVAILABLE: no connection; nothing was sent     also a ConnectError and a ConnectionError
        ├── RpcLostError      the call was cut off                  also a TransportError and a StreamTerminatedError
        ├── RpcProtocolError  what came is not gRPC                 also a ProtocolError
        └── RpcDecodeError    INTERNAL: an answer is no message of its type   also a DecodeError
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError
from multidict import CIMultiDict, MultiDict

from ..errors import (
    BadRequestError,
    ConflictError,
    ConnectError,
    DeadlineError,
    ForbiddenError,
    LimitError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StatusError,
    TransportError,
    UnauthorizedError,
)
from ..errors import DecodeError as AnswerError
from ..proto.errors import DecodeError
from .status_messages import RetryInfo

if TYPE_CHECKING:
    from multidict import MultiMapping

    from ..proto.wellknown import Any

__all__ = [
    "RpcBadRequestError",
    "RpcConflictError",
    "RpcConnectError",
    "RpcDeadlineError",
    "RpcDecodeError",
    "RpcError",
    "RpcForbiddenError",
    "RpcLimitError",
    "RpcLostError",
    "RpcNotFoundError",
    "RpcProtocolError",
    "RpcRateLimitError",
    "RpcServerError",
    "RpcUnauthorizedError",
    "pushback_of",
    "rpc_error",
]

_LONGEST_TEXT = 1000


class RpcError(StatusError, GRPCError):
    """The server answered an rpc with a status that is not OK, or the call failed as if it had.

    Attributes:
        status: grpclib's Status.
        code: the name of the status, `NOT_FOUND`.
        details: what the server adds, each a google.protobuf.Any.
        metadata: trailing metadata; values of names that end in `-bin` are bytes, and a name may occur several times.
        headers: the texts among them.
        operation: path of the rpc.
    """

    status: Status  # type: ignore[assignment]  # grpclib's name for it; an HTTP status has no meaning here
    message: str  # grpclib's may be None

    def __init__(
        self,
        status: Status,
        message: str | None = None,
        details: tuple[Any, ...] = (),
        *,
        path: str = "",
        metadata: MultiMapping[str | bytes] | None = None,
    ) -> None:
        self.metadata: MultiMapping[str | bytes] = MultiDict() if metadata is None else metadata
        texts = [(name, value) for name, value in self.metadata.items() if isinstance(value, str)]
        StatusError.__init__(self, message or "", headers=CIMultiDict(texts))
        self.args = (status, message, details)
        self.status = status
        self.details = details
        self.operation = path

    @property
    def code(self) -> str:
        """The name of the status."""
        return self.status.name

    def __str__(self) -> str:
        text = "".join(char if char.isprintable() else " " for char in self.message[:_LONGEST_TEXT])
        again = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        return f"{self.operation}: {self.code}{again}" + (f": {text}" if text else "")


class RpcBadRequestError(RpcError, BadRequestError):
    """INVALID_ARGUMENT, OUT_OF_RANGE."""


class RpcUnauthorizedError(RpcError, UnauthorizedError):
    """UNAUTHENTICATED."""


class RpcForbiddenError(RpcError, ForbiddenError):
    """PERMISSION_DENIED."""


class RpcNotFoundError(RpcError, NotFoundError):
    """NOT_FOUND."""


class RpcConflictError(RpcError, ConflictError):
    """ALREADY_EXISTS, ABORTED, FAILED_PRECONDITION."""


class RpcRateLimitError(RpcError, RateLimitError):
    """RESOURCE_EXHAUSTED."""


class RpcServerError(RpcError, ServerError):
    """UNKNOWN, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS."""


class RpcDeadlineError(RpcError, DeadlineError):
    """DEADLINE_EXCEEDED, by the server's clock or ours."""

    limit = "total"


class RpcLimitError(RpcError, LimitError):
    """A message is longer than `max_receive_size` or `max_send_size`; `limit` is that number of bytes."""

    limit = 0


class RpcConnectError(RpcServerError, ConnectError, ConnectionError):
    """No connection was made: the name is not known, nobody listens, or TLS failed. Nothing was sent."""


class RpcLostError(RpcServerError, TransportError, StreamTerminatedError):
    """The connection broke, or the server cut off the call.

    Attributes:
        unseen: whether the server says that it did not look at the call.
    """

    unseen = False


class RpcProtocolError(RpcServerError, ProtocolError):
    """What came is not gRPC as it must be."""


class RpcDecodeError(RpcServerError, AnswerError):
    """An answer is no message of its type."""

    status: Status  # type: ignore[assignment]  # as above
    path = ""
    media_type = ""


_BY_STATUS: dict[Status, type[RpcError]] = {
    Status.INVALID_ARGUMENT: RpcBadRequestError,
    Status.OUT_OF_RANGE: RpcBadRequestError,
    Status.UNAUTHENTICATED: RpcUnauthorizedError,
    Status.PERMISSION_DENIED: RpcForbiddenError,
    Status.NOT_FOUND: RpcNotFoundError,
    Status.ALREADY_EXISTS: RpcConflictError,
    Status.ABORTED: RpcConflictError,
    Status.FAILED_PRECONDITION: RpcConflictError,
    Status.RESOURCE_EXHAUSTED: RpcRateLimitError,
    Status.DEADLINE_EXCEEDED: RpcDeadlineError,
    Status.UNKNOWN: RpcServerError,
    Status.UNIMPLEMENTED: RpcServerError,
    Status.INTERNAL: RpcServerError,
    Status.UNAVAILABLE: RpcServerError,
    Status.DATA_LOSS: RpcServerError,
}


def rpc_error(
    status: Status,
    message: str | None = None,
    details: tuple[Any, ...] = (),
    *,
    path: str = "",
    metadata: MultiMapping[str | bytes] | None = None,
) -> RpcError:
    """Make the error that belongs to a status."""
    return _BY_STATUS.get(status, RpcError)(status, message, details, path=path, metadata=metadata)


def pushback_of(error: RpcError) -> float | None:
    """Seconds that the server asks to wait before another attempt; negative: none is wanted; None: it does not say."""
    said = error.headers.get("grpc-retry-pushback-ms")
    if said is not None:
        return int(said) / 1000 if said.isascii() and said.isdecimal() and len(said) <= 10 else -1.0
    for detail in error.details:
        if detail.type_name == RetryInfo.__proto__[0]:
            try:
                delay = RetryInfo.FromString(detail.value).retry_delay
            except DecodeError:
                return None
            return None if delay is None else delay.seconds + delay.nanos / 1e9
    return None
