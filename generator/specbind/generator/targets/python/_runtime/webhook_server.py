"""Servers of webhooks and callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .errors import RequestError
from .operation import Operation
from .server import BaseServer

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BaseWebhooks"]


class BaseWebhooks(BaseServer):
    """Base of generated servers of webhooks and callbacks. Subclass it, write the methods, serve `application()`.

    A webhook is received at `/<its name>` unless `paths` says otherwise.
    """

    paths: ClassVar[Mapping[str, str]] = {}
    """Paths by the methods' names, for those that are elsewhere."""

    def routes(self) -> list[Operation[Any]]:
        """Give the operations at their paths; raises RequestError for a path that cannot be one."""
        names = {endpoint.name for endpoint in self.endpoints}
        if unknown := self.paths.keys() - names:
            raise RequestError(f"there is no webhook {min(unknown)!r}; there are {', '.join(sorted(names))}")
        return [
            _moved(endpoint.operation, self.paths[endpoint.name]) if endpoint.name in self.paths else endpoint.operation
            for endpoint in self.endpoints
        ]


def _moved(operation: Operation[Any], path: str) -> Operation[Any]:
    if not path.startswith("/") or any(char in path for char in "?#{}"):
        raise RequestError(f"a webhook's path begins with a slash and has no query, not {path[:100]!r}")
    return Operation(operation.id, operation.method, (path,))
