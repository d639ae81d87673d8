"""Teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.supervisely import fields
from specbind.supervisely.types import TeamInfo, UsageInfo

from ._listing import Listing

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TeamApi"]


class TeamApi(Listing):
    """The teams of a user.

    Args:
        api: the server.
    """

    InfoType = TeamInfo

    @staticmethod
    def info_sequence() -> list[fields.Field]:
        """Members of the server's JSON in the order of TeamInfo."""
        return ["id", "name", "description", "role", "createdAt", "updatedAt", "usage"]

    @staticmethod
    def info_tuple_name() -> str:
        """TeamInfo."""
        return "TeamInfo"

    def _convert(self, json: Mapping[str, Any]) -> TeamInfo:
        found = fields.to_tuple(TeamInfo, self.info_sequence(), json)
        usage: object = found.usage
        plan: object = fields.as_object(usage).get("plan")
        return found._replace(usage=UsageInfo(plan if isinstance(plan, str) else None) if usage is not None else None)

    async def get_list(self, filters: list[dict[str, Any]] | None = None) -> list[TeamInfo]:
        """The teams.

        Args:
            filters: conditions, each with `field`, `operator` and `value`.
        """
        found: list[TeamInfo] = await self.get_list_all_pages("teams.list", {"filter": filters or []})
        return found

    async def get_info_by_id(self, id: int, raise_error: bool | None = False) -> TeamInfo | None:
        """A team, None when there is none.

        Args:
            id: its id.
            raise_error: raise KeyError when there is none.
        """
        asked = self._wire.client().teams.info(body=models.ById(id=arguments.whole("id", id, least=1)))
        found = await self._entity(asked, f"team {id}", raise_error=raise_error)
        return None if found is None else self._convert(found)
