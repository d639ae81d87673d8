"""Path items from raw values, with their operations and the callbacks of these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from specbind.generator.codes import Code

from .cursor import Cursor
from .document import Callback, PathItem
from .read_operation import OperationReader
from .read_parts import METHODS, methods_of, read_servers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specbind.generator.ir.model import Json

    from .cursor import Scope
    from .document import Operation
    from .read_schema import SchemaReader

__all__ = ["PathReader"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class PathReader:
    """Reads path items. Callbacks that several operations share are read once."""

    def __init__(self, scope: Scope, schemas: SchemaReader) -> None:
        self._scope = scope
        self._operations = OperationReader(scope, schemas)
        self._callbacks: dict[str, tuple[Callback, ...]] = {}

    def items(self, paths: Cursor) -> tuple[PathItem, ...]:
        """The path items of a map by path."""
        return self._items(paths.items())

    def named_items(self, webhooks: Cursor) -> tuple[PathItem, ...]:
        """The path items of a map by name, where any name will do."""
        return self._items(webhooks.items_with_extensions())

    def _items(self, members: Iterable[tuple[str, Json, str]]) -> tuple[PathItem, ...]:
        found = [self._item(path, value, place) for path, value, place in members]
        return tuple(item for item in found if item is not None)

    def _item(self, path: str, value: Json, place: str, *, callbacks: bool = True) -> PathItem | None:
        if value is None:
            return None  # a path without anything
        cursor = self._scope.cursor(value, place, f"the path {path!r}", code=Code.LEFT_OUT)
        if cursor is None:
            return None
        operations = methods_of(cursor)
        if cursor.place != place and isinstance(value, dict):  # members beside $ref count too
            operations += methods_of(Cursor(self._scope, value, place))
        more = cursor.mapping("additionalOperations")
        operations = [(method.upper(), at, member) for method, at, member in operations]
        named = more.items_with_extensions()
        operations += [(method, at, member) for method, member, at in named if self._is_method(method, at)]
        methods = [key for key in cursor.members if key.lower() in METHODS]
        cursor.known("$ref", "summary", "description", "servers", "parameters", "additionalOperations", *methods)
        read = [self._operation(method, member, at, callbacks=callbacks) for method, at, member in operations]
        return PathItem(
            place=cursor.place,
            path=path,
            summary=cursor.text("summary"),
            description=cursor.text("description"),
            operations=tuple(operation for operation in read if operation is not None),
            parameters=self._operations.parameters(cursor),
            servers=read_servers(cursor),
        )

    def _is_method(self, method: str, place: str) -> bool:
        if _TOKEN.fullmatch(method) is None:
            self._scope.report.add(Code.LEFT_OUT, f"{method!r} is no HTTP method; the operation is left out", place)
            return False
        if method.lower() in METHODS and method == method.upper():
            message = f"{method} has a member of its own, {method.lower()!r}; it is read all the same"
            self._scope.report.add(Code.MISPLACED_METHOD, message, place)
        return True

    def _operation(self, method: str, value: Json, place: str, *, callbacks: bool) -> Operation | None:
        cursor = self._scope.cursor(value, place, f"the operation {method}", code=Code.LEFT_OUT)
        if cursor is None:
            return None
        found: list[Callback] = []
        if callbacks:
            for name, member, at in cursor.mapping("callbacks").items_with_extensions():
                found.extend(self._callback(name, member, at))
        elif cursor.members.get("callbacks"):
            message = "callbacks of a callback are not carried"
            self._scope.report.add(Code.NOT_CARRIED, message, f"{cursor.place}/callbacks")
        return self._operations.read(method, cursor, tuple(found))

    def _callback(self, name: str, value: Json, place: str) -> tuple[Callback, ...]:
        """A callback, one for each runtime expression."""
        cursor = self._scope.cursor(value, place, f"the callback {name!r}")
        if cursor is None:
            return ()
        known = self._callbacks.get(cursor.place)
        if known is None:
            items = [self._item(expression, member, at, callbacks=False) for expression, member, at in cursor.items()]
            known = tuple(Callback(cursor.place, name, item) for item in items if item is not None)
            self._callbacks[cursor.place] = known
        return known
