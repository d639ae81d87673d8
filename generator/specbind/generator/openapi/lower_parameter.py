"""Parameters and headers: location, style, explode and type, with no defaults left to apply."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.codes import Code
from specbind.generator.ir.model import AnyType, Parameter, Presence, Scalar, ScalarKind
from specbind.generator.source.pointer import child

from .defaults import default_of
from .objects import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from . import document
    from .lower_path import Template
    from .lower_schema import SchemaLowering

__all__ = ["ParameterLowering"]

_STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject", "tabDelimited"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
    "querystring": ("form",),
}
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_IGNORED = frozenset(("accept", "content-type", "authorization"))


class ParameterLowering:
    """Lowers parameters; one that several operations share is lowered once."""

    def __init__(self, schemas: SchemaLowering) -> None:
        self._schemas = schemas
        self._report = schemas.report
        self._lowered: dict[str, Parameter] = {}

    def lower(self, parameter: document.Parameter) -> Parameter:
        """One parameter or header."""
        known = self._lowered.get(parameter.place)
        if known is None:
            known = self._lowered[parameter.place] = self._lower(parameter)
        return known

    def headers(self, headers: Iterable[document.Parameter]) -> tuple[Parameter, ...]:
        """The headers of a response or part, without those that a media type already says."""
        kept = [header for header in headers if header.name.lower() != "content-type"]
        return tuple(self.lower(header) for header in kept)

    def of_operation(
        self, operation: document.Operation, item: document.PathItem, template: Template, *, webhook: bool
    ) -> tuple[Parameter, ...]:
        """The parameters of an operation and its path, with those that only the path template names."""
        found: dict[tuple[str, str], Parameter] = {}
        own = self._unique(operation.parameters)
        shared = {key: value for key, value in self._unique(item.parameters).items() if key not in own}
        for key, parameter in (*shared.items(), *own.items()):
            if parameter.location == "header" and parameter.name.lower() in _IGNORED:
                message = f"the header parameter {parameter.name!r} is ignored, as OpenAPI says"
                self._report.add(Code.PARAMETER_IGNORED, message, parameter.place)
                continue
            lowered = self.lower(parameter)
            if parameter.location == "path" and parameter.name not in template.names and not webhook:
                bound = template.bound.get(parameter.name)
                if bound is None:
                    message = f"the path parameter {parameter.name!r} does not stand in the path {item.path!r}"
                    self._report.add(Code.PATH_PARAMETER_UNUSED, message, parameter.place)
                    continue
                lowered = _as_query(lowered, bound)
            found[key] = lowered
        self._check_query_string(found)
        self._undeclared(found, operation, template)
        # Path parameters in the order of the path; the rest as declared.
        in_path = [found[name, "path"] for name in template.names]
        return (*in_path, *(parameter for parameter in found.values() if parameter.location != "path"))

    def _unique(self, parameters: Iterable[document.Parameter]) -> dict[tuple[str, str], document.Parameter]:
        found: dict[tuple[str, str], document.Parameter] = {}
        for parameter in parameters:
            key = (parameter.name, parameter.location)
            if key in found:
                if self._schemas.reader.scope.differ(found[key].place, parameter.place):
                    message = f"the {parameter.location} parameter {parameter.name!r} is declared twice"
                    self._report.add(Code.PARAMETER_REPEATED, message, parameter.place)
                continue
            found[key] = parameter
        return found

    def _check_query_string(self, found: dict[tuple[str, str], Parameter]) -> None:
        """A parameter for the whole query string leaves no room for others."""
        whole = [parameter for parameter in found.values() if parameter.location == "querystring"]
        beside = any(parameter.location == "query" for parameter in found.values())
        for parameter in whole:
            if beside or len(whole) > 1 or not parameter.media:
                message = (
                    f"the querystring parameter {parameter.wire!r} must have content, and be the only one in the query"
                )
                self._report.add(Code.QUERY_STRING, message, parameter.source)

    def _undeclared(
        self, found: dict[tuple[str, str], Parameter], operation: document.Operation, template: Template
    ) -> None:
        names = {name for name, location in found if location in ("path", "query")}
        for name in template.names:
            if (name, "path") not in found:
                message = f"the path names {name!r}, which is not declared; it is taken as a string"
                self._report.add(Code.PATH_PARAMETER_UNDECLARED, message, operation.place)
                found[name, "path"] = _plain(name, "path", operation.place)
        for name, wire in template.bound.items():
            if name not in names and wire not in names:
                message = f"the path names {name!r}, which is not declared; it is taken as a string"
                self._report.add(Code.PATH_PARAMETER_UNDECLARED, message, operation.place)
                found[wire, "query"] = _plain(wire, "query", operation.place)

    def _lower(self, parameter: document.Parameter) -> Parameter:
        location = parameter.location
        if location in ("header", "cookie") and not _TOKEN.match(parameter.name):
            message = f"the {location} name {parameter.name!r} cannot be sent over HTTP"
            self._report.add(Code.HEADER_NAME, message, parameter.place)
        style = parameter.style or _STYLES[location][0]
        if style not in _STYLES[location]:
            message = f"style {style!r} does not exist for a {location} parameter; {_STYLES[location][0]!r} is used"
            self._report.add(Code.STYLE, message, child(parameter.place, "style"))
            style = _STYLES[location][0]
        explode = parameter.explode
        if explode is None:
            explode = style in ("form", "cookie", "deepObject")
        required = parameter.required or location == "path"
        schema, media = parameter.schema, ""
        if parameter.content:
            media = parameter.content[0].media
            schema = parameter.content[0].schema
            if len(parameter.content) > 1:
                message = f"a parameter has one media type; {media!r} is used"
                self._report.add(Code.WRONG_TYPE, message, child(parameter.place, "content"))
        if schema is None and not parameter.content:
            message = f"the parameter {parameter.name!r} has no schema; it is taken as a string"
            self._report.add(Code.MISSING, message, parameter.place)
        kind = Scalar(ScalarKind.STRING) if schema is None and not media else AnyType()
        return Parameter(
            wire=parameter.name,
            location=location,
            type=kind if schema is None else self._schemas.type(schema),
            style=style,
            explode=explode,
            presence=Presence.REQUIRED if required else Presence.OPTIONAL,
            allow_reserved=parameter.allow_reserved,
            allow_empty=parameter.allow_empty,
            media=media,
            doc=parameter.description or ("" if schema is None else spoken(schema.doc, parameter.name)),
            default=UNSET if schema is None else default_of(self._schemas, schema),
            deprecated=parameter.deprecated or (schema is not None and schema.deprecated),
            source=parameter.place,
        )


def _plain(name: str, location: str, place: str) -> Parameter:
    """A required string parameter that the document does not declare."""
    style = _STYLES[location][0]
    return Parameter(name, location, Scalar(ScalarKind.STRING), style, style == "form", Presence.REQUIRED, source=place)


def _as_query(parameter: Parameter, wire: str) -> Parameter:
    """A path parameter that stands in the query part of the path."""
    return Parameter(
        wire, "query", parameter.type, "form", explode=True, presence=Presence.REQUIRED, doc=parameter.doc,
        default=parameter.default, deprecated=parameter.deprecated, source=parameter.source,
    )  # fmt: skip
