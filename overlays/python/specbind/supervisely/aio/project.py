"""Projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.supervisely import fields
from specbind.supervisely.exceptions import SuperviselyError
from specbind.supervisely.types import ProjectInfo, ProjectType

from ._listing import Listing, as_filter
from ._names import free_name, single
from ._wire import translated
from .data_version import DataVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .api import Api

__all__ = ["ProjectApi"]


class ProjectApi(Listing):
    """The projects of a workspace.

    Args:
        api: the server.
    """

    InfoType = ProjectInfo

    version: Final[DataVersion]
    """The versions of projects."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self.version = DataVersion(api)

    @staticmethod
    def info_sequence() -> list[fields.Field]:
        """Members of the server's JSON in the order of ProjectInfo."""
        names = (
            "id name description size readme workspaceId imagesCount itemsCount datasetsCount createdAt updatedAt type "
            "referenceImageUrl customData backupArchive teamId settings importSettings version"
        )
        tail = "embeddingsEnabled embeddingsUpdatedAt embeddingsInProgress localEntitiesCount remoteEntitiesCount"
        return [*names.split(), (["createdBy"], "created_by_id"), *tail.split()]

    @staticmethod
    def info_tuple_name() -> str:
        """ProjectInfo."""
        return "ProjectInfo"

    def _convert(self, json: Mapping[str, Any]) -> ProjectInfo:
        found = fields.to_tuple(ProjectInfo, self.info_sequence(), json)
        return found if found.items_count is not None else found._replace(items_count=found.images_count)

    async def get_list(
        self,
        workspace_id: int | None = None,
        filters: list[dict[str, Any]] | None = None,
        fields: list[str] | None = None,
        team_id: int | None = None,
    ) -> list[ProjectInfo]:
        """The projects of a workspace or a team.

        Args:
            workspace_id: the workspace.
            filters: conditions, each with `field`, `operator` and `value`.
            fields: members that the server shall tell; all by default.
            team_id: the team, in place of a workspace.

        Raises:
            ValueError: both or neither of workspace and team are given.
        """
        if (workspace_id is None) == (team_id is None):
            raise ValueError("get_list takes one of workspace_id and team_id")
        body: dict[str, Any] = {"filter": filters or [], "fields": list(fields or ())}
        if workspace_id is not None:
            body["workspaceId"] = arguments.whole("workspace_id", workspace_id, least=1)
        else:
            body["groupId"] = arguments.whole("team_id", team_id, least=1)
        found: list[ProjectInfo] = await self.get_list_all_pages("projects.list", body)
        return found

    async def get_info_by_id(
        self,
        id: int,
        expected_type: str | None = None,
        raise_error: bool = False,
        extra_fields: list[str] | None = None,
    ) -> ProjectInfo | None:
        """A project, None when there is none.

        Args:
            id: its id.
            expected_type: the type that it must have.
            raise_error: raise KeyError when there is none.
            extra_fields: members that the server tells only when asked.

        Raises:
            ValueError: it has another type.
        """
        body = models.ById(id=arguments.whole("id", id, least=1))
        if extra_fields is not None:
            body.extra_fields = extra_fields
        asked = self._wire.client().projects.info(body=body)
        found = await self._entity(asked, f"project {id}", raise_error=raise_error)
        if found is None:
            return None
        info = self._convert(found)
        if expected_type is not None and info.type != str(expected_type):
            raise ValueError(f"project {id} has the type {info.type!r}, not {str(expected_type)!r}")
        return info

    async def get_info_by_name(self, parent_id: int, name: str) -> ProjectInfo | None:
        """The project of a name, None when there is none.

        Args:
            parent_id: the workspace.
            name: the name.
        """
        return single(await self.get_list(parent_id, [as_filter("name", arguments.text("name", name))]), name)

    async def create(
        self,
        workspace_id: int,
        name: str,
        type: ProjectType | str = ProjectType.IMAGES,
        description: str | None = "",
        change_name_if_conflict: bool | None = False,
        readme: str | None = None,
        settings: dict[str, Any] | None = None,
        custom_data: dict[str, Any] | None = None,
    ) -> ProjectInfo:
        """Make a project.

        Args:
            workspace_id: the workspace.
            name: its name.
            type: what it is made of.
            description: its description.
            change_name_if_conflict: add a number to a name that is taken.
            readme: its page.
            settings: its settings.
            custom_data: its custom data.
        """
        arguments.whole("workspace_id", workspace_id, least=1)
        wanted = arguments.text("name", name)
        if change_name_if_conflict:
            wanted = await free_name(wanted, lambda text: self.get_info_by_name(workspace_id, text))
        kind = str(ProjectType(type))
        body = models.NewProject(workspace_id=workspace_id, name=wanted, description=description, type=kind)
        if readme is not None:
            body.readme = readme
        if settings is not None:
            body.settings = settings
        if custom_data is not None:
            body.custom_data = custom_data
        with translated():
            made = await self._wire.client().projects.add(body=body)
        return self._convert(_plain(made))

    async def get_meta(self, id: int) -> dict[str, Any]:
        """Classes and tags of a project, as the server has them.

        Args:
            id: the project.
        """
        with translated():
            found = await self._wire.client().projects.meta(body=models.ById(id=arguments.whole("id", id, least=1)))
        return _plain(found)

    async def update_meta(self, id: int, meta: dict[str, Any]) -> dict[str, Any]:
        """Set classes and tags of a project; gives them with their ids.

        Args:
            id: the project.
            meta: an object with `classes` and `tags`.
        """
        arguments.whole("id", id, least=1)
        for part in ("classes", "tags"):
            if not isinstance(meta.get(part), list):
                raise TypeError(f"meta is an object with the list {part}")
        body = models.MetaUpdate(id=id, meta=models.ProjectMeta(classes=meta["classes"], tags=meta["tags"]))
        for source, target in (("projectType", "project_type"), ("projectSettings", "project_settings")):
            if source in meta:
                setattr(body.meta, target, meta[source])
        with translated():
            found = await self._wire.client().projects.update_meta(body=body)
        return _plain(found)

    async def get_settings(self, id: int) -> dict[str, Any]:
        """Settings of a project.

        Args:
            id: the project.
        """
        found = await self._there(id)
        return found.settings or {}

    async def update_settings(self, id: int, settings: dict[str, Any], merge_with_current: bool = False) -> None:
        """Set settings of a project.

        Args:
            id: the project.
            settings: the settings.
            merge_with_current: keep what is not named here, also within objects.
        """
        arguments.mapping("settings", settings)
        wanted = _merged(await self.get_settings(id), settings) if merge_with_current else settings
        body = models.SettingsUpdate(id=arguments.whole("id", id, least=1), settings=wanted)
        with translated():
            await self._wire.client().projects.update_settings(body=body)

    async def set_read_only(self, id: int, enable: bool = True) -> None:
        """Let nobody change a project.

        Args:
            id: the project.
            enable: False lets it be changed again.
        """
        await self.update_settings(id, {"advancedSettings": {"isReadOnlyProject": enable}}, merge_with_current=True)

    async def get_custom_data(self, id: int) -> dict[str, Any]:
        """Custom data of a project.

        Args:
            id: the project.
        """
        found = await self._there(id)
        return found.custom_data or {}

    async def update_custom_data(self, id: int, data: dict[str, Any], silent: bool = False) -> dict[str, Any]:
        """Set the custom data of a project; gives the server's words of the project.

        Args:
            id: the project.
            data: the custom data, in place of what is there.
            silent: leave the time of the last change as it is.
        """
        arguments.mapping("data", data)
        body = models.ProjectEdit(id=arguments.whole("id", id, least=1), custom_data=data, silent=silent)
        with translated():
            found = await self._wire.client().projects.edit(body=body)
        return _plain(found)

    async def _there(self, id: int) -> ProjectInfo:
        found = await self.get_info_by_id(id)
        if found is None:
            raise SuperviselyError(f"there is no project {id} for this user")
        return found


def _plain(value: object) -> dict[str, Any]:
    found: dict[str, Any] = fields.plain(value)
    return found


def _merged(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    found = dict(current)
    for name, value in changes.items():
        old, new = fields.as_object(found.get(name)), fields.as_object(value)
        found[name] = _merged(old, new) if old and new else value
    return found
