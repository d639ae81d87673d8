"""Server URLs with variables, and relative ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from .errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ServerUrl"]

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_PORT = re.compile(r"[0-9]{1,5}")
_SEGMENT = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:-]*")
_AUTHORITY = re.compile(r"(?P<scheme>[^/?#]*)://(?P<authority>[^/?#]*)")
_LONGEST = 253


class ServerUrl:
    """A server of the spec. `url` gives the address for a client's `base_url`.

    `Client(Client.servers[0].url(region="us"))`

    Args:
        template: the URL, variables in braces.
        variables: for each variable its default and the values that it may have; no values mean any that is safe.
        description: what the spec says of it.

    Attributes:
        template: as above.
        variables: as above.
        description: as above.
    """

    __slots__ = ("description", "template", "variables")

    def __init__(
        self,
        template: str,
        variables: Mapping[str, tuple[str, tuple[str, ...]]] | None = None,
        *,
        description: str = "",
    ) -> None:
        self.template = template
        self.variables = dict(variables or {})
        self.description = description

    def url(self, base: str | None = None, /, **values: str) -> str:
        """Give the URL with variables filled in, those not given with their defaults.

        A value stays where its variable stands: in the host it is one label (or a whole host name where the variable is
        the whole host, or the spec's own values have dots), behind a colon it is a port, in the path it is a segment
        (or several where the spec's own values have slashes).

        Args:
            base: what a relative URL is resolved against; the address of the document, or of the host.
            values: values by the names of the variables.

        Raises:
            RequestError: a variable is not known, a value is not allowed, or a relative URL has no base.
        """
        if unknown := values.keys() - self.variables.keys():
            known = ", ".join(sorted(self.variables)) or "none"
            raise RequestError(f"the server {self.template!r} has no variable {min(unknown)!r}; it has {known}")
        found = _AUTHORITY.match(self.template)
        filled = _VARIABLE.sub(lambda variable: self._value(variable, found, values), self.template)
        if found is not None:
            self._check(filled, found)
            return filled
        if base is None:
            raise RequestError(f"the server {self.template!r} is relative; give what it is relative to")
        if filled.startswith("//") or "\\" in filled:
            raise RequestError(f"the relative server {filled[:100]!r} names a host")
        return _resolved(base, filled)

    def _value(self, variable: re.Match[str], place: re.Match[str] | None, values: Mapping[str, str]) -> str:
        name = variable[1]
        if name not in self.variables:
            raise RequestError(f"the server {self.template!r} does not say what {name!r} may be")
        default, allowed = self.variables[name]
        value = values.get(name, default)
        if allowed and value not in allowed:
            raise RequestError(f"the server variable {name!r} is {' or '.join(allowed)}, not {value[:100]!r}")
        fits, what = _rule(variable, place, (default, *allowed), value)
        if not fits or len(value) > _LONGEST:
            raise RequestError(f"the server variable {name!r} must be {what}, not {value[:100]!r}")
        return value

    def _check(self, url: str, place: re.Match[str]) -> None:
        """See to it that what has no variable in it is as the template says."""
        filled = _AUTHORITY.match(url)
        for part in ("scheme", "authority"):
            if filled is None or (_VARIABLE.search(place[part]) is None and filled[part] != place[part]):
                raise RequestError(f"the server {self.template!r} cannot be {url[:200]!r}")

    def __repr__(self) -> str:
        return f"ServerUrl({self.template!r})"


def _rule(variable: re.Match[str], place: re.Match[str] | None, spec: tuple[str, ...], value: str) -> tuple[bool, str]:
    """Say whether a value may stand where its variable stands, and what may."""
    at = variable.start()
    if place is not None and at < place.end("scheme"):
        return value in {"http", "https"}, "http or https"
    if place is not None and at < place.end("authority"):
        authority = place["authority"]
        before = authority[: at - place.start("authority")]
        if before.endswith(":"):
            return _PORT.fullmatch(value) is not None and int(value) < 65536, "a port"
        host = authority.rpartition(":")[0] if re.search(r":(?:\d+|\{[^{}]+\})$", authority) else authority
        labels = value.split(".") if host == variable[0] or any("." in known for known in spec) else [value]
        return all(_LABEL.fullmatch(label) is not None for label in labels), "a label of a host name"
    segments = value.strip("/").split("/") if any("/" in known for known in spec) else [value]
    fits = all(_SEGMENT.fullmatch(segment) is not None and segment not in {".", ".."} for segment in segments)
    return fits, "a segment of a path"


def _resolved(base: str, relative: str) -> str:
    try:
        parts = urlsplit(base)
        _ = parts.port
    except ValueError:
        raise RequestError(f"{base[:100]!r} is not a URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise RequestError(f"a relative server needs an http or https URL to stand on, not {base[:100]!r}")
    url = urljoin(base, relative)
    if urlsplit(url)[:2] != parts[:2]:
        raise RequestError(f"the relative server {relative[:100]!r} names another host")
    return url
