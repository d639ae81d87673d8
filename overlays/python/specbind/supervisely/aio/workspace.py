"""Workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.supervisely import fields
from specbind.supervisely.types import WorkspaceInfo

from ._listing import Listing, as_filter
from ._names import free_name, single
from ._wire import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WorkspaceApi"]


class WorkspaceApi(Listing):
    """The workspaces of a team.

    Args:
        api: the server.
    """

    InfoType = WorkspaceInfo

    @staticmethod
    def info_sequence() -> list[fields.Field]:
        """Members of the server's JSON in the order of WorkspaceInfo."""
        return ["id", "name", "description", "teamId", "createdAt", "updatedAt"]

    @staticmethod
    def info_tuple_name() -> str:
        """WorkspaceInfo."""
        return "WorkspaceInfo"

    def _convert(self, json: Mapping[str, Any]) -> WorkspaceInfo:
        return fields.to_tuple(WorkspaceInfo, self.info_sequence(), json)

    async def get_list(self, team_id: int, filters: list[dict[str, Any]] | None = None) -> list[WorkspaceInfo]:
        """The workspaces of a team.

        Args:
            team_id: the team.
            filters: conditions, each with `field`, `operator` and `value`.
        """
        arguments.whole("team_id", team_id, least=1)
        body = {"teamId": team_id, "filter": filters or []}
        found: list[WorkspaceInfo] = await self.get_list_all_pages("workspaces.list", body)
        return found

    async def get_info_by_id(self, id: int, raise_error: bool | None = False) -> WorkspaceInfo | None:
        """A workspace, None when there is none.

        Args:
            id: its id.
            raise_error: raise KeyError when there is none.
        """
        asked = self._wire.client().workspaces.info(body=models.ById(id=arguments.whole("id", id, least=1)))
        found = await self._entity(asked, f"workspace {id}", raise_error=raise_error)
        return None if found is None else self._convert(found)

    async def get_info_by_name(self, parent_id: int, name: str) -> WorkspaceInfo | None:
        """The workspace of a name, None when there is none.

        Args:
            parent_id: the team.
            name: the name.
        """
        return single(await self.get_list(parent_id, [as_filter("name", arguments.text("name", name))]), name)

    async def create(
        self,
        team_id: int,
        name: str,
        description: str = "",
        change_name_if_conflict: bool = False,
        hidden: bool = False,
    ) -> WorkspaceInfo:
        """Make a workspace.

        Args:
            team_id: the team.
            name: its name.
            description: its description.
            change_name_if_conflict: add a number to a name that is taken.
            hidden: hide it from lists. When only that fails, the workspace is there, and the error's note has its id.
        """
        arguments.whole("team_id", team_id, least=1)
        wanted = arguments.text("name", name)
        if change_name_if_conflict:
            wanted = await free_name(wanted, lambda text: self.get_info_by_name(team_id, text))
        body = models.NewWorkspace(team_id=team_id, name=wanted, description=description)
        with translated():
            made = await self._wire.client().workspaces.add(body=body)
        if hidden:
            try:
                await self.change_visibility(made.id, visible=False)
            except Exception as error:
                error.add_note(f"workspace {made.id} was made, but is not hidden")
                raise
        return self._convert(fields.plain(made))

    async def change_visibility(self, id: int, visible: bool) -> None:
        """Hide a workspace, or show it.

        Args:
            id: its id.
            visible: whether it is shown.
        """
        arguments.whole("id", id, least=1)
        body = models.WorkspaceVisibility(id=id, hidden=not visible)
        with translated():
            await self._wire.client().workspaces.set_visibility(body=body)
