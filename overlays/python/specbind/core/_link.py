"""The one seam to the runtime: a copy of this package beside another runtime differs in this file alone."""

from specbind.bindings._runtime import (
    DeadlineError,
    Error,
    Headers,
    LimitError,
    RedirectError,
    Request,
    Response,
    Send,
    StatusError,
    TransportError,
    TruncatedError,
    get_portal,
)
from specbind.bindings._runtime.errors import status_error
from specbind.bindings._runtime.http import origin
from specbind.bindings._runtime.lazy import lazy
from specbind.bindings._runtime.portal import portal_here

__all__ = [
    "DeadlineError",
    "Error",
    "Headers",
    "LimitError",
    "RedirectError",
    "Request",
    "Response",
    "Send",
    "StatusError",
    "TransportError",
    "TruncatedError",
    "get_portal",
    "lazy",
    "origin",
    "portal_here",
    "status_error",
]
