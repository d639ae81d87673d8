"""Keywords of schemas that only validate, which no model carries, compared as they are written."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from specbind.generator.codes import Code

from .findings import Site
from .owners import Owners
from .rules import Flow, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from specbind.generator.diagnostics import Diagnostics

    from .findings import Node
    from .shapes import Definitions
    from .types import TypeComparison

__all__ = ["compare_keywords"]

_SILENT = frozenset(("xml",))  # it says how a value is written, and XML is text
_PARTS_OF_ONE = re.compile(r"/allOf/\d+")
_NUMBERED = re.compile(r"/\d+(?=/|$)")
_CAME = (
    Rule.OPERATION_ADDED,
    Rule.PARAMETER_ADDED,
    Rule.PARAMETER_ADDED_REQUIRED,
    Rule.BODY_ADDED,
    Rule.BODY_ADDED_REQUIRED,
    Rule.ANSWER_ADDED,
    Rule.ANSWER_STATED,
    Rule.ERROR_ADDED,
    Rule.FIELD_ADDED,
    Rule.FIELD_ADDED_REQUIRED,
    Rule.DEFINITION_ADDED,
)
_WENT = (
    Rule.OPERATION_REMOVED,
    Rule.PARAMETER_REMOVED,
    Rule.BODY_REMOVED,
    Rule.ANSWER_REMOVED,
    Rule.ERROR_REMOVED,
    Rule.FIELD_REMOVED,
    Rule.FIELD_REFUSED,
    Rule.DEFINITION_REMOVED,
)
_UNPAIRED = (
    "keywords that only validate (SB208) stand in another file, or where the other document has no schema that answers "
    "to theirs; they are not compared: look at those by eye"
)


class _Keyword(NamedTuple):
    """A keyword: where it stands, whose it is, its way from there without what only numbers it, and its value."""

    pointer: str
    anchor: str
    path: str
    name: str
    value: str

    @property
    def said(self) -> tuple[str, str]:
        return self.name, self.value

    @property
    def schema(self) -> str:
        """Its schema's way from its owner; parts of an `allOf` are the owner itself."""
        return _PARTS_OF_ONE.sub("", self.pointer[len(self.anchor) :].rpartition("/")[0])


class _Side(NamedTuple):
    """What one document has."""

    found: Diagnostics
    users: Mapping[str, dict[Node, None]]
    moved: set[str]  # places that only this document has, and which are named as such

    def stands_alone(self, pointer: str, within: str = "") -> bool:
        """Whether something between an owner and what stands below it came or went."""
        place = pointer
        while len(place) > len(within) and place:
            if place in self.moved:
                return True
            place = place.rpartition("/")[0]
        return False


def compare_keywords(types: TypeComparison, old: Diagnostics, new: Diagnostics, *, same: bool) -> None:
    """Compare the keywords that the readers of two documents have passed over (SB208).

    They are paired by what was compared: members by their names, parameters by theirs, types by the places that use
    them. Nobody can tell whether a changed one is tighter, so it counts as that. `same` says that the documents are
    equal, whatever could not be paired.
    """
    owners = Owners(types.places)
    log = types.log
    before = _Side(old, _users(types, types.old, 0), log.places(_WENT, removed=True))
    after = _Side(new, _users(types, types.new, 1), log.places(_CAME, removed=False))
    was, lost = _by_owner(owners.old, before)
    is_, strange = _by_owner(owners.new, after)
    unpaired = lost or strange
    for owner in dict.fromkeys((*was, *is_)):
        gone, come = _left(was.get(owner, []), is_.get(owner, []), moved=owners.several(owner))
        earlier = {(keyword.path, keyword.name) for keyword in gone}
        changed = {(keyword.path, keyword.name) for keyword in come} & earlier
        for keyword in come:
            if (keyword.path, keyword.name) in changed:
                _report(types, after, keyword, Rule.VALIDATION_CHANGED, "has changed")
            elif owners.answers(owner, keyword.schema, old, side=0):
                _report(types, after, keyword, Rule.VALIDATION_CHANGED, "is new")
            else:
                unpaired = True
        for keyword in gone:
            if (keyword.path, keyword.name) in changed:
                continue
            if owners.answers(owner, keyword.schema, new, side=1):
                _report(types, before, keyword, Rule.VALIDATION_DROPPED, "is gone")
            else:
                unpaired = True
    if unpaired and not same:
        log.add(Rule.UNSEEN, Site(("", "", Flow.SENT), "", "#", "#"), _UNPAIRED)


def _by_owner(owners: Mapping[str, int], side: _Side) -> tuple[dict[int, list[_Keyword]], bool]:
    """The keywords of each owner, and whether any has none that the other document knows."""
    known: dict[int, list[_Keyword]] = {}
    lost = False
    for item in side.found:
        if item.code != str(Code.NOT_CARRIED) or not item.message.startswith("the keyword "):
            continue
        pointer = item.place.pointer
        schema, _, name = pointer.rpartition("/")
        if name in _SILENT:
            continue
        if item.place.file != side.found.file or not side.found.holds(pointer):
            lost = True
            continue
        anchor = schema
        while anchor and anchor not in owners:
            anchor = anchor.rpartition("/")[0]
        if side.stands_alone(schema, anchor):
            continue  # the schema itself came or went, which is said where it stands
        if not anchor:
            lost = True
            continue
        path = _NUMBERED.sub("/*", schema[len(anchor) :])
        keyword = _Keyword(pointer, anchor, path, name, _written(side.found.value(pointer)))
        known.setdefault(owners[anchor], []).append(keyword)
    return known, lost


def _left(old: list[_Keyword], new: list[_Keyword], *, moved: bool) -> tuple[list[_Keyword], list[_Keyword]]:
    """What of two owners' keywords has no equal in the other; anywhere, where one of them is written in two places."""

    def without(keywords: list[_Keyword], others: list[_Keyword]) -> Iterator[_Keyword]:
        equal = Counter((other.path, *other.said) for other in others)
        anywhere = {other.said for other in others} if moved else set[tuple[str, str]]()
        for keyword in keywords:
            key = (keyword.path, *keyword.said)
            equal[key] -= 1
            if equal[key] < 0 and keyword.said not in anywhere:
                yield keyword

    return list(without(old, new)), list(without(new, old))


def _report(types: TypeComparison, side: _Side, keyword: _Keyword, rule: Rule, change: str) -> None:
    place = pointer = keyword.pointer
    while place and place not in side.users:
        place = place.rpartition("/")[0]
    for node in side.users.get(
        place, [("", "", Flow.UNUSED)]
    ):  # where no operation leads to it, it is said all the same
        site = Site(node, node[1] if node[0] else "", pointer, pointer)
        removed = rule is Rule.VALIDATION_DROPPED
        types.log.add(rule, site, f"the keyword {keyword.name!r} {change}", removed=removed)


def _users(types: TypeComparison, definitions: Definitions, side: int) -> dict[str, dict[Node, None]]:
    """What was compared, and the operations, by where they stand in a document, 0 or 1."""
    users: dict[str, dict[Node, None]] = {}
    for place, nodes in types.places.items():
        users.setdefault(place[side], {}).update(nodes)
    for operation in definitions.operations:
        users.setdefault(operation.source, {})["", operation.id, Flow.SENT] = None
        users.setdefault(f"{operation.source}/responses", {})["", operation.id, Flow.RECEIVED] = None
    return users


def _written(value: object) -> str:
    """A value in one spelling; the document is JSON or YAML, and 1.0 is 1."""
    text = json.dumps(value, default=str)
    return json.dumps(json.loads(text, parse_float=_number), sort_keys=True)


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number
