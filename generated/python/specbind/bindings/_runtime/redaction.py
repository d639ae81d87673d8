"""Keeping secrets out of messages and logs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["HIDDEN", "is_secret", "redact_text", "redact_url", "visible_headers"]

HIDDEN = "***"
_SECRET = re.compile(
    r"token|secret|passw|signature|credential|authorization|cookie|api[-_]?key|(?:^|[-_.])(?:key|sig|auth)$",
    re.IGNORECASE,
)
_SECRET_CAMEL = re.compile(r"[a-z](?:Key|Sig)$")
_PAIR = re.compile(
    r"""(?ix)
    (?<![\w.-])  # a name has one beginning, or a long word would be read again from each of its letters
    (?P<name>["']?[\w.-]*(?:token|secret|passw(?:or)?d|signature|credential|authorization|cookie|key|sig)["']?)
    (?P<sign>\s*[:=]\s*)
    (?P<value>"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)|(?:(?:Bearer|Basic)\s+)?[^\s,;&"'}<>\]]+)
    """
)
_SCHEME = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{4,}", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/?#@\s]*@")
_SHORTEST_SECRET = 3
_VISIBLE = frozenset({
    "accept", "accept-encoding", "cache-control", "connection", "content-encoding", "content-length", "content-range",
    "content-type", "date", "etag", "expires", "last-modified", "range", "retry-after", "server", "transfer-encoding",
    "user-agent", "vary", "x-correlation-id", "x-request-id", "request-id", "traceparent", "idempotency-key",
})  # fmt: skip


def is_secret(name: str) -> bool:
    """Say whether a parameter or member of this name is likely to hold a secret."""
    return _SECRET.search(name) is not None or _SECRET_CAMEL.search(name) is not None


def redact_url(url: str, names: Iterable[str] = ()) -> str:
    """Hide user names, passwords, the query values called `names` and those whose names say that they are secret."""
    url = _USERINFO.sub("", url)
    head, mark, query = url.partition("?")
    if not mark:
        return head
    hidden = set(names)
    pairs: list[str] = []
    for pair in query.split("&"):
        name, sign, _ = pair.partition("=")
        plain = unquote(name)
        pairs.append(f"{name}={HIDDEN}" if sign and (plain in hidden or is_secret(plain)) else pair)
    return head + "?" + "&".join(pairs)


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Hide known `secrets`, values beside secret names, and credentials, in text that somebody else wrote."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    text = _PAIR.sub(rf"\g<name>\g<sign>{HIDDEN}", text)
    return _USERINFO.sub("", text)


def visible_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Give the headers that may be logged; the values of others are hidden."""
    return {name: value if name.lower() in _VISIBLE else HIDDEN for name, value in headers.items()}
