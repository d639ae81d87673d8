"""File names from servers, made safe for every file system."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, unquote_to_bytes, urlsplit

__all__ = ["disposition_filename", "is_device_name", "safe_filename", "url_filename"]

_FORBIDDEN = frozenset('<>:"|?*')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"],
)
# filename=… and filename*=… of RFC 6266; a quoted value may hold escaped quotes
_PARAMETER = re.compile(r';\s*(filename\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)', re.IGNORECASE)
_MAX_HEADER = 4096


def is_device_name(name: str) -> bool:
    """Tell whether Windows takes `name` for a device (`CON`, `nul.txt`, `COM1 .log`)."""
    return name.partition(".")[0].rstrip(" ").casefold() in _DEVICES


def safe_filename(name: str, *, default: str = "download", limit: int = 200) -> str:
    r"""Reduce a name from a server to one harmless file name.

    Only the last part after `/` or `\` stays. Control and format characters and `<>:"|?*` are dropped, as are
    leading dots and trailing dots and spaces; a device name gets a leading `_`.

    Args:
        name: text from the server, of any form.
        default: what is given when nothing usable is left.
        limit: most bytes in UTF-8; the extension is kept when it is short.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name[:_MAX_HEADER]))[-1]
    kept = "".join(c for c in last if c not in _FORBIDDEN and unicodedata.category(c) not in _INVISIBLE)
    kept = kept.strip().lstrip(". ").rstrip(". ")
    if not kept:
        return default
    if is_device_name(kept):
        kept = f"_{kept}"
    return _bounded(kept, limit)


def disposition_filename(header: str | None, *, default: str = "download") -> str:
    """File name of a `Content-Disposition` header, made safe; `default` when there is none.

    `filename*` (RFC 8187) goes before `filename`.
    """
    found: dict[str, str] = {}
    for name, value in _PARAMETER.findall((header or "")[:_MAX_HEADER]):
        found.setdefault(name.lower(), value)
    extended = _extended(found.get("filename*", ""))
    if extended is not None:
        return safe_filename(extended, default=default)
    plain = found.get("filename", "")
    if plain.startswith('"'):
        plain = re.sub(r"\\(.)", r"\1", plain[1:-1])
    return safe_filename(plain, default=default)


def url_filename(url: str, *, default: str = "download") -> str:
    """File name at the end of a URL's path, made safe. The query never takes part."""
    return safe_filename(unquote(urlsplit(url).path), default=default)


def _extended(value: str) -> str | None:
    charset, quote, rest = value.strip('"').partition("'")
    if not quote or charset.lower() not in {"utf-8", "iso-8859-1"}:
        return None
    text = unquote_to_bytes(rest.partition("'")[2]).decode(charset, errors="replace")
    return text or None


def _bounded(name: str, limit: int) -> str:
    if len(name.encode()) <= limit:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = dot + extension
    if not stem or len(tail.encode()) > 20:
        stem, tail = name, ""
    room = max(1, limit - len(tail.encode()))
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + tail
