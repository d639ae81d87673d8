"""Ids of operations, those of webhooks and callbacks among them, and where links lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.source.pointer import split, tokens

from .ids import path_words

if TYPE_CHECKING:
    from specbind.generator.source import Report, Workspace

    from .document import Callback, Document, Link, Operation
    from .ids import Ids

__all__ = ["OperationIds"]


class OperationIds:
    """Gives each operation its id. Paths come first, so that what a server calls never takes a name from them."""

    def __init__(self, document: Document, ids: Ids, report: Report) -> None:
        self._ids = ids
        self._report = report
        self._given: dict[int, str] = {}  # by identity: one path item may be used by several paths
        self._taken: set[str] = set()
        self._by_place: dict[str, str] = {}
        self._by_operation_id: dict[str, str] = {}
        for item in document.paths:
            for operation in item.operations:
                self._give(operation, f"{operation.method.lower()}_{path_words(item.path)}")
        for item in document.webhooks:
            for operation in item.operations:
                self._give(operation, f"webhook_{operation.method.lower()}_{path_words(item.path)}")
        for item in (*document.paths, *document.webhooks):
            for operation in item.operations:
                for callback in operation.callbacks:
                    self._give_callback(callback, self._given[id(operation)])

    def of(self, operation: Operation) -> str:
        """The id of an operation of the document."""
        return self._given[id(operation)]

    def target(self, link: Link, workspace: Workspace) -> str:
        """The id of the operation that a link leads to, "" where it is none of this document."""
        if link.operation_id:
            found = self._by_operation_id.get(link.operation_id.strip(), "")
        else:
            place = workspace.find(link.operation_ref, link.place) if link.operation_ref else None
            found = self._by_place.get(place, "") if place is not None else ""
        if not found:
            named = link.operation_id or link.operation_ref
            message = f"the link {link.name!r} leads to {named!r}, which is no operation of this document"
            self._report.add(Code.LINK, message, link.place)
        return found

    def _give_callback(self, callback: Callback, owner: str) -> None:
        path = tokens(split(callback.place)[1])
        shared = path[:2] == ("components", "callbacks")
        name = path[-1] if shared else f"{owner}_{callback.name}"
        for operation in callback.item.operations:
            if id(operation) not in self._given:
                self._give(operation, f"{name}_{operation.method.lower()}")

    def _give(self, operation: Operation, made: str) -> None:
        wanted = operation.id.strip()
        if not wanted:
            wanted = made
            message = f"the operation has no operationId; it is {wanted!r}"
            self._report.add(Code.OPERATION_ID_MISSING, message, operation.place)
        found, number = wanted, 2
        while found in self._taken:
            found = f"{wanted}_{number}"
            number += 1
        if found != wanted:
            message = f"the operationId {wanted!r} stands twice; this one is called {found!r}"
            self._report.add(Code.OPERATION_ID_REPEATED, message, operation.place)
        self._taken.add(found)
        self._given[id(operation)] = found
        self._by_place.setdefault(operation.place, found)
        self._by_operation_id.setdefault(wanted, found)
        self._ids.operation(operation.place, found)
