"""Types and definitions compared, through references, each pair once per flow."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from specbind.generator.ir.model import (
    Alias,
    AnyType,
    Enum,
    ListType,
    LiteralType,
    MapType,
    NeverType,
    NullableType,
    Object,
    Ref,
    Scalar,
    TupleType,
)

from .findings import Site
from .members import compare_enums, compare_objects
from .rules import Rule
from .scalars import constraint_changes, format_change, holds_value, json_words, number_change, same_value
from .shapes import Definitions
from .unions import compare_unions

if TYPE_CHECKING:
    from specbind.generator.ir.model import Api, Definition, Type

    from .findings import Log, Node

__all__ = ["TypeComparison"]


class TypeComparison:
    """Compares type expressions; the definitions that they lead to are compared by `run`, and only once."""

    def __init__(self, old: Api, new: Api, log: Log) -> None:
        self.old = Definitions(old)
        self.new = Definitions(new)
        self.log = log
        self._seen: set[Node] = set()
        self._queue: deque[Node] = deque()
        self._opened: dict[tuple[int, int, Node], tuple[Type, Type]] = {}
        self.places: dict[tuple[str, str], dict[Node, None]] = {}  # where in both documents things were compared
        self._expected: deque[tuple[Type, Type, Site]] = deque()  # no recursion: types nest as deep as a spec likes

    def compare(self, old: Type, new: Type, site: Site) -> None:
        """Have two type expressions at a place compared."""
        self._stand(site.old, site.new, site)
        if (
            isinstance(old, NullableType)
            and isinstance(new, NullableType)
            and self.old.shape(old.item).nullable == self.new.shape(new.item).nullable
        ):
            old, new = old.item, new.item  # names within are compared once, as names
        if isinstance(old, Ref) and isinstance(new, Ref) and old.id in self.old.by_id and new.id in self.new.by_id:
            self.pair(old.id, new.id, site)
        else:
            self._expected.append((old, new, site))

    def pair(self, old: str, new: str, site: Site) -> None:
        """Have two definitions compared, for the flow of the place that leads to them."""
        flow = site.node[2]
        node = (old, new, flow)
        self.log.leads(site.node, node)
        if node not in self._seen:
            self._seen.add(node)
            self._queue.append(node)

    def run(self) -> None:
        """Compare what is due, and all that it leads to."""
        while self._queue or self._expected:
            if self._expected:
                self._expressions(*self._expected.popleft())
            else:
                self._definitions(self._queue.popleft())

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The pairs of ids that were compared or are due, with the ways that their values go."""
        return tuple(self._seen)

    @property
    def compared(self) -> set[tuple[str, str]]:
        """The pairs of ids that were compared or are due."""
        return {(old, new) for old, new, _ in self._seen}

    def _definitions(self, node: Node) -> None:
        old, new = self.old.by_id[node[0]], self.new.by_id[node[1]]
        site = _site(node, old, new)
        self._stand(site.old, site.new, site)
        if old.id != new.id:
            self.log.add(Rule.TYPE_NAME, site._replace(label=new.id), f"was {old.id}")
        if old.deprecated != new.deprecated:
            self.log.add(Rule.DEPRECATED if new.deprecated else Rule.UNDEPRECATED, site, "the type")
        match old, new:
            case Object(), Object():
                compare_objects(self, old, new, site)
            case Enum(), Enum():
                compare_enums(self.log, old, new, site)
            case (Alias(), _) | (_, Alias()):
                self._expressions(_plain(old), _plain(new), site)
            case _:
                self.log.add(Rule.TYPE_CHANGED, site, f"was {self.words(Ref(old.id), 'old')}, is another kind of type")

    def _stand(self, old: str, new: str, site: Site) -> None:
        if old and new:  # what was not read from a document has no place
            self.places.setdefault((old, new), {})[site.node] = None

    def _met(self, old: Type, new: Type, site: Site) -> bool:
        """Whether a place met this pair behind an alias before; aliases may lead to themselves for ever."""
        if not self.old.opens(old) and not self.new.opens(new):
            return False
        key = (id(old), id(new), site.node)
        met = key in self._opened
        self._opened[key] = (old, new)  # kept, so that no other type gets the same id
        return met

    def _expressions(self, old: Type, new: Type, site: Site) -> None:
        if self._met(old, new, site):
            return
        for source in self.old.alias_sources(old):
            self._stand(source, site.new, site)
        for source in self.new.alias_sources(new):
            self._stand(site.old, source, site)
        before, after = self.old.shape(old), self.new.shape(new)
        if before.nullable != after.nullable and not isinstance(
            after.only if before.nullable else before.only, AnyType
        ):
            rule = Rule.NULL_ALLOWED if after.nullable else Rule.NULL_REFUSED
            self.log.add(rule, site, "null is a value now" if after.nullable else "null is no value any more")
        if before.only is not None and after.only is not None:
            self.plain(before.only, after.only, site)
        elif isinstance(before.only, AnyType) or isinstance(after.only, AnyType | NeverType):
            self._reshaped(old, new, site, widened=isinstance(after.only, AnyType))
        elif isinstance(before.only, NeverType):
            self._reshaped(old, new, site, widened=True)
        else:
            compare_unions(self, before, after, site)

    def plain(self, old: Type, new: Type, site: Site) -> None:
        """Compare two types that are no alias, no union and not nullable."""
        match old, new:
            case Ref(), Ref():
                self.pair(old.id, new.id, site)
            case Scalar(), Scalar():
                self._scalars(old, new, site)
            case (ListType(), ListType()):
                self.constraints(old, new, site)
                self.compare(old.item, new.item, site.inside("[]"))
            case (MapType(), MapType()):
                self.constraints(old, new, site)
                self.compare(old.value, new.value, site.inside("{}"))
            case TupleType(), TupleType():
                self._tuples(old, new, site)
            case (MapType(), Ref()) | (Ref(), MapType()):
                self._map_and_record(old, new, site)
            case LiteralType(), LiteralType() if same_value(old.value, new.value):
                pass
            case _ if type(old) is not type(new) or isinstance(old, LiteralType):
                self._forms(old, new, site)
            case _:
                pass  # any and any, never and never

    def constraints(
        self, old: Scalar | ListType | MapType | Object, new: Scalar | ListType | MapType | Object, site: Site
    ) -> None:
        """Compare what two types ask of their values."""
        for rule, words in constraint_changes(old.constraints, new.constraints):
            self.log.add(rule, site, words)

    def _scalars(self, old: Scalar, new: Scalar, site: Site) -> None:
        if old.scalar is not new.scalar:
            rule = number_change(old.scalar, new.scalar)
            self.log.add(rule, site, f"was {old.scalar.value}, is {new.scalar.value}")
            if rule is Rule.TYPE_CHANGED:
                return
        self._asked(old, new, site)

    def _asked(self, old: Scalar, new: Scalar, site: Site) -> None:
        """Compare formats and constraints. Known values count as any: they are not tried."""
        if (found := format_change(old.format, new.format)) is not None:
            self.log.add(found, site, f"format was {old.format or 'not stated'}, is {new.format or 'not stated'}")
        self.constraints(old, new, site)

    def _tuples(self, old: TupleType, new: TupleType, site: Site) -> None:
        if len(old.items) != len(new.items):
            self.log.add(Rule.TYPE_CHANGED, site, f"had {len(old.items)} positions, has {len(new.items)}")
        for number, (before, after) in enumerate(zip(old.items, new.items, strict=False)):
            self.compare(before, after, site.inside(f"[{number}]"))
        if old.rest is not None and new.rest is not None:
            self.compare(old.rest, new.rest, site.inside("[...]"))
        elif old.rest is not None or new.rest is not None:
            rule = Rule.TYPE_NARROWED if new.rest is None else Rule.TYPE_WIDENED
            self.log.add(rule, site, f"further items are {'refused' if new.rest is None else 'allowed'} now")

    def _map_and_record(self, old: Type, new: Type, site: Site) -> None:
        before, after = self._record(old, self.old), self._record(new, self.new)
        if before is None or after is None:
            self._forms(old, new, site)
            return
        self.log.add(Rule.GENERATED_FORM, site, f"was {self.words(old, 'old')}, is {self.words(new, 'new')}")
        compare_objects(self, before, after, site)

    def _record(self, type_: Type, definitions: Definitions) -> Object | None:
        if isinstance(type_, MapType):
            return Object("", (), additional=type_.value, constraints=type_.constraints)
        found = definitions.by_id[type_.id] if isinstance(type_, Ref) else None
        return found if isinstance(found, Object) else None

    def _forms(self, old: Type, new: Type, site: Site) -> None:
        before, after = self._leaf(old, self.old), self._leaf(new, self.new)
        if _fits(before, after):
            self._reshaped(old, new, site, widened=True)
            if isinstance(after, Scalar):
                self._asked(Scalar(after.scalar), after, site)
        elif _fits(after, before):
            self._reshaped(old, new, site, widened=False)
            if isinstance(before, Scalar) and format_change(before.format, "") is Rule.FORMAT_DROPPED:
                self._asked(before, Scalar(before.scalar, constraints=before.constraints), site)
        else:
            self.log.add(Rule.TYPE_CHANGED, site, f"was {self.words(old, 'old')}, is {self.words(new, 'new')}")

    def _reshaped(self, old: Type, new: Type, site: Site, *, widened: bool) -> None:
        rule = Rule.TYPE_WIDENED if widened else Rule.TYPE_NARROWED
        self.log.add(rule, site, f"was {self.words(old, 'old')}, is {self.words(new, 'new')}")

    def _leaf(self, type_: Type, definitions: Definitions) -> Type | Definition:
        return definitions.by_id.get(type_.id, type_) if isinstance(type_, Ref) else type_

    def words(self, type_: Type, side: str) -> str:
        """A type in a few words, for people."""
        match type_:
            case Scalar(scalar=kind):
                return kind.value
            case LiteralType(value=value):
                return f"the value {json_words(value)}"
            case Ref(id=name):
                found = (self.old if side == "old" else self.new).by_id.get(name)
                return f"{_KINDS.get(type(found), 'type')} {name}"
            case _:
                return type(type_).__name__.removesuffix("Type").lower()


_KINDS: dict[type | None, str] = {Object: "record", Enum: "enum", Alias: "type"}


def _site(node: Node, old: Definition, new: Definition) -> Site:
    label = new.id if new.id == old.id else f"{old.id}, now {new.id}"
    return Site(node, label, old.source, new.source)


def _plain(definition: Definition) -> Type:
    return definition.type if isinstance(definition, Alias) else Ref(definition.id)


def _fits(small: Type | Definition, large: Type | Definition) -> bool:
    """Whether every value of one form is of the other too."""
    if isinstance(large, AnyType) or isinstance(small, NeverType):
        return True
    if not isinstance(large, Scalar | LiteralType | Enum):
        return False
    if isinstance(small, LiteralType):
        return holds_value(large, small.value)
    return isinstance(small, Enum) and all(holds_value(large, found.value) for found in small.values)
