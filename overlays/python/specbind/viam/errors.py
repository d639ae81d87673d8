"""Errors of connecting, under the module name of the official client. Those of calls are RpcErrors."""

from __future__ import annotations

from specbind.bindings._runtime.errors import ConnectError

__all__ = ["InsecureConnectionError", "ViamError"]


class ViamError(Exception):
    """Base of the errors of this module."""


class InsecureConnectionError(ViamError, ConnectError):
    """The server speaks no TLS, and the credentials do not go in the clear unless that was allowed."""
