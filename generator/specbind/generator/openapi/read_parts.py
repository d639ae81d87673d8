"""Small parts that stand in several places of a document: servers, security requirements, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code

from .cursor import Cursor, kind
from .document import Server, ServerVariable

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .cursor import Scope
    from .document import Requirement

__all__ = ["METHODS", "read_security", "read_server", "read_servers", "read_tags"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


def read_servers(cursor: Cursor) -> tuple[Server, ...] | None:
    """The servers that an object names, None where it names none."""
    if not cursor.members.get("servers"):
        return None
    found = [read_server(cursor.scope, value, place) for value, place in cursor.sequence("servers")]
    return tuple(server for server in found if server is not None)


def read_server(scope: Scope, value: Json, place: str) -> Server | None:
    """One server."""
    server = scope.cursor(value, place, "a server")
    if server is None:
        return None
    server.known("url", "description", "variables", "name")
    variables = [
        ServerVariable(name, inner.text("default"), inner.texts("enum"), inner.text("description"))
        for name, member, at in server.mapping("variables").items()
        if (inner := scope.cursor(member, at, "a server variable")) is not None
    ]
    doc = server.text("description") or server.text("name")
    return Server(server.place, server.text("url"), doc, tuple(variables))


def read_security(cursor: Cursor) -> tuple[Requirement, ...] | None:
    """The security alternatives of an object, None where it says nothing."""
    if cursor.members.get("security") is None:
        return None
    alternatives: list[Requirement] = []
    for value, place in cursor.sequence("security"):
        if not isinstance(value, dict):
            message = f"a security requirement must be an object, not {kind(value)}"
            cursor.scope.report.add(Code.LEFT_OUT, message, place)
            continue
        requirement = Cursor(cursor.scope, value, place)
        alternatives.append(tuple((name, requirement.texts(name)) for name, _, _ in requirement.items()))
    return tuple(alternatives)


def read_tags(root: Cursor) -> dict[str, str]:
    """The descriptions of the tags, by name."""
    tags: dict[str, str] = {}
    for value, place in root.sequence("tags"):
        tag = root.scope.cursor(value, place, "a tag")
        if tag is not None:
            tags.setdefault(tag.text("name"), tag.text("description") or tag.text("summary"))
    return tags
