"""Servers in Python: the client's default base URL, and the servers that a client or an operation lists."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.text import Code, compose, join

from .docs import short_line
from .literals import literal

if TYPE_CHECKING:
    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Api, Operation, Server

    from .context import Context

__all__ = ["base_url", "own_servers", "server_literal", "server_url"]


def server_literal(server: Server, kind: Identifier) -> Code:
    """A server as a client or an operation lists it; `kind` is the class."""
    parts = [literal(server.url)]
    if server.variables:
        rows = [
            compose("{}: ({}, {})", literal(name), literal(default), literal(values))
            for name, default, values, _ in server.variables
        ]
        parts.append(compose("{{{}}}", join(", ", rows)))
    if server.doc:
        parts.append(compose("description={}", literal(short_line(server.doc))))
    return compose("{}({})", kind, join(", ", parts))


def server_url(api: Api) -> str:
    """The first server, its variables at their defaults, without a slash at the end.

    Where the document has none, that of the first operation which has one.
    """
    own = (server for service in api.services for operation in service.operations for server in operation.servers)
    first = next(chain(api.servers, own), None)
    return "" if first is None else _filled(first).rstrip("/")


def base_url(context: Context, url: str) -> str:
    """The default base URL of a client: the first server, if it is an address that a client takes; else ""."""
    if url and not _is_address(url):
        text = f"the first server, {url!r}, is no address that a client can take; base_url has to be given"
        context.report(Finding.BASE_URL, text, "#/servers/0/url", "give it with the path of that server")
        return ""
    return url


def own_servers(context: Context, operation: Operation) -> tuple[Server, ...]:
    """The servers of an operation that a client can take; relative ones stand on the client's base URL."""
    found: list[Server] = []
    for server in operation.servers:
        url = _filled(server)
        if _is_address(url) or (url.startswith("/") and not url.startswith("//")):
            found.append(server)
            continue
        text = f"a server of {operation.id!r}, {url!r}, is no address that a client can take"
        context.report(Finding.OPERATION_SERVERS, text, operation.source, "make a second client for it")
    return tuple(found)


def _filled(server: Server) -> str:
    url = server.url
    for name, default, _, _ in server.variables:
        url = url.replace("{" + name + "}", default)
    return url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    known = parts.scheme in {"http", "https"} and bool(parts.hostname) and "{" not in url
    return known and not (parts.username or parts.password or parts.query or parts.fragment)
