"""Operations as callers and servers meet them: the order of their parameters, and those that the server calls."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec.structs import replace

from .graph import all_operations
from .model import HttpBinding, PathPiece, Service

if TYPE_CHECKING:
    from .model import Api, Operation, Parameter

__all__ = ["ordered_parameters", "webhook_service"]


def ordered_parameters(operation: Operation) -> list[Parameter]:
    """The parameters in the order of the argument tuple: path (as in the path), query, header, cookie."""
    found: list[Parameter] = []
    if isinstance(operation.binding, HttpBinding):
        by_wire = {item.wire: item for item in operation.parameters if item.location == "path"}
        pieces = dict.fromkeys(piece.parameter for piece in operation.binding.pieces if piece.parameter)
        found += [by_wire[name] for name in pieces if name in by_wire]
    for location in ("query", "querystring", "header", "cookie"):
        found += [item for item in operation.parameters if item.location == location]
    return found


def webhook_service(api: Api) -> Service | None:
    """Webhooks and callbacks as one more service, each at the path of its name; None if there are none."""
    received = [(operation.name or operation.id, operation) for operation in api.webhooks]
    for operation in all_operations(api):
        received += [(callback.name, found) for callback in operation.callbacks for found in callback.operations]
    operations: dict[str, Operation] = {}
    for name, operation in received:
        if isinstance(operation.binding, HttpBinding):
            path = "/" + quote(name, safe="")
            binding = replace(operation.binding, path=path, pieces=(PathPiece(text=path),))
            parameters = tuple(item for item in operation.parameters if item.location != "path")
            operations.setdefault(
                operation.id, replace(operation, binding=binding, parameters=parameters, callbacks=())
            )
    return Service("webhooks", tuple(operations.values())) if operations else None
