"""Takes servers that operations need not name from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api

__all__ = ["share_servers"]


def share_servers(api: Api, _diagnostics: Diagnostics) -> Api:
    """Servers that every operation names become those of the API; an operation that names these names none."""
    operations = [operation for service in api.services for operation in service.operations]
    if not any(operation.servers for operation in operations):
        return api
    shared = {operation.servers for operation in operations}
    servers = shared.pop() if len(shared) == 1 else api.servers
    services = tuple(
        replace(
            service,
            operations=tuple(
                replace(found, servers=()) if found.servers == servers else found for found in service.operations
            ),
        )
        for service in api.services
    )
    return replace(api, servers=servers, services=services)
