"""Small parts that stand in several places of a document: servers, security requirements, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.source.pointer import child

from .cursor import Cursor, kind
from .document import Server, ServerVariable

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .cursor import Scope
    from .document import Requirement

__all__ = [
    "METHODS",
    "methods_of",
    "path_items",
    "read_members",
    "read_security",
    "read_server",
    "read_servers",
    "read_tags",
]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


def methods_of(item: Cursor, methods: tuple[str, ...] = METHODS) -> list[tuple[str, str, Json]]:
    """The operations of a path item: method, place, value. `GET` is `get`, and never beside it; null is absent."""
    stated = [(key, value) for key, value in item.members.items() if value is not None]
    found: list[tuple[str, str, Json]] = [
        (key, child(item.place, key), value) for key, value in stated if key in methods
    ]
    for key, value in stated:
        if key not in methods and key.lower() in methods and key.lower() not in item.members:
            place = child(item.place, key)
            item.scope.report.add(Code.UNKNOWN_MEMBER, f"{key!r} is read as {key.lower()!r}", place)
            found.append((key.lower(), place, value))
    return found


def read_members(cursor: Cursor, key: str) -> list[tuple[Json, str]]:
    """The items of an array. An object in its place is read as one with these items, if it holds objects only."""
    value = cursor.members.get(key)
    if isinstance(value, dict) and value and all(isinstance(item, dict) for item in value.values()):
        place = child(cursor.place, key)
        cursor.scope.report.add(Code.WRONG_TYPE, f"{key!r} must be an array, not an object", place)
        return [(item, child(place, name)) for name, item in value.items()]
    return cursor.sequence(key)


def path_items(root: Cursor, key: str) -> Cursor:
    """A map of path items. All that stands in something else is lost."""
    value = root.members.get(key)
    if value and not isinstance(value, dict):
        root.scope.report.add(Code.LEFT_OUT, f"{key!r} must be an object, not {kind(value)}", child(root.place, key))
        return Cursor(root.scope, {}, child(root.place, key))
    return root.mapping(key)


def read_servers(cursor: Cursor) -> tuple[Server, ...] | None:
    """The servers that an object names, None where it names none."""
    if not cursor.members.get("servers"):
        return None
    alone = cursor.members["servers"]
    stated = [(alone, child(cursor.place, "servers"))] if isinstance(alone, dict) else cursor.sequence("servers")
    found = [read_server(cursor.scope, value, place) for value, place in stated]
    return tuple(server for server in found if server is not None)


def read_server(scope: Scope, value: Json, place: str) -> Server | None:
    """One server."""
    server = scope.cursor(value, place, "a server")
    if server is None:
        return None
    server.known("url", "description", "variables", "name")
    variables = [
        ServerVariable(name, inner.text("default"), inner.texts("enum"), inner.text("description"))
        for name, member, at in server.mapping("variables").items_with_extensions()
        if (inner := scope.cursor(member, at, "a server variable")) is not None
    ]
    doc = server.text("description") or server.text("name")
    return Server(server.place, server.text("url"), doc, tuple(variables))


def read_security(cursor: Cursor) -> tuple[Requirement, ...] | None:
    """The security alternatives of an object, None where it says nothing."""
    if cursor.members.get("security") is None:
        return None
    alone = cursor.members["security"]
    stated = cursor.sequence("security") if isinstance(alone, list) else [(alone, child(cursor.place, "security"))]
    alternatives: list[Requirement] = []
    for given, place in stated:
        empty: list[Json] = []
        value: Json = {given: empty} if isinstance(given, str) else given
        if not isinstance(given, dict) or given is alone:
            message = f"security must be an array of objects, not {kind(given)}"
            cursor.scope.report.add(Code.WRONG_TYPE, message, place)
        if isinstance(value, dict):
            requirement = Cursor(cursor.scope, value, place)
            alternatives.append(tuple((name, requirement.texts(name)) for name in requirement.members))
    return tuple(alternatives) if alternatives or alone == [] else None


def read_tags(root: Cursor) -> dict[str, str]:
    """The descriptions of the tags, by name."""
    tags: dict[str, str] = {}
    for value, place in root.sequence("tags"):
        tag = root.scope.cursor(value, place, "a tag")
        if tag is not None:
            tags.setdefault(tag.text("name"), tag.text("description") or tag.text("summary"))
    return tags
