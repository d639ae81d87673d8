"""Unions that msgspec refuses: several objects without a common tag, a discriminator that is a field, mixed shapes."""

from __future__ import annotations

import types
import typing
from collections import abc
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

import msgspec

from .int_text import Int64Text
from .narrowing import is_object
from .open_model import OpenModel, member_types

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ShapedUnion", "UnknownVariant", "Variant", "convert_union", "is_union", "json_kinds"]

_OBJECT, _ARRAY, _STRING, _NUMBER, _BOOLEAN, _NULL = "object", "array", "string", "number", "boolean", "null"
_ALL = frozenset({_OBJECT, _ARRAY, _STRING, _NUMBER, _BOOLEAN, _NULL})
_SCALARS = frozenset({_NUMBER, _BOOLEAN, _NULL})
_KIND_OF_VALUE: dict[type, str] = {
    dict: _OBJECT,
    list: _ARRAY,
    tuple: _ARRAY,
    str: _STRING,
    int: _NUMBER,
    float: _NUMBER,
    bool: _BOOLEAN,
    type(None): _NULL,
}
_LONGEST_MESSAGE = 300
_no_kinds: frozenset[str] = frozenset()
_missing: object = object()


_outcomes: ContextVar[dict[tuple[int, ShapedUnion], tuple[object, object, str]] | None] = ContextVar(
    "outcomes", default=None
)
"""What the unions within the outermost union under way gave: a result, or what is wrong.

Each variant that is tried reads the values below it again. Without this memory that doubles with every level.
The value is kept with its outcome, so that its id stays its own.
"""


class UnknownVariant:
    """A member of a union whose discriminator the spec does not know. It is sent back as it came.

    Attributes:
        tag: the discriminator's value.
        value: the whole JSON value, in plain Python types.
    """

    __slots__ = ("tag", "value")

    def __init__(self, tag: str, value: object) -> None:
        self.tag = tag
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnknownVariant) and (self.tag, self.value) == (other.tag, other.value)

    __hash__ = None  # type: ignore[assignment]  # it holds a dict

    def __repr__(self) -> str:
        return f"UnknownVariant({self.tag!r}, {self.value!r})"


class Variant:
    """One member of a ShapedUnion.

    Args:
        type: the Python type.
        tags: discriminator values that select it.
        required: wire names that must be there.
        known: wire names that may be there.
    """

    __slots__ = ("_constants", "kinds", "known", "required", "tags", "type")

    def __init__(
        self, type: object, *, tags: Sequence[str] = (), required: Sequence[str] = (), known: Sequence[str] = ()
    ) -> None:
        self.type = type
        self.tags = tuple(tags)
        self.required = frozenset(required)
        self.known = frozenset(known) | self.required
        self.kinds = json_kinds(type)
        self._constants: dict[str, object] | None = None

    @property
    def name(self) -> str:
        """The type's name, for messages."""
        return getattr(self.type, "__name__", None) or str(self.type)

    def constants(self) -> dict[str, object]:
        """Give the members that have one declared value only, by wire name."""
        if self._constants is None:
            type_of = member_types(self.type)
            pairs = ((name, _constant(type_of(name))) for name in self.known)
            self._constants = {name: value for name, value in pairs if value is not _missing}
        return self._constants


class ShapedUnion(type):
    """A union as a class that msgspec takes for a custom type; the decode hook picks the variant.

    With a discriminator its value picks the variant, and an unknown one gives an UnknownVariant. Else, and where the
    discriminator is missing: the JSON kind, then the required members, then the most members of one declared value
    that have it, then the most known members; the first variant that converts wins.

    `isinstance(value, TheUnion)` says nothing: it is True for every value, because msgspec asks it of what the hook
    gave. Test for the variants instead.
    """

    _load: Callable[[], tuple[Variant, ...]]
    _variants: tuple[Variant, ...] | None
    _tags: dict[object, Variant]
    _discriminator: str

    def __new__(mcs, name: str, variants: Callable[[], tuple[Variant, ...]], *, discriminator: str = "") -> ShapedUnion:
        """Make the union `name`; `variants` is called on first use, so that it may name later types."""
        cls = super().__new__(mcs, name, (), {"__slots__": ()})
        cls._load = variants
        cls._variants = None
        cls._tags = {}
        cls._discriminator = discriminator
        return cls

    def __init__(cls, name: str, variants: Callable[[], tuple[Variant, ...]], *, discriminator: str = "") -> None:
        super().__init__(name, (), {})
        del variants, discriminator  # `__new__` took them

    def __instancecheck__(cls, instance: object) -> bool:
        return True  # msgspec checks what the hook gives back; the hook is the only judge

    def variants(cls) -> tuple[Variant, ...]:
        """Give the variants, in the order of the spec."""
        if cls._variants is None:
            cls._variants = cls._load()
            cls._tags = {tag: variant for variant in cls._variants for tag in variant.tags}
        return cls._variants

    def select(cls, value: object, *, strict: bool = True) -> Variant | UnknownVariant | list[Variant]:
        """Give the variant that the discriminator names, or the candidates by shape, best first.

        Where not `strict`, a text may stand for a number, a boolean or null, as in parameters.
        """
        variants = cls.variants()
        if cls._discriminator and is_object(value):
            tag = value.get(cls._discriminator)
            if isinstance(tag, str):
                return cls._tags.get(tag) or UnknownVariant(tag, value)
        return _by_shape(variants, value, strict=strict)


