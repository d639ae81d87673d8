"""Objects that keep members beside those that the spec names: `additionalProperties` and `patternProperties`.

msgspec drops members that a Struct does not have, so these classes are custom types for it: the hooks give the known
members to a private Struct and keep the others in `additional_properties`.
"""

from __future__ import annotations

import copy
import re
from functools import partial
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec import NODEFAULT, UNSET

from .narrowing import is_object
from .patterns import LONGEST_NAME, safe_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "ADDITIONAL",
    "OpenModel",
    "convert_open",
    "encode_open",
    "is_open",
    "member_types",
    "members_of",
    "no_members",
    "replace",
]

ADDITIONAL = "additional_properties"
"""The field with the members that are not declared. Generated fields never have this name."""
_PLAN = "__open_plan__"
# expressions as text: `re` compiles and keeps them on first use, which many a program never comes to
_REFUSED = r'["\\\x00-\x1f]'
_STEP = r"[A-Za-z0-9_.$-]{1,100}"
_CLASS_VARIABLE = r"(?:\w+\.)?ClassVar\b"
_FIELD: type[object] = type(cast("object", msgspec.field()))
_missing: object = object()
_no_names: Mapping[str, str] = {}


def no_members() -> dict[str, Any]:
    """Give an empty dict: the default of `additional_properties`, with a type that checkers fit to the field's."""
    return {}


class _Field:
    """One declared member: its default, a factory of it, or neither if it is required."""

    __slots__ = ("alias", "default", "factory", "name", "wire")

    def __init__(self, name: str, wire: str, default: object) -> None:
        self.name = name
        self.wire = wire
        self.alias = re.sub(_REFUSED, "?", wire)  # what msgspec takes as a name, for its messages too
        self.factory: Callable[[], object] | None = None
        self.default = default
        if isinstance(default, _FIELD):
            given = cast("Any", default)
            self.factory = None if given.default_factory is NODEFAULT else given.default_factory
            self.default = _missing if given.default is NODEFAULT else given.default
        elif isinstance(default, list | dict | set):
            self.factory = partial(copy.copy, cast("object", default))

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is _missing and self.factory is None

    def value(self) -> object:
        """Give a default."""
        return self.factory() if self.factory is not None else self.default


class _Plan:
    """What is known of one class; the types are resolved on first use, so that they may name later ones."""

    def __init__(
        self,
        kind: type[OpenModel],
        fields: dict[str, _Field],
        patterns: tuple[tuple[str, Callable[[], object]], ...],
        additional: Callable[[], object] | None,
        *,
        closed: bool,
    ) -> None:
        self.kind = kind
        self.fields = fields
        self.declared = tuple(field for name, field in fields.items() if name != ADDITIONAL)
        self.by_wire = {field.wire: field for field in self.declared}
        taken: set[str] = set()
        for field in self.declared:
            while field.alias in taken:
                field.alias += "?"
            taken.add(field.alias)
        self.patterns = patterns
        self.additional = additional
        self.closed = closed
        self._struct: type[msgspec.Struct] | None = None
        self._types: dict[str, object] | None = None
        self._rest: tuple[list[tuple[re.Pattern[str], object]], object] | None = None

    def types(self) -> dict[str, object]:
        """Give the types of the fields by their Python names."""
        if self._types is None:
            hints = get_type_hints(self.kind, include_extras=True)
            self._types = {name: hints[name] for name in self.fields}
        return self._types

    def struct(self) -> type[msgspec.Struct]:
        """Give the private Struct of the declared members; all that is not required is UNSET by default."""
        if self._struct is None:
            types = cast("dict[str, Any]", self.types())
            self._struct = msgspec.defstruct(
                self.kind.__name__,
                [
                    (field.name, types[field.name])
                    if field.required
                    else (field.name, types[field.name], cast("Any", UNSET))
                    for field in self.declared
                ],
                kw_only=True,
                rename={field.name: field.alias for field in self.declared if field.alias != field.name} or None,
                module=self.kind.__module__,
            )
        return self._struct

    def rest(self) -> tuple[list[tuple[re.Pattern[str], object]], object]:
        """Give the patterns that are applied with their types, and the type of names that none of them matches."""
        if self._rest is None:
            applied: list[tuple[re.Pattern[str], object]] = []
            unsafe = False
            for text, kind in self.patterns:
                pattern = safe_pattern(text)
                unsafe = unsafe or pattern is None
                if pattern is not None:
                    applied.append((pattern, kind()))
            other: object = Any
            if not unsafe:
                other = _member_type(self.types().get(ADDITIONAL)) if self.additional is None else self.additional()
            self._rest = applied, other
        return self._rest

    def type_of(self, name: str) -> object:
        """Give the type of a member that is not declared; `_missing` where the class takes no such name."""
        applied, other = self.rest()
        if len(name) <= LONGEST_NAME:
            for pattern, kind in applied:
                if pattern.search(name) is not None:
                    return kind
        elif applied:
            return Any
        return _missing if self.closed and other is not Any else other


