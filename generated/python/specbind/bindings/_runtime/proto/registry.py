"""Message types by full name: what google.protobuf.Any needs to know."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from msgspec.structs import replace

from ..lazy import REGISTERED
from .table import parse, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .extensions import Extension
    from .message import Message
    from .table import Field

    AnyExtension: TypeAlias = Extension[Any]

__all__ = ["WELL_KNOWN", "Registry", "find_type", "registry_of"]

_NAMED = frozenset({"message", "group", "enum", "closed"})


class Registry:
    """Finds message types by their full names, as `google.protobuf.Any` names them.

    The types of google.protobuf are always known. Types that stand in other registries are found through `others`.
    """

    def __init__(
        self,
        types: Iterable[type[Message]] = (),
        *,
        extensions: Iterable[AnyExtension] = (),
        others: Iterable[Registry] = (),
    ) -> None:
        self._types = {cls.__proto__[0]: cls for cls in types}
        self._places: dict[str, str] = {}
        self._package = ""
        self._extensions = {extension.name: extension for extension in extensions}
        self._extension_places: dict[str, dict[str, str]] = {}
        self._others = tuple(others)

    @classmethod
    def lazy(
        cls,
        package: str,
        places: Mapping[str, str],
        *,
        extensions: Mapping[str, Mapping[str, str]] | None = None,
        others: Iterable[Registry] = (),
    ) -> Registry:
        """Make a registry that imports a type when it is first asked for.

        Args:
            package: the package that the places are relative to.
            places: full name of a message to `.module:Class`.
            extensions: full name of an extended message to those that extend it: full name to `.module:CONSTANT`.
            others: registries that are asked for other names.
        """
        registry = cls(others=others)
        registry._package = package
        registry._places = dict(places)
        registry._extension_places = {name: dict(found) for name, found in (extensions or {}).items()}
        return registry

    def find(self, full_name: str) -> type[Message]:
        """Give the type with this full name.

        Raises:
            LookupError: it is not known here.
        """
        found = self._types.get(full_name)
        if found is None:
            place = self._places.get(full_name)
            if place is None:
                return self._elsewhere(full_name)
            module, _, name = place.partition(":")
            found = cast("type[Message]", getattr(import_module(module, self._package), name))
            self._types[full_name] = found
        return found

    def has(self, full_name: str) -> bool:
        """Whether it has a type of this name itself, not through `others`. Imports nothing."""
        return full_name in self._places or full_name in self._types

    def extensions_of(self, full_name: str) -> dict[str, AnyExtension]:
        """Give the extensions of a message type by their full names."""
        for name, place in self._extension_places.get(full_name, {}).items():
            if name not in self._extensions:
                module, _, constant = place.partition(":")
                self._extensions[name] = getattr(import_module(module, self._package), constant)
        found = {name: one for name, one in self._extensions.items() if one.extendee == full_name}
        for other in self._others:
            found = other.extensions_of(full_name) | found
        return found

    def _elsewhere(self, full_name: str) -> type[Message]:
        for other in self._others:
            try:
                return other.find(full_name)
            except LookupError:
                continue
        if self is not WELL_KNOWN:
            return WELL_KNOWN.find(full_name)
        raise LookupError(_unknown(full_name))


WELL_KNOWN = Registry.lazy(
    __package__ or "",
    {
        f"google.protobuf.{name}": f".wellknown:{name}"
        for name in (
            "Any BoolValue BytesValue DoubleValue Duration Empty FieldMask FloatValue Int32Value Int64Value ListValue "
            "StringValue Struct Timestamp UInt32Value UInt64Value Value"
        ).split()
    },
)
"""The messages of google.protobuf that `wellknown` has."""


def registry_of(cls: type[Message]) -> Registry:
    """Give the registry of the package that a class belongs to: `REGISTRY` of the package, or of one above it.

    Where there is none, that of google.protobuf.
    """
    package = cls.__module__
    while package:
        found: object = getattr(sys.modules.get(package), "REGISTRY", None)
        if isinstance(found, Registry):
            return found
        package = package.rpartition(".")[0]
    return WELL_KNOWN


def find_type(full_name: str) -> type[Message]:
    """Find a type by its name alone: in google.protobuf, then in the imported packages of this runtime.

    Where several packages have the same message, it is that of the one that was imported first.

    Raises:
        LookupError: none of them knows it, or two define it differently.
    """
    key = len(REGISTERED), full_name  # a package more may define a name differently
    found = _FOUND.get(key)
    if found is None:
        found = _FOUND[key] = _only(full_name)
    return found


_FOUND: dict[tuple[int, str], type[Message]] = {}


def _only(full_name: str) -> type[Message]:
    if WELL_KNOWN.has(full_name):
        return WELL_KNOWN.find(full_name)
    chosen: tuple[str, type[Message]] | None = None
    for package in list(REGISTERED):  # another thread may be importing one
        registry: Registry = import_module(package).REGISTRY
        if not registry.has(full_name):
            continue
        found = registry.find(full_name)
        if chosen is None:
            chosen = package, found
        elif not _alike(chosen[1], found, set()):
            message = (
                f"{full_name[:200]} is defined differently by {chosen[0]} and {package}; say which is meant by "
                f"`registry=`, as registry={chosen[0].rpartition('.')[2]}.REGISTRY"
            )
            raise LookupError(message)
    if chosen is None:
        raise LookupError(_unknown(full_name))
    return chosen[1]


def _alike(one: type[Message], other: type[Message], seen: set[tuple[object, object]]) -> bool:
    """Whether two types read the same bytes as the same fields, down to the messages in them."""
    if one is other or (one, other) in seen:
        return True
    seen.add((one, other))
    ours, theirs = parse(one.__proto__), parse(other.__proto__)
    if one.__proto__[0] != other.__proto__[0] or list(map(_bare, ours)) != list(map(_bare, theirs)):
        return False
    return all(
        _alike(inner, outer, seen)
        for mine, yours in zip(ours, theirs, strict=True)
        for inner, outer in zip(_types(one, mine), _types(other, yours), strict=True)
    )


def _bare(field: Field) -> Field:
    """A field without where its type stands, which differs from package to package."""
    named = field.kind in _NAMED
    value = None if field.value is None else _bare(field.value)
    return replace(field, reference="" if named else field.reference, value=value)


def _types(owner: type[Message], field: Field) -> list[type[Message]]:
    """The message type of a field, if it has one."""
    inner = field.value or field
    return [cast("type[Message]", resolve(owner, inner.reference))] if inner.kind in {"message", "group"} else []


def _unknown(full_name: str) -> str:
    return f"the message type {full_name[:200]!r} is not in the registry"
