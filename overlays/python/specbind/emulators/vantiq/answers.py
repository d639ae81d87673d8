"""Answers that say no, in the form of a server."""

from __future__ import annotations

from specbind.bindings._runtime.server import Rejection

__all__ = ["error_of", "refusal"]


def error_of(code: str, message: str, *params: object) -> dict[str, object]:
    """One error."""
    return {"code": code, "message": message, "params": list(params)}


def refusal(status: int, code: str, message: str, *params: object) -> Rejection:
    """A refusal: a list with one error."""
    return Rejection(status, [error_of(code, message, *params)], {"Content-Type": "application/json"})