def _member_type(kind: object) -> object:
    arguments = get_args(kind)
    return arguments[-1] if get_origin(kind) is dict and arguments else Any


class _OpenType(type):
    """Gives every class slots for its fields; their defaults go to `__init__`."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, object], **keywords: object) -> _OpenType:
        notes = cast("dict[str, str]", namespace.get("__annotations__", {}))
        own = [field for field, note in notes.items() if re.match(_CLASS_VARIABLE, str(note)) is None]
        if bases:
            namespace["__open_defaults__"] = {field: namespace.pop(field, _missing) for field in own}
            namespace["__slots__"] = tuple(own)
        return super().__new__(mcs, name, bases, namespace, **keywords)


@dataclass_transform(kw_only_default=True, eq_default=True, field_specifiers=(msgspec.field,))
class OpenModel(metaclass=_OpenType):
    """Base of generated types with undeclared members. All fields are given by keyword.

    A subclass declares `additional_properties: dict[str, X] = field(default_factory=no_members)` among its fields.

    Class keywords:
        rename: wire names by field names; any text is allowed.
        patterns: pairs of a regular expression and a function that gives a type, for the names of undeclared members.
            The first that is found in a name gives its type. Expressions that could take long are not applied: then
            every name that no other matches has any type.
        additional: gives the type of names that no pattern matches; by default the values' type of
            `additional_properties`.
        closed: names that no pattern matches are left out when read and refused when written.
    """

    __slots__ = ()
    __open_defaults__: ClassVar[dict[str, object]] = {}

    def __init_subclass__(
        cls,
        *,
        kw_only: bool = True,
        rename: Mapping[str, str] | None = None,
        patterns: tuple[tuple[str, Callable[[], object]], ...] | None = None,
        additional: Callable[[], object] | None = None,
        closed: bool | None = None,
    ) -> None:
        super().__init_subclass__()
        if not kw_only:
            raise TypeError("the fields of an OpenModel are given by keyword")
        before = cast("_Plan | None", getattr(cls, _PLAN, None))
        names = _no_names if rename is None else rename
        fields: dict[str, _Field] = {} if before is None else dict(before.fields)
        for name, default in cls.__open_defaults__.items() if "__open_defaults__" in vars(cls) else ():
            fields[name] = _Field(name, names.get(name, name), default)
        plan = _Plan(
            cls,
            fields,
            patterns if patterns is not None else () if before is None else before.patterns,
            additional if additional is not None else None if before is None else before.additional,
            closed=closed if closed is not None else before is not None and before.closed,
        )
        setattr(cls, _PLAN, plan)

    def __init__(self, **members: object) -> None:
        for name, field in _plan(type(self)).fields.items():
            value = members.pop(name, _missing)
            if value is _missing:
                if field.required:
                    raise TypeError(f"{type(self).__name__} needs the argument {name!r}")
                value = field.value()
            setattr(self, name, value)
        if members:
            raise TypeError(f"{type(self).__name__} has no field {next(iter(members))!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _plan(type(self)).fields)

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in _plan(type(self)).fields)
        return f"{type(self).__name__}({', '.join(shown)})"

    def __replace__(self, **changes: object) -> OpenModel:
        members: dict[str, object] = {name: getattr(self, name) for name in _plan(type(self)).fields}
        return type(self)(**{**members, **changes})


M = TypeVar("M", bound=OpenModel | msgspec.Struct)


def replace(model: M, /, **changes: object) -> M:
    """Give a copy of a model, open or not, that differs in what is given; raises TypeError for unknown fields."""
    if isinstance(model, msgspec.Struct):
        return msgspec.structs.replace(model, **changes)
    return cast("M", model.__replace__(**changes))


def _plan(kind: type[OpenModel]) -> _Plan:
    return cast("_Plan", getattr(kind, _PLAN))


def is_open(kind: object) -> bool:
    """Say whether a type is an OpenModel's."""
    return isinstance(kind, _OpenType)


