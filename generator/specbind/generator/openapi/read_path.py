"""Path items from raw values, with their operations and the callbacks of these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.source.pointer import child

from .document import Callback, PathItem
from .read_operation import OperationReader
from .read_parts import METHODS, read_servers

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .cursor import Cursor, Scope
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
        """The path items of a map by path or name."""
        found = [self._item(path, value, place) for path, value, place in paths.items()]
        return tuple(item for item in found if item is not None)

    def _item(self, path: str, value: Json, place: str, *, callbacks: bool = True) -> PathItem | None:
        cursor = self._scope.cursor(value, place, f"the path {path!r}")
        if cursor is None:
            return None
        operations = [
            (method, child(cursor.place, method), cursor.members[method])
            for method in cursor.members
            if method in METHODS
        ]
        if cursor.place != place and isinstance(value, dict):  # members beside $ref count too
            operations += [(method, child(place, method), value[method]) for method in value if method in METHODS]
        more = cursor.mapping("additionalOperations")
        operations = [(method.upper(), at, member) for method, at, member in operations]
        operations += [(method, at, member) for method, member, at in more.items() if self._is_method(method, at)]
        cursor.known("$ref", "summary", "description", "servers", "parameters", "additionalOperations", *METHODS)
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
        cursor = self._scope.cursor(value, place, f"the operation {method}")
        if cursor is None:
            return None
        found: list[Callback] = []
        if callbacks:
            for name, member, at in cursor.mapping("callbacks").items():
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
