"""Where a call goes, and what is wrong with its arguments before it goes anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from specbind.vantiq.errors import VantiqException
from specbind.vantiq.resources import VantiqResources

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "checked_id",
    "checked_mapping",
    "checked_name",
    "event_path",
    "fault",
    "is_system",
    "request_id_of",
    "slashes_kept",
]

_SYSTEM = "system."
_EVENTS = (VantiqResources.SERVICES, VantiqResources.SOURCES, VantiqResources.TOPICS)


def fault(code: str, message: str, *params: object) -> VantiqException:
    """An error of a call that was not sent."""
    return VantiqException(f"io.vantiq.python.{code}", message, list(params))


def is_system(resource: str) -> bool:
    """Whether a resource is one of the system's."""
    return resource.startswith(_SYSTEM)


def checked_name(resource: object) -> str:
    """The name of a resource as a path has it, without `system.`. Raises VantiqException for what is none."""
    name = resource.removeprefix(_SYSTEM) if isinstance(resource, str) else ""
    if not name or "/" in name or name in (".", ".."):
        raise fault("resource.invalid", "A resource has a name, such as system.types or MyType, not {0}.", resource)
    return name


def checked_id(operation: str, resource_id: object) -> str:
    """An id that means one instance. Raises VantiqException for what would mean a whole resource, or another one."""
    if not isinstance(resource_id, str) or not resource_id.strip("/"):
        raise fault("resourceid.missing", "A {0} request needs an id that is a text and not empty.", operation)
    if any(part in (".", "..") for part in resource_id.split("/")):
        raise fault(
            "resourceid.invalid", "The id {0} has . or .. between slashes, which would lead elsewhere.", resource_id
        )
    return resource_id


def checked_mapping(name: str, value: object) -> dict[str, Any]:
    """A dict, or none for None. Raises VantiqException for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise fault("argument.invalid", "{0} is a dict, not {1}.", name, type(value).__name__)
    return cast("dict[str, Any]", value)


def slashes_kept(url: str, base_url: str) -> str:
    """A URL whose path has its slashes as slashes: servers take ids with slashes so, and only so."""
    path, mark, query = url[len(base_url) :].partition("?")
    return f"{base_url}{path.replace('%2F', '/')}{mark}{query}"


def event_path(resource: str, resource_id: str, operation: str | None) -> str:
    """The path of events, as `/topics/some/topic`. Raises VantiqException for what has none."""
    if resource not in (*_EVENTS, VantiqResources.TYPES):
        message = "Only 'topics', 'sources', 'services', and 'types' support subscribe"
        raise fault("invalidsubscribetype", message)
    checked_id("subscribe", resource_id)
    if resource == VantiqResources.TYPES:
        if not operation:
            raise fault("operationrequired", "Operation required for {0}", VantiqResources.TYPES)
        return f"/types/{resource_id}/{operation.lower()}"
    if operation:
        raise fault("operationillegal", "Operation only support for {0}", VantiqResources.TYPES)
    if resource == VantiqResources.SERVICES and "/" not in resource_id.strip("/"):
        raise fault("resourceid.invalid", "An event of a service is service/event, not {0}", resource_id)
    return f"/{checked_name(resource)}/{resource_id.removeprefix('/')}"


def request_id_of(path: str, namespace: str | None) -> str:
    """What frames of a subscription bear as `X-Request-Id`."""
    return path if namespace is None else f"{path}@{namespace}"


def without_id(instance: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without `_id`, which a change must not have."""
    return {name: value for name, value in instance.items() if name != "_id"}