def convert_open(
    kind: type[OpenModel], value: object, *, strict: bool, hook: Callable[[type, object], object]
) -> OpenModel:
    """Convert a dict of plain Python types; raises ValueError, whose text ends in the path of what does not fit."""
    if isinstance(value, kind):
        return value
    if not is_object(value):
        raise ValueError(f"Expected `object`, got `{_json_name(value)}`")
    plan = _plan(kind)
    known: dict[str, object] = {}
    rest: dict[str, object] = {}
    for name, item in value.items():
        field = plan.by_wire.get(name)
        if field is None:
            rest[name] = item
        else:
            known[field.alias] = item
    try:
        found = msgspec.convert(known, plan.struct(), strict=strict, dec_hook=hook)
    except msgspec.ValidationError as error:
        # msgspec appends the outer path to the text of a ValueError, and loses it for a ValidationError
        raise ValueError(str(error)) from None
    made = kind.__new__(kind)
    for field in plan.declared:
        given: object = getattr(found, field.name)
        absent = given is UNSET and not field.required
        setattr(made, field.name, field.value() if absent else given)
    if ADDITIONAL in plan.fields:
        setattr(made, ADDITIONAL, _converted_rest(plan, rest, strict=strict, hook=hook))
    return made


def _converted_rest(
    plan: _Plan, rest: dict[str, object], *, strict: bool, hook: Callable[[type, object], object]
) -> dict[str, object]:
    applied, other = plan.rest()
    if not applied and other is Any:
        return rest
    found: dict[str, object] = {}
    for name, item in rest.items():
        kind = plan.type_of(name)
        if kind is _missing:
            continue
        try:
            found[name] = (
                item if kind is Any else msgspec.convert(item, cast("Any", kind), strict=strict, dec_hook=hook)
            )
        except msgspec.ValidationError as error:
            raise ValueError(f"{error} - at `${_step(name)}`") from None
    return found


def _step(name: str) -> str:
    """Write a member's name as a step of a JSON path."""
    if re.fullmatch(_STEP, name) is not None:
        return f".{name}"
    return f"[{ascii(name[:100]).replace('`', '?')}]"


def _json_name(value: object) -> str:
    names: dict[type, str] = {list: "array", str: "str", bool: "bool", int: "int", float: "float", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def encode_open(model: OpenModel) -> dict[str, object]:
    """Give the members by wire name; raises ValueError for an undeclared one that has the name of a declared one."""
    return dict(members_of(model))


def members_of(model: object) -> Iterator[tuple[str, object]]:
    """Give wire names and values of a model, open or not, or of a dict; what is UNSET is left out."""
    if isinstance(model, msgspec.Struct):
        for name, wire in zip(model.__struct_fields__, model.__struct_encode_fields__, strict=True):
            value: object = getattr(model, name)
            if value is not UNSET:
                yield wire, value
    elif isinstance(model, OpenModel):
        yield from _open_members(model)
    elif is_object(model):
        for name, value in model.items():
            if value is not UNSET:
                yield name, value
    else:
        raise TypeError(f"a model or a dict is needed, not {type(model).__name__}")


def _open_members(model: OpenModel) -> Iterator[tuple[str, object]]:
    plan = _plan(type(model))
    for field in plan.declared:
        value: object = getattr(model, field.name)
        if value is not UNSET:
            yield field.wire, value
    rest = cast("dict[str, object]", getattr(model, ADDITIONAL, {}))
    for name, value in rest.items():
        if name in plan.by_wire:
            raise ValueError(f"the additional property {name!r} is the declared field {plan.by_wire[name].name!r}")
        if plan.closed and plan.type_of(name) is _missing:
            raise ValueError(f"{type(model).__name__} takes no additional property {name[:100]!r}")
        if value is not UNSET:
            yield name, value


def member_types(kind: object) -> Callable[[str], object]:
    """Give a function from a member's wire name to its type, None where the type says nothing of it."""
    if isinstance(kind, _OpenType):
        plan = _plan(cast("type[OpenModel]", kind))
        types = plan.types()
        declared = {field.wire: types[field.name] for field in plan.declared}

        def find(name: str) -> object:
            found = declared[name] if name in declared else plan.type_of(name)
            return None if found is _missing else found

        return find
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}.get
    if get_origin(kind) is dict:
        return lambda _: get_args(kind)[-1]
    return lambda _: None
