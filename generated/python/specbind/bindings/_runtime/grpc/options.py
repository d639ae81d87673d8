"""Options of a transport that carries rpcs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from msgspec import Struct

from .retries import RpcRetries

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .credentials import RpcCredentials
    from .rpc import Metadata, Rpc

__all__ = ["MAX_RECEIVE_SIZE", "CallOptions", "Settings"]

MAX_RECEIVE_SIZE = 64 * 1024 * 1024
"""Bytes of one message that are read where nothing else is said."""


class CallOptions(TypedDict, total=False):
    """What holds for all calls of a transport; each may be left out.

    Attributes:
        metadata: sent with every call; that of a call goes before the same name here. A MultiDict repeats a name.
        timeout: deadline in seconds of calls that state none; default None, for no deadline.
        max_receive_size: bytes of one message that is received, after decompression; default 64 MiB, None for no
            limit. A longer one ends its call with RpcLimitError before it is read.
        max_send_size: bytes of one message that is sent, before compression; default None, for no limit.
        credentials: signs every call; renewed once after UNAUTHENTICATED, and the call is sent again where no answer
            was seen and its messages can be sent again. Default None.
        retries: when a failed call is sent again; default `RpcRetries()`, None for never.
        idempotent: rpcs, or their paths, that may be sent again though their proto does not say so. Default none.
        compression: "gzip" to compress what is sent; default None. Answers may be compressed in any case.
    """

    metadata: Metadata | None
    timeout: float | None
    max_receive_size: int | None
    max_send_size: int | None
    credentials: RpcCredentials | None
    retries: RpcRetries | None
    idempotent: Collection[Rpc[Any, Any] | str]
    compression: Literal["gzip"] | None


class Settings(Struct, frozen=True, kw_only=True):
    """The options with their defaults, checked."""

    metadata: Mapping[str, str | bytes] | None = None
    timeout: float | None = None
    max_receive_size: int | None = MAX_RECEIVE_SIZE
    max_send_size: int | None = None
    credentials: Any = None  # an RpcCredentials: msgspec would look at the protocol, which is imported for types alone
    retries: RpcRetries | None = RpcRetries()
    idempotent: Collection[Any] = ()
    compression: Literal["gzip"] | None = None

    def __post_init__(self) -> None:
        if self.timeout is not None and not 0 < self.timeout < math.inf:
            raise ValueError("timeout is more than 0 seconds; None is no deadline")
        for size in (self.max_receive_size, self.max_send_size):
            if size is not None and size < 0:
                raise ValueError("the size of a message is not negative; None is no limit")
        if self.compression not in {None, "gzip"}:
            raise ValueError(f"messages are compressed by gzip alone, not by {self.compression!r}")
