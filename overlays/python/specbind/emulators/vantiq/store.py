"""What a namespace holds: instances of system resources and records of types, without a schema."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from .answers import refusal
from .matching import ClauseError, chosen, matcher, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row: TypeAlias = dict[str, Any]

__all__ = ["Store"]

_KEYS = {"users": "username"}
_MOST_ROWS = 1_000_000


class Store:
    """One namespace.

    Args:
        namespace: its name.
    """

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self._rows: dict[str, dict[str, Row]] = {}

    def table(self, resource: str, *, custom: bool) -> dict[str, Row]:
        """The rows of a resource by `_id`; a type has to be declared before."""
        if custom and self.named("types", resource) is None:
            raise refusal(404, "io.vantiq.type.not.found", "The type {0} does not exist.", resource)
        return self._rows.setdefault(f"custom/{resource}" if custom else resource, {})

    def named(self, resource: str, name: str) -> Row | None:
        """An instance of a system resource by its name or `_id`."""
        rows = self._rows.get(resource, {})
        if name in rows:
            return rows[name]
        key = _KEYS.get(resource, "name")
        return next((row for row in rows.values() if row.get(key) == name), None)

    def one(self, resource: str, name: str, *, custom: bool) -> Row:
        """One row. A missing one is refused with 404."""
        if custom:
            rows, keys = self.table(resource, custom=True), self._keys(resource, custom=True)
            found = (each for each in rows.values() if len(keys) == 1 and each.get(keys[0]) == name)
            row = rows.get(name) or next(found, None)
        else:
            row = self.named(resource, name)
        if row is None:
            raise refusal(404, "io.vantiq.resource.not.found", "The {0} {1} does not exist.", resource, name)
        return row

    def select(
        self,
        resource: str,
        *,
        custom: bool,
        where: Mapping[str, Any],
        props: Sequence[str],
        sort: Mapping[str, int],
        limit: int,
        page: int,
    ) -> tuple[list[Row], int]:
        """Rows of one page, and how many there are in all."""
        rows = list(self.table(resource, custom=custom).values())
        try:
            if where:
                test = matcher(where)
                rows = [row for row in rows if test(row)]
            rows = ordered(rows, sort)
        except ClauseError as error:
            raise refusal(400, "io.vantiq.where.invalid", "The query is wrong: {0}", str(error)) from error
        total = len(rows)
        if limit > 0:
            rows = rows[(page - 1) * limit : page * limit]
        return ([chosen(row, props) for row in rows] if props else rows), total

    def insert(self, resource: str, body: object, *, custom: bool, user: str, upsert: bool) -> tuple[Row, bool]:
        """Add a row, or with `upsert` change the one with the same key. Gives it and whether it is new."""
        members = self.members(body)
        table = self.table(resource, custom=custom)
        keys = self._keys(resource, custom=custom)
        if upsert and not keys:
            raise refusal(400, "io.vantiq.upsert.no.key", "The type {0} has no natural key.", resource)
        whole = bool(keys) and all(members.get(key) is not None for key in keys)  # without its key it is like no other
        same = next((row for row in table.values() if whole and all(row.get(k) == members[k] for k in keys)), None)
        if same is not None:
            if not upsert:
                raise refusal(400, "io.vantiq.duplicate", "The {0} {1} exists already.", resource, members.get(keys[0]))
            return self.change(same, members, user), False
        if not custom and not all(isinstance(members.get(key), str) and members[key] for key in keys):
            raise refusal(400, "io.vantiq.property.required", "The property {0} is required.", keys[0])
        if len(table) >= _MOST_ROWS:
            raise refusal(400, "io.vantiq.quota", "{0} holds {1} rows at most.", resource, _MOST_ROWS)
        own = members.get("_id")
        if own is not None and (not isinstance(own, str) or not own or own in table):
            raise refusal(400, "io.vantiq.id.invalid", "An _id is a text of its own, not {0}.", own)
        members = {name: value for name, value in members.items() if name != "_id" or value is not None}
        row: Row = {
            "_id": uuid.uuid4().hex[:24],
            **members,
            "ars_namespace": self.namespace,
            "ars_version": 1,
            "ars_createdAt": _now(),
            "ars_createdBy": user,
        }
        table[row["_id"]] = row
        return row, True

    def change(self, row: Row, members: Row, user: str) -> Row:
        """Change members of a row, and give only what has changed."""
        changes: Row = {name: value for name, value in members.items() if name != "_id"}
        changes |= {"ars_modifiedAt": _now(), "ars_modifiedBy": user, "ars_version": row.get("ars_version", 0) + 1}
        row |= changes
        return {"_id": row["_id"], **changes}

    def delete(self, resource: str, rows: Sequence[Row], *, custom: bool) -> None:
        """Delete rows."""
        table = self.table(resource, custom=custom)
        for row in rows:
            table.pop(row["_id"], None)
            if resource == "types" and not custom:
                self._rows.pop(f"custom/{row.get('name')}", None)

    def _keys(self, resource: str, *, custom: bool) -> list[str]:
        if not custom:
            return [_KEYS.get(resource, "name")]
        declared = self.named("types", resource) or {}
        keys = declared.get("naturalKey")
        known = cast("list[object]", keys) if isinstance(keys, list) else []
        return [key for key in known if isinstance(key, str)]

    @staticmethod
    def members(body: object) -> Row:
        """The members of an instance. What is no object is refused."""
        if not isinstance(body, dict):
            raise refusal(400, "io.vantiq.instance.invalid", "An instance is a JSON object.")
        return dict(cast("Row", body))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
