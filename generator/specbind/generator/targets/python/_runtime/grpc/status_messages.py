"""Messages that say more about a failure than its code and text."""

from __future__ import annotations

from msgspec import field

from ..proto.message import Message
from ..proto.wellknown import Any, Duration  # types of fields

__all__ = ["RetryInfo", "StatusMessage"]


class StatusMessage(Message):
    """google.rpc.Status: what a server says about a failure beyond code and text."""

    code: int = 0
    message: str = ""
    details: list[Any] = field(default_factory=list[Any])

    __proto__ = (
        "google.rpc.Status",
        ((1, "code", "int32"), (2, "message", "string"), (3, "details", "message @Any", "repeated")),
    )


class RetryInfo(Message):
    """google.rpc.RetryInfo: how long to wait before another attempt."""

    retry_delay: Duration | None = None

    __proto__ = ("google.rpc.RetryInfo", ((1, "retry_delay", "message @Duration"),))
