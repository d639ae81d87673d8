"""`google.api.http`: the HTTP requests that mean the same as an rpc."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from specbind.generator.codes import Code
from specbind.generator.ir.model import HttpRule, PathPiece

if TYPE_CHECKING:
    from specbind.generator.diagnostics import Place
    from specbind.generator.ir.model import Json

    from .report import Report

__all__ = ["HTTP_OPTION", "http_rules"]

HTTP_OPTION = "google.api.http"

_METHODS = {"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "patch": "PATCH"}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}\Z")
_FIELD = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*"
_SEGMENT = r"(?:\*\*|\*|[A-Za-z0-9\-._~%!$&+,;=:@]+)"
_VARIABLE = re.compile(rf"\{{({_FIELD})(?:=({_SEGMENT}(?:/{_SEGMENT})*))?\}}")
_LITERAL = re.compile(rf"{_SEGMENT}?(?:/{_SEGMENT}?)*\Z")


def http_rules(option: Json, place: Place, report: Report) -> tuple[HttpRule, ...]:
    """The rule and its additional bindings."""
    if not isinstance(option, dict):
        return ()
    found = [_rule(option, place, report)]
    more = option.get("additionalBindings")
    if isinstance(more, list):
        found += [_rule(inner, place, report) for inner in more if isinstance(inner, dict)]
    return tuple(rule for rule in found if rule is not None)


def _rule(rule: dict[str, Json], place: Place, report: Report) -> HttpRule | None:
    method, path = _method_and_path(rule)
    if not path:
        report.add(Code.HTTP_RULE, "an HTTP rule has no path; it is left out", place)
        return None
    pieces = _pieces(path)
    if pieces is None or not _TOKEN.match(method):
        text = f"{method} {path!r} is no HTTP rule; it is kept as it is written and never used"
        report.add(Code.HTTP_RULE, text, place)
    return HttpRule(method, path, pieces or (), _text(rule, "body"), _text(rule, "responseBody"))


def _method_and_path(rule: dict[str, Json]) -> tuple[str, str]:
    for key, method in _METHODS.items():
        if rule.get(key):
            return method, _text(rule, key)
    custom = rule.get("custom")
    if isinstance(custom, dict):
        return _text(custom, "kind"), _text(custom, "path")
    return "", ""


def _text(rule: dict[str, Json], key: str) -> str:
    value = rule.get(key)
    return value if isinstance(value, str) else ""


def _pieces(path: str) -> tuple[PathPiece, ...] | None:
    """The path cut up; None for one that does not follow the rules of `google/api/http.proto`."""
    if not path.startswith("/") or path.startswith("//"):
        return None
    pieces: list[PathPiece] = []
    position = 0
    for match in _VARIABLE.finditer(path):
        if not _literal(pieces, path[position : match.start()]):
            return None
        pattern = match[2] or ""
        pieces.append(PathPiece(parameter=match[1], pattern="" if pattern == "*" else pattern))
        position = match.end()
    return tuple(pieces) if _literal(pieces, path[position:]) else None


def _literal(pieces: list[PathPiece], text: str) -> bool:
    if not text:
        return True
    if not _LITERAL.match(text) or any(part in {".", ".."} for part in text.split("/")):
        return False
    pieces.append(PathPiece(text=quote(text, safe="/-._~%!$&'()*+,;=:@")))
    return True