def is_union(kind: object) -> TypeGuard[ShapedUnion]:
    """Say whether a type is a ShapedUnion."""
    return type(kind) is ShapedUnion


def convert_union(union: ShapedUnion, value: object, *, strict: bool, hook: Callable[[type, object], object]) -> object:
    """Convert plain Python types to the variant that fits; raises ValueError with what each candidate said."""
    outcomes = _outcomes.get()
    if outcomes is None:
        before = _outcomes.set({})
        try:
            return _convert(union, value, strict=strict, hook=hook)
        finally:
            _outcomes.reset(before)
    key = (id(value), union)
    outcome = outcomes.get(key)
    if outcome is None:
        try:
            outcome = value, _convert(union, value, strict=strict, hook=hook), ""
        except ValueError as error:
            outcome = value, None, str(error) or "it does not fit"
        outcomes[key] = outcome
    _, result, problem = outcome
    if problem:
        raise ValueError(problem)
    return result


def _convert(union: ShapedUnion, value: object, *, strict: bool, hook: Callable[[type, object], object]) -> object:
    chosen = union.select(value, strict=strict)
    if isinstance(chosen, UnknownVariant):
        return chosen
    candidates = [chosen] if isinstance(chosen, Variant) else chosen
    said: list[str] = []
    for variant in candidates:
        try:
            return msgspec.convert(value, typing.cast("Any", variant.type), strict=strict, dec_hook=hook)
        except msgspec.ValidationError as error:
            if len(candidates) == 1:
                # msgspec appends the outer path to the text of a ValueError, and loses it for a ValidationError
                raise ValueError(str(error)) from None
            said.append(f"{variant.name}: {str(error)[:_LONGEST_MESSAGE]}")
    if not candidates:
        kinds = sorted({kind for variant in union.variants() for kind in variant.kinds})
        expected = " or ".join(kinds)
        raise ValueError(
            f"No variant of {union.__name__} fits: expected {expected}, got {_kind(value)}{_lacks(union, value)}"
        )
    raise ValueError(f"No variant of {union.__name__} fits ({'; '.join(said)})")


def _lacks(union: ShapedUnion, value: object) -> str:
    if not isinstance(value, dict):
        return ""
    wanted = [f"{v.name} requires {', '.join(sorted(v.required))}" for v in union.variants() if v.required]
    return f" without its required members ({'; '.join(wanted)})" if wanted else ""


def _kind(value: object) -> str:
    return _KIND_OF_VALUE.get(type(value), _STRING)


def _by_shape(variants: tuple[Variant, ...], value: object, *, strict: bool) -> list[Variant]:
    kind = _kind(value)
    candidates = [variant for variant in variants if kind in variant.kinds]
    if is_object(value):
        names = value.keys()
        candidates = [variant for variant in candidates if variant.required <= names]
        if len(candidates) > 1:
            candidates.sort(key=lambda variant: (-_agreement(variant, value), -len(variant.known & names)))
    elif kind == _STRING:
        candidates.sort(key=lambda variant: variant.type is str)  # a date or an enum is tried before plain text
        if not strict:
            candidates += [found for found in variants if found not in candidates and found.kinds & _SCALARS]
    elif kind == _NUMBER:
        candidates.sort(key=lambda variant: variant.type is not type(value))
    return candidates


def _agreement(variant: Variant, value: dict[str, object]) -> int:
    """Count the members of one declared value that have it."""
    return sum(name in value and value[name] == constant for name, constant in variant.constants().items())


def _constant(kind: object) -> object:
    """Give the one value that a type has, `_missing` for other types."""
    if get_origin(kind) is Annotated:
        return _constant(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        parts = [part for part in get_args(kind) if part not in {msgspec.UnsetType, type(None)}]
        return _constant(parts[0]) if len(parts) == 1 else _missing
    if get_origin(kind) is Literal:
        values = get_args(kind)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        values = tuple(member.value for member in kind)
    else:
        return _missing
    return values[0] if len(values) == 1 else _missing


def json_kinds(kind: Any) -> frozenset[str]:  # noqa: ANN401, C901 - a type expression; a row per kind
    """Give the JSON kinds that a type expression takes."""
    origin = get_origin(kind)
    if origin is Annotated:
        return json_kinds(get_args(kind)[0])
    if origin is Literal:
        return frozenset(_kind(value) for value in get_args(kind))
    if origin is Union or origin is types.UnionType:
        return _no_kinds.union(*(json_kinds(part) for part in get_args(kind) if part is not msgspec.UnsetType))
    if kind is None:
        return frozenset({_NULL})
    plain = origin if origin is not None else kind
    if is_union(plain):
        return _no_kinds.union(*(variant.kinds for variant in plain.variants()))
    if not isinstance(plain, type) or plain is object:
        return _ALL
    if issubclass(plain, Enum):
        return frozenset(_kind(member.value) for member in plain)
    if issubclass(plain, msgspec.Struct):
        return frozenset({_ARRAY if plain.__struct_config__.array_like else _OBJECT})
    for base, found in (
        (bool, _BOOLEAN),
        (Int64Text, _STRING),
        ((int, float), _NUMBER),
        (type(None), _NULL),
        ((str, bytes), _STRING),
        ((dict, abc.Mapping, OpenModel), _OBJECT),
        ((list, tuple, set, frozenset, abc.Sequence), _ARRAY),
    ):
        if issubclass(plain, base):
            return frozenset({found})
    return frozenset({_STRING})  # datetime, UUID, Decimal and the like
