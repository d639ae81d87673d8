"""What the emulated server knows: entities by kind and id, as the JSON that it answers."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from specbind.bindings._runtime.server import Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["World", "page_of", "refusal"]

_START = datetime(2026, 1, 1, tzinfo=UTC)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda have, want: bool(have == want),
    "!=": lambda have, want: bool(have != want),
    "in": lambda have, want: have in want,
    ">": lambda have, want: bool(have > want),
    "<": lambda have, want: bool(have < want),
    ">=": lambda have, want: bool(have >= want),
    "<=": lambda have, want: bool(have <= want),
}
_PER_PAGE = 100
_MOST_PER_PAGE = 1000

Entity = dict[str, Any]


def refusal(status: int, error: str, details: object = None) -> Rejection:
    """An answer that says no, in the words of the server."""
    return Rejection(status, {"error": error, **({} if details is None else {"details": details})})


class World:
    """All entities. A fresh one has a team with a workspace.

    Attributes:
        team_id: the team.
        workspace_id: its workspace.
        stored: hashes of images whose bytes are there.
    """

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._ticks = itertools.count(1)
        self._kinds: dict[str, dict[int, Entity]] = {}
        self.stored: set[str] = set()
        self.team_id = self.add("team", {"name": "team", "role": "admin", "usage": {"plan": "enterprise"}})["id"]
        self.workspace_id = self.add("workspace", {"name": "workspace", "teamId": self.team_id})["id"]

    def now(self) -> str:
        """A time that is later than every one before."""
        return (_START + timedelta(seconds=next(self._ticks))).isoformat().replace("+00:00", ".000Z")

    def number(self) -> int:
        """An id that nothing has."""
        return next(self._ids)

    def add(self, kind: str, values: Mapping[str, Any]) -> Entity:
        """Make an entity."""
        time = self.now()
        entity: Entity = {"id": self.number(), "createdAt": time, "updatedAt": time, "createdBy": 1, **values}
        self._kinds.setdefault(kind, {})[entity["id"]] = entity
        return entity

    def get(self, kind: str, number: int) -> Entity:
        """An entity. Raises Rejection with 404 for an unknown one."""
        found = self._kinds.get(kind, {}).get(number)
        if found is None:
            raise refusal(404, f"{kind.capitalize()} not found", {"message": f"there is no {kind} {number}"})
        return found

    def find(self, kind: str, **members: object) -> list[Entity]:
        """Entities with these members."""
        return [
            entity
            for entity in self._kinds.get(kind, {}).values()
            if all(entity.get(name) == value for name, value in members.items())
        ]

    def remove(self, kind: str, number: int) -> None:
        """Forget an entity."""
        del self._kinds[kind][number]

    def touch(self, project_id: int) -> None:
        """Note that the content of a project has changed."""
        self.get("project", project_id)["updatedAt"] = self.now()


def page_of(entities: Iterable[Entity], asked: Mapping[str, Any]) -> Entity:
    """The page of a list that was asked for, with filters, order and number or token."""
    found = list(entities)
    conditions: list[Entity] = asked.get("filter") or []
    for condition in conditions:
        test = _OPERATORS.get(condition["operator"])
        if test is None:
            raise refusal(400, "Bad filter", {"message": f"no operator is called {condition['operator']}"})
        value: Any = frozenset(condition["value"]) if condition["operator"] == "in" else condition["value"]
        member: str = condition["field"]
        found = [entity for entity in found if test(entity.get(member), value)]
    order = asked.get("sort") or "id"
    found.sort(
        key=lambda entity: (entity.get(order) is None, entity.get(order)), reverse=asked.get("sort_order") == "desc"
    )
    size = min(max(1, asked.get("per_page") or _PER_PAGE), _MOST_PER_PAGE)
    by_token = asked.get("pagination_mode") == "token"
    start = int(asked.get("after") or 0) if by_token else (max(1, asked.get("page") or 1) - 1) * size
    page: Entity = {
        "total": len(found),
        "perPage": size,
        "pagesCount": -(-len(found) // size) or 1,
        "entities": found[start : start + size],
    }
    if by_token:
        page["after"] = str(start + size) if start + size < len(found) else None
    return page
