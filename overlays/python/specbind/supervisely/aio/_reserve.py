"""The reservation of a version, and the wait for somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.supervisely.exceptions import ApiAnswerError, ApiStatusError, ReservationBusyError
from specbind.supervisely.fields import as_list, as_object

from ._wire import translated

if TYPE_CHECKING:
    from .api import Api

__all__ = ["Existing", "reserve"]

_FIRST_WAIT = 2.0
_MOST = 12


class Existing(NamedTuple):
    """Nothing has changed since this version."""

    version_id: int | None
    version: int | None


async def reserve(api: Api, project_id: int, retries: int = 6) -> tuple[int, str] | Existing:
    """Begin a version; see `DataVersion.reserve`.

    The call is sent once each time: one that got lost may have reserved, and a second one would wait for it.
    """
    body = models.ProjectReference(project_id=arguments.whole("project_id", project_id, least=1))
    arguments.whole("retries", retries, least=0, most=_MOST)
    wire = api._wire  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package
    waited = 0.0
    for attempt in range(retries + 1):
        try:
            with translated():
                found = await wire.client().versions.reserve(body=body)
        except ApiStatusError as error:
            existing = _existing(error)
            if existing is not None:
                api.logger.info("project %d has not changed since version %s", project_id, existing.version)
                return existing
            if not _busy(error):
                raise
            if attempt == retries:
                message = (
                    f"somebody else is making a version of project {project_id}, and did not end in {waited:.0f} s"
                )
                raise ReservationBusyError(f"{message}; try again later, or give it up on the web") from error
        else:
            if isinstance(found.id, int) and isinstance(found.commit_token, str):
                return found.id, found.commit_token
            raise ApiAnswerError("the server has reserved a version, and does not say which")
        wait = _FIRST_WAIT * 2**attempt
        api.logger.info("somebody else is making a version of project %d; trying again in %.0f s", project_id, wait)
        await wire.network.sleep(wait)
        waited += wait
    raise AssertionError  # the last attempt has returned or raised


def _members(error: ApiStatusError) -> dict[str, Any]:
    """The particulars: an object, or a list of them, of which the first counts."""
    return as_object(next(iter(as_list(error.details)), error.details))


def _existing(error: ApiStatusError) -> Existing | None:
    details = _members(error)
    if details.get("useExistingVersion") is not True:
        return None
    about = as_object(details.get("version"))
    number, name = about.get("id"), about.get("version")
    return Existing(number if isinstance(number, int) else None, name if isinstance(name, int) else None)


def _busy(error: ApiStatusError) -> bool:
    message = _members(error).get("message")
    return isinstance(message, str) and "is already committing" in message.lower()
