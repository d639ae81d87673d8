"""Telling plain JSON values apart, in a way that type checkers follow."""

from __future__ import annotations

from typing import TypeGuard

__all__ = ["is_array", "is_object"]


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Say whether a value is a dict."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[object]]:
    """Say whether a value is a list or tuple."""
    return isinstance(value, list | tuple)
