"""Resources as servers give them, with the members that are relied on."""

from __future__ import annotations

from typing import Any, cast

from specbind.bindings._runtime import DecodeError

__all__ = ["checked_item", "resource_in"]


def checked_item(item: object) -> dict[str, Any]:
    """A resource with the members that are relied on.

    Raises:
        DecodeError: it is none.
    """
    members = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    attributes = members.get("attributes")
    if not isinstance(members.get("id"), str) or not isinstance(attributes, dict):
        raise DecodeError("the answer is no node: it has no id or no attributes", path="data")
    own = cast("dict[str, Any]", attributes)
    ancestors = own.get("ancestors")
    keys = cast("list[object]", ancestors) if isinstance(ancestors, list) else [ancestors]
    if ancestors is not None and not all(isinstance(key, str) for key in keys):
        raise DecodeError("the ancestors of the node are no list of keys", path="data.attributes.ancestors")
    return members


def resource_in(answer: object) -> dict[str, Any]:
    """The resource in the answer to a question for one node."""
    return checked_item(cast("dict[str, Any]", answer).get("data") if isinstance(answer, dict) else None)
