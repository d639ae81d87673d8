"""Path templates: cut into pieces, made safe to append to a base URL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from specbind.generator.codes import Code
from specbind.generator.ir.model import PathPiece

if TYPE_CHECKING:
    from specbind.generator.source import Report

__all__ = ["Template", "read_template", "skeleton"]

_PARAMETER = re.compile(r"\{([^{}]+)\}")
_MARK = re.compile(r"\{[^{}]*\}|[?#]")
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=/|\Z)", re.IGNORECASE)
_PAIR = re.compile(r"([^=&]*)=\{([^{}]+)\}\Z")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SEGMENT_SAFE = "/:@!$&'()*+,;=~-._%"
_QUERY_SAFE = _SEGMENT_SAFE + "?"


class Template(NamedTuple):
    """A path key, cut up. `bound` leads from a path parameter to the query key that it stands under."""

    pieces: tuple[PathPiece, ...]
    query: str
    names: tuple[str, ...]
    bound: dict[str, str]


def read_template(path: str, place: str, report: Report) -> Template:
    """Cut a path key into pieces. Whatever it says, the pieces make a path below the base URL."""
    text, fragment = _cut(path, "#")
    text, query = _cut(text, "?")
    if fragment:
        report.add(Code.PATH_TEXT, f"the fragment '#{fragment}' of the path is not sent", place)
    clean = "/" + text.lstrip("/\\")
    if clean != text:
        message = "a path begins with one slash; it stays below the server's URL"
        report.add(Code.PATH_TEXT, message, place)
    if _DOTS.search(clean):
        report.add(Code.PATH_TEXT, "the '.' and '..' segments of the path are resolved below the server's URL", place)
        clean = _resolved(clean)
    pieces: list[PathPiece] = []
    names: list[str] = []
    position = 0
    for match in _PARAMETER.finditer(clean):
        _literal(pieces, clean[position : match.start()], place, report)
        pieces.append(PathPiece(parameter=match[1]))
        names.append(match[1])
        position = match.end()
    _literal(pieces, clean[position:], place, report)
    fixed: list[str] = []
    bound: dict[str, str] = {}
    for pair in query.split("&"):
        variable = _PAIR.match(pair)
        if variable is not None:
            bound[variable[2]] = variable[1]
        elif pair:
            fixed.append(quote(_ESCAPE.sub("%25", pair), safe=_QUERY_SAFE))
    return Template(tuple(pieces), "&".join(fixed), tuple(dict.fromkeys(names)), bound)


def _resolved(path: str) -> str:
    """A path without dot segments: servers and proxies would resolve them, encoded or not, above the server's URL."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        plain = re.sub("%2e", ".", segment, flags=re.IGNORECASE)
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
    if _DOTS.fullmatch("/" + segments[-1]):
        kept.append("")
    return "/" + "/".join(kept)


def skeleton(template: Template) -> str:
    """The path without parameter names, to find paths that differ in those alone."""
    return "".join("{}" if piece.parameter else piece.text for piece in template.pieces) + "?" + template.query


def _cut(path: str, mark: str) -> tuple[str, str]:
    """The text before and after the first mark that is not inside braces."""
    for match in _MARK.finditer(path):
        if match[0] == mark:
            return path[: match.start()], path[match.end() :]
    return path, ""


def _literal(pieces: list[PathPiece], text: str, place: str, report: Report) -> None:
    if not text:
        return
    encoded = quote(_ESCAPE.sub("%25", text), safe=_SEGMENT_SAFE)
    if encoded != text:
        report.add(Code.PATH_TEXT, f"the path text {text!r} is percent-encoded", place)
    pieces.append(PathPiece(text=encoded))
