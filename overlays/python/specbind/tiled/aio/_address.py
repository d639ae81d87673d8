"""Addresses of a server, read from whatever somebody copied out of a browser or a log."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

__all__ = ["Address"]

_PORTS = {"http": 80, "https": 443}


class Address(msgspec.Struct, frozen=True):
    """Where an API is: `scheme://host:port` and the path in front of `/api/v1`.

    `keys` and `api_key` are what else stood in the URI.
    """

    scheme: str
    host: str
    port: int
    prefix: str = ""
    keys: tuple[str, ...] = ()
    api_key: str | None = None

    @classmethod
    def parse(cls, uri: str) -> Address:
        """Read the URI of a site, of its API, or of a node.

        Raises:
            ValueError: it is none of them. The message never has the query in it, where a key may stand.
        """
        try:
            parts = urlsplit(uri.strip())
        except ValueError:
            raise ValueError("the URI cannot be read: its brackets do not fit") from None
        scheme = parts.scheme.lower()
        if scheme not in _PORTS or not parts.hostname:
            raise ValueError("the URI of a Tiled server begins with http:// or https:// and has a host in it")
        if parts.username is not None or parts.password is not None:
            raise ValueError("a user name does not belong in the URI; use api_key=..., or log in")
        prefix, keys = _split(parts.path)
        given = [value for name, value in parse_qsl(parts.query) if name == "api_key"]
        if len(given) > 1:
            raise ValueError("the URI has several api_key in it")
        try:
            port = _PORTS[scheme] if parts.port is None else parts.port
        except ValueError:
            raise ValueError("the port in the URI is no number from 0 to 65535") from None
        return cls(scheme, parts.hostname, port, prefix, keys, given[0] if given else None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r}, keys={self.keys!r})"  # without the API key

    @property
    def base_url(self) -> str:
        """The site, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.prefix}"

    @property
    def api_uri(self) -> str:
        """The API, with a slash at the end."""
        return f"{self.base_url}/api/v1/"

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def secured_by(self, location: str) -> Address | None:
        """The same site by https, if a redirect points to that; a redirect to any other place is None."""
        try:
            found = urlsplit(location)
            port = found.port
        except ValueError:
            return None
        if self.scheme != "http" or found.scheme.lower() != "https" or (found.hostname or "") != self.host:
            return None
        return msgspec.structs.replace(self, scheme="https", port=443 if port is None else port)


def _split(path: str) -> tuple[str, tuple[str, ...]]:
    """The path before `/api/v1`, and the keys behind `/metadata`."""
    parts = [segment for segment in path.split("/") if segment]
    segments = [unquote(segment) for segment in parts]
    at, rest = _api_in(segments)
    if rest[:1] == ["metadata"]:
        rest = rest[1:]
    elif rest:
        raise ValueError(
            f"/{'/'.join(segments)!s:.200} is no site, no API and no node; nodes are below /api/v1/metadata"
        )
    return "".join(f"/{part}" for part in parts[:at]), tuple(rest)


def _api_in(segments: list[str]) -> tuple[int, list[str]]:
    """How many segments stand before the API, and those behind it. A site may be below a path with `api` in it."""
    keys = next((at + 2 for at in range(len(segments)) if segments[at : at + 3] == ["api", "v1", "metadata"]), None)
    for at in range(len(segments) if keys is None else keys, -1, -1):
        if segments[at : at + 2] == ["api", "v1"]:
            return at, segments[at + 2 :]
    if "ui" in segments and segments[segments.index("ui") + 1 :][:1] in ([], ["browse"]):  # pages for browsers
        at = segments.index("ui")
        return at, ["metadata", *segments[at + 2 :]]
    for at, segment in enumerate(segments):
        if segment == "api" and segments[at + 1 : at + 2] in ([], ["metadata"]):
            return at, segments[at + 1 :]
    return len(segments), []
