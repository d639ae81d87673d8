"""JSON patches (RFC 6902) from what metadata are to become."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from ._views import checked_specs, specs_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._views import Spec

__all__ = ["DELETE_KEY", "Patch", "difference", "updated"]

Patch = list[dict[str, Any]]
_DEPTH = 100


class _DeleteKey:
    """What `DELETE_KEY` is; there is one."""

    def __repr__(self) -> str:
        return "DELETE_KEY"

    def __copy__(self) -> _DeleteKey:
        return self

    def __deepcopy__(self, memo: object) -> _DeleteKey:
        return self

    def __reduce__(self) -> str:
        return "DELETE_KEY"


DELETE_KEY: Final = _DeleteKey()
"""As a value in `update_metadata`: remove the key."""


def updated(origin: Mapping[str, Any], update: Mapping[str, Any], _depth: int = 0) -> dict[str, Any]:
    """What `origin` becomes by a nested `dict.update`; None is a value, `DELETE_KEY` removes.

    Raises:
        TypeError: `update` is no mapping.
        ValueError: it is nested too deeply.
    """
    if not isinstance(update, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
        raise TypeError(f"metadata is a mapping, not {type(update).__name__}")
    if _depth > _DEPTH:
        raise ValueError(f"metadata is nested more than {_DEPTH} deep")
    found: dict[str, Any] = {key: copy.deepcopy(value) for key, value in origin.items()}
    for key, value in update.items():
        if value is DELETE_KEY:
            found.pop(key, None)
        elif isinstance(value, Mapping):
            below = found.get(key)
            base: Mapping[str, Any] = cast("Mapping[str, Any]", below) if isinstance(below, Mapping) else {}
            found[key] = updated(base, cast("Mapping[str, Any]", value), _depth + 1)
        else:
            found[key] = copy.deepcopy(value)
    return found


def difference(origin: object, target: object) -> Patch:
    """The patch that makes `target` of `origin`."""
    patch: Patch = []
    _compare("", origin, target, patch)
    return patch


def _differ(origin: object, target: object) -> bool:
    """Whether JSON values differ; 1 and true do."""
    return type(origin) is not type(target) or origin != target


def _compare(path: str, origin: object, target: object, patch: Patch) -> None:
    differ = _differ(origin, target)
    if isinstance(origin, Mapping) and isinstance(target, Mapping):
        _compare_mappings(path, cast("Mapping[str, object]", origin), cast("Mapping[str, object]", target), patch)
    elif isinstance(origin, list) and isinstance(target, list) and path == "":
        _compare_lists(cast("list[object]", origin), cast("list[object]", target), patch)
    elif differ:
        patch.append({"op": "replace", "path": path, "value": target})


def _compare_mappings(path: str, origin: Mapping[str, object], target: Mapping[str, object], patch: Patch) -> None:
    for key in origin:
        if key not in target:
            patch.append({"op": "remove", "path": f"{path}/{_escaped(key)}"})
    for key, value in target.items():
        below = f"{path}/{_escaped(key)}"
        if key in origin:
            _compare(below, origin[key], value, patch)
        else:
            patch.append({"op": "add", "path": below, "value": value})


def _compare_lists(origin: Sequence[object], target: Sequence[object], patch: Patch) -> None:
    """Members that changed, then those that are left over from the end, then new ones."""
    for index, (old, new) in enumerate(zip(origin, target, strict=False)):
        if old != new:
            patch.append({"op": "replace", "path": f"/{index}", "value": new})
    patch.extend({"op": "remove", "path": f"/{index}"} for index in range(len(origin) - 1, len(target) - 1, -1))
    patch.extend({"op": "add", "path": "/-", "value": value} for value in target[len(origin) :])


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def spec_patch(origin: Iterable[Mapping[str, Any]], specs: Iterable[Spec | str | Mapping[str, Any]]) -> Patch:
    """The patch for a list of specs; names and versions are compared."""
    return difference(specs_json(origin), checked_specs(specs))
