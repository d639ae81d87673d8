"""Message types by full name: what google.protobuf.Any needs to know."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .extensions import Extension
    from .message import Message

    AnyExtension: TypeAlias = Extension[Any]

__all__ = ["WELL_KNOWN", "Registry", "find_type", "registry_of"]


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
        raise LookupError(f"the message type {full_name[:200]!r} is not in the registry")


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


def find_type(cls: type[Message], full_name: str) -> type[Message]:
    """Find a type as a message of this class would: by `registry_of`, then in the loaded packages beside the runtime.

    Several packages may share a runtime that stands in none of them, so that its own classes belong to no package.

    Raises:
        LookupError: none of them knows it.
    """
    try:
        return registry_of(cls).find(full_name)
    except LookupError:
        beside = f"{__name__.rpartition('._runtime.')[0]}."
        packages = sorted(name for name in sys.modules if name.startswith(beside) and "." not in name[len(beside) :])
        for name in packages:
            found: object = getattr(sys.modules.get(name), "REGISTRY", None)
            if isinstance(found, Registry):
                with suppress(LookupError):
                    return found.find(full_name)
        raise
