"""Overlay documents, applied action by action."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from specbind.generator.codes import Code
from specbind.generator.source.error import ReadError
from specbind.generator.source.limits import MAX_ALIASED_VALUES, MAX_DEPTH, MAX_QUERIED_VALUES
from specbind.generator.source.pointer import child

from .jsonpath import Budget, BudgetSpentError, QueryError, parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from specbind.generator.ir.model import Json
    from specbind.generator.source.report import Report

    from .edits import Edits
    from .jsonpath import Path as NodePath

__all__ = ["apply_overlays"]

_VERSION = re.compile(r"1\.(\d+)(\.|-|\Z)")
_ACTION = frozenset(("target", "description", "update", "remove"))


def apply_overlays(overlays: Iterable[tuple[Path, str, Json]], document: Path, edits: Edits, report: Report) -> None:
    """Apply overlays in order: each with its path, the location of its root, and its value.

    Raises ReadError for what is no overlay, and where overlays make the document too large.
    """
    bounds = _Bounds()
    for path, place, value in overlays:
        if not isinstance(value, dict) or "overlay" not in value:
            hint = "an overlay begins with 'overlay: 1.0.0'"
            raise ReadError(
                Code.NOT_OVERLAY, "not an overlay document: it has no 'overlay' member", place=place, hint=hint
            )
        _Overlay(value, place, edits, report, bounds).apply(path, document)


class _Bounds:
    """What all overlays together may do."""

    def __init__(self) -> None:
        self.budget = Budget(MAX_QUERIED_VALUES)
        self.room = MAX_ALIASED_VALUES

    def add(self, value: Json, place: str) -> None:
        """Count the values of an update that goes to one target. Raises ReadError."""
        stack = [value]
        while stack:
            current = stack.pop()
            self.room -= 1
            if self.room < 0:
                message = f"overlays add more than {MAX_ALIASED_VALUES:,} values"
                raise ReadError(Code.TOO_LARGE, message, place=place)
            if isinstance(current, dict):
                stack.extend(current.values())
            elif isinstance(current, list):
                stack.extend(current)


class _Overlay:
    """One overlay that is being applied."""

    def __init__(self, members: dict[str, Json], place: str, edits: Edits, report: Report, bounds: _Bounds) -> None:
        self._members = members
        self._place = place
        self._edits = edits
        self._report = report
        self._bounds = bounds

    def apply(self, path: Path, document: Path) -> None:
        version = _VERSION.match(str(self._members["overlay"]))
        if version is None:
            message = f"Overlay {self._members['overlay']!r} is not supported"
            raise ReadError(Code.VERSION, message, place=child(self._place, "overlay"), hint="1.0 is")
        if version[1] != "0":
            message = f"Overlay {self._members['overlay']} is read as 1.0"
            self._report.add(Code.NEWER_VERSION, message, child(self._place, "overlay"))
        for key in self._members:
            if key not in ("overlay", "info", "extends", "actions") and not key.startswith("x-"):
                self._report.add(Code.UNKNOWN_MEMBER, f"{key!r} is not known here", child(self._place, key))
        self._check_target(path, document)
        actions = self._members.get("actions")
        if not isinstance(actions, list):
            message = "an overlay has a list of actions"
            self._report.add(Code.OVERLAY_ACTION, message, child(self._place, "actions"))
            return
        for index, action in enumerate(actions):
            self._act(action, child(child(self._place, "actions"), index))

    def _check_target(self, path: Path, document: Path) -> None:
        """Compare `extends` with the document; it is never opened."""
        extends = self._members.get("extends")
        if extends is None:
            return
        same = False
        if isinstance(extends, str):
            parts = urlsplit(extends)
            target = unquote(parts.path)
            if parts.scheme in ("http", "https"):
                same = target.rpartition("/")[2] == document.name
            elif parts.scheme in ("", "file") and "\0" not in target:
                same = (path.parent / target).resolve() == document.resolve()
        if not same:
            message = f"the overlay is made for {extends!r}, and is applied to {document.name!r}"
            self._report.add(Code.OVERLAY_EXTENDS, message, child(self._place, "extends"))

    def _act(self, action: Json, place: str) -> None:
        target = action.get("target") if isinstance(action, dict) else None
        if not isinstance(action, dict) or not isinstance(target, str):
            self._report.add(Code.OVERLAY_ACTION, "an action is an object with a target", place)
            return
        for key in action:
            if key not in _ACTION and not key.startswith("x-"):
                message = f"{key!r} is no member of an action in 1.0; it does nothing"
                self._report.add(Code.OVERLAY_ACTION, message, child(place, key))
        at = child(place, "target")
        try:
            nodes = parse(target).find(self._edits.value, self._bounds.budget)
        except QueryError as error:
            self._report.add(Code.OVERLAY_ACTION, f"the target {target!r} cannot be read: {error}", at)
            return
        except BudgetSpentError:
            message = f"targets look at more than {MAX_QUERIED_VALUES:,} values"
            raise ReadError(Code.TOO_LARGE, message, place=at) from None
        if not nodes:
            self._report.add(Code.OVERLAY_UNMATCHED, f"the target {target!r} matches nothing", at)
        elif action.get("remove") is True:
            if nodes[0][0] == ():
                self._report.add(Code.OVERLAY_ACTION, "the whole document cannot be removed", at)
            else:
                self._edits.remove(path for path, _ in nodes)
        elif "update" in action:
            self._update(nodes, action["update"], child(place, "update"))
        else:
            self._report.add(Code.OVERLAY_ACTION, "the action has neither update nor remove", place)

    def _update(self, nodes: list[tuple[NodePath, Json]], update: Json, place: str) -> None:
        for path, node in nodes:
            if len(path) > MAX_DEPTH:
                raise ReadError(Code.TOO_DEEP, f"values are nested more than {MAX_DEPTH} deep", place=place)
            self._bounds.add(update, place)
            if isinstance(node, list):
                self._edits.append(path, update, place)
            elif isinstance(node, dict) and isinstance(update, dict):
                self._edits.merge(path, update, place, self._refuse)
            elif isinstance(node, dict):
                self._refuse(place, "an object is updated by an object")
            elif path and not isinstance(update, dict | list):
                self._edits.put(path, update, place)  # only 1.1 says so, but there is nothing else to mean
            else:
                self._refuse(place, "the target is a plain value, and is updated by a plain value")

    def _refuse(self, place: str, message: str) -> None:
        self._report.add(Code.OVERLAY_ACTION, message, place)
