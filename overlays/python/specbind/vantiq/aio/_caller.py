"""What all parts of a client have in common: a session, and the way of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.bindings._runtime import UNSET
from specbind.vantiq.errors import VantiqError
from specbind.vantiq.filters import Filter, clause_of
from specbind.vantiq.values import to_vantiq

from ._paths import checked_id, checked_name, fault, is_system
from ._session import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from specbind.bindings._runtime import Request
    from specbind.bindings._runtime.operation import Operation
    from specbind.vantiq.response import VantiqResponse

    from ._session import Session

__all__ = ["Caller", "checked_json", "clause", "pick", "refusal"]


class Caller:
    """A part of a client."""

    _session: Session
    _server: str
    _api_version: str

    async def _ask(
        self,
        name: str,
        operation: Operation[Any],
        resource: str,
        *resource_id: object,
        query: Mapping[str, Any] | None = None,
        body: Any = UNSET,  # noqa: ANN401 - any JSON
        media: str | None = None,
        extra_query: Mapping[str, str] | None = None,
        shape: Callable[[Request], None] | None = None,
    ) -> VantiqResponse:
        path = [self._api_version, checked_name(resource), *(checked_id(name, each) for each in resource_id)]
        sent = body if media is not None or body is UNSET else checked_json(name, body)
        return await self._session.call(
            name, operation, path, query=query, body=sent, media=media, extra_query=extra_query, shape=shape
        )


def checked_json(name: str, body: Any) -> Any:  # noqa: ANN401 - any JSON
    """The body of a call as JSON has it. Raises VantiqException for what it cannot have."""
    try:
        return to_vantiq(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise failed(name, error) from error


def clause(where: dict[str, Any] | Filter | None) -> dict[str, Any]:
    if where is None:
        return {}
    try:
        return {"where": clause_of(where)}
    except (TypeError, ValueError, RecursionError) as error:
        raise fault("where.invalid", "{0}", str(error)) from error


def pick(resource: str, custom: Operation[Any], system: Operation[Any]) -> Operation[Any]:
    """The operation of a system resource, or that of a type."""
    return system if isinstance(resource, str) and is_system(resource) else custom  # pyright: ignore[reportUnnecessaryIsInstance] - from callers


def refusal(code: str, message: str, *params: object) -> VantiqError:
    """An error of an answer to what was not sent."""
    return VantiqError(f"io.vantiq.python.{code}", message, list(params))
