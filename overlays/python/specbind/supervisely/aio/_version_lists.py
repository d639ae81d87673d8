"""Versions of projects: their lists and their map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.core import arguments
from specbind.supervisely import fields
from specbind.supervisely.exceptions import ApiStatusError, VersionError, VersionMapError
from specbind.supervisely.types import ProjectInfo, VersionInfo

from . import _map
from ._codecs import codec_of, format_of
from ._given import conditions
from ._listing import Listing, as_filter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .api import Api

__all__ = ["VersionLists"]


_GONE = 404


class VersionLists(Listing):
    """The versions of projects as the server lists them, and their map.

    The attributes tell of the project that was asked for last; calls do not read them, so that calls for different
    projects may run at the same time.

    Args:
        api: the server.
    """

    PROJECT_NAME_TEMPLATE = "{project_name}, from ver. {version_num}"
    """Name of a restored project."""
    PROJECT_DESC_TEMPLATE = (
        "Restored from version {version_num}. Source project ID: {project_id}, version ID: {version_id}"
    )
    """Description of a restored project."""
    InfoType = VersionInfo

    project_info: ProjectInfo | None
    """The project that was asked for last, None before."""
    project_dir: str | None
    """Folder of its versions in the team files."""
    versions_path: str | None
    """Path of its map in the team files."""
    versions: dict[str, Any] | None
    """Its map: by the id of a version (as text) its archive and number, and `latest`."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self.project_info = None
        self.project_dir = None
        self.versions_path = None
        self.versions = None

    @staticmethod
    def info_sequence() -> list[fields.Field]:
        """Members of the server's JSON in the order of VersionInfo."""
        head: list[fields.Field] = ["id", "projectId", (["createdBy"], "created_by_id"), "teamFileId", "version"]
        tail = [
            "description",
            "status",
            "createdAt",
            "updatedAt",
            "projectUpdatedAt",
            "teamId",
            "name",
            "previewProjectId",
        ]
        return [*head, *tail]

    @staticmethod
    def info_tuple_name() -> str:
        """VersionInfo."""
        return "VersionInfo"

    def _convert(self, json: Mapping[str, Any]) -> VersionInfo:
        return fields.to_tuple(VersionInfo, self.info_sequence(), json)

    @property
    def project_cls(self) -> str:
        """Type of the project that was asked for last, for which snapshots are made here.

        Raises:
            ValueError: `initialize` was not called, or there are no snapshots of this type here.
        """
        if self.project_info is None:
            raise ValueError("no project was asked for; call initialize first")
        codec_of(self.project_info)
        return str(self.project_info.type)

    async def initialize(self, project_info: ProjectInfo | int) -> None:
        """Ask for a project and its map, and set the attributes.

        Args:
            project_info: the project, or its id.

        Raises:
            VersionError: there is no such project, or its map cannot be used.
        """
        project = await self._project(project_info)
        self._show(project, await _map.read(self._api, project))

    async def _project(self, given: ProjectInfo | int) -> ProjectInfo:
        if isinstance(given, ProjectInfo):
            return given
        number = arguments.whole("project_info", given, least=1)
        found = await self._api.project.get_info_by_id(number)
        if found is None:
            raise VersionError(f"there is no project {number} for this user")
        return found

    def _show(self, project: ProjectInfo, versions: dict[str, Any]) -> None:
        self.project_info = project
        self.project_dir = _map.folder_of(project.id)
        self.versions_path = _map.map_path(project.id)
        self.versions = versions

    # lists

    async def get_list(self, project_id: int, filters: list[dict[str, Any]] | None = None) -> list[VersionInfo]:
        """The versions of a project, by their id.

        Args:
            project_id: the project.
            filters: conditions, each with `field`, `operator` and `value`.
        """
        body: dict[str, Any] = {"projectId": arguments.whole("project_id", project_id, least=1)}
        if wanted := conditions("filters", filters):
            body["filter"] = wanted
        found: list[VersionInfo] = await self.get_list_all_pages("projects.versions.list", body)
        return found

    async def get_info_by_id(self, project_id: int, version_id: int) -> VersionInfo | None:
        """A version by its id, None when there is none.

        Args:
            project_id: the project.
            version_id: id of the version.
        """
        arguments.whole("version_id", version_id, least=1)
        found = await self.get_list(project_id, [as_filter("id", version_id)])
        return next((version for version in found if version.id == version_id), None)

    async def get_info_by_number(self, project_id: int, version_num: int) -> VersionInfo | None:
        """A version by its number, None when there is none.

        Args:
            project_id: the project.
            version_num: number of the version, from 1.
        """
        arguments.whole("version_num", version_num, least=1)
        found = await self.get_list(project_id, [as_filter("version", version_num)])
        return next((version for version in found if version.version == version_num), None)

    async def get_id_by_number(self, project_id: int, version_num: int) -> int | None:
        """Id of a version by its number, None when there is none.

        Args:
            project_id: the project.
            version_num: number of the version, from 1; also as text.
        """
        number = int(version_num) if isinstance(version_num, str) and version_num.isdecimal() else version_num
        found = await self.get_info_by_number(project_id, number)
        return None if found is None else found.id

    # the map

    async def get_map(self, project_info: ProjectInfo | int, do_initialization: bool = True) -> dict[str, Any]:
        """The map of a project, empty when there is none.

        Args:
            project_info: the project, or its id.
            do_initialization: set the attributes.

        Raises:
            VersionMapError: it cannot be used.
        """
        project = await self._project(project_info)
        versions = await _map.read(self._api, project)
        if do_initialization:
            self._show(project, versions)
        return versions

    async def set_map(self, project_info: ProjectInfo | int, initialize: bool = True) -> None:
        """Store `versions` as the map of a project.

        Args:
            project_info: the project, or its id.
            initialize: read the map first, unless the attributes tell of this project already.

        Raises:
            ValueError: there is no map to store.
        """
        project = await self._project(project_info)
        if self.project_info is None or self.project_info.id != project.id:
            if not initialize:
                raise ValueError(f"versions is not the map of project {project.id}; call initialize first")
            await self.initialize(project)
        self.versions = {**format_of(project), **(self.versions or {})}
        await _map.write(self._api, project, self.versions)

    async def repair_map(self, project_info: ProjectInfo | int) -> dict[str, Any]:
        """Make the map of a project anew from what the server knows, and store it.

        Args:
            project_info: the project, or its id.

        Returns:
            The map. It has each version whose archive is in the team files; the logger is told of the others. What
            can still be read of the old map goes on: formats and previews.
        """
        project = await self._project(project_info)
        async with self._wire.lock(f"map {project.id}"):
            versions = await self._repaired(project)
            await _map.write(self._api, project, versions)
        self._show(project, versions)
        return versions

    async def _repaired(self, project: ProjectInfo) -> dict[str, Any]:
        try:
            old = await _map.read(self._api, project)
        except VersionMapError:
            old = {}
        form: object = old.get("format")
        versions: dict[str, Any] = {"format": form} if isinstance(form, str) else format_of(project)
        previous: int | None = None
        for version in sorted(await self.get_list(project.id), key=lambda each: (each.version or 0, each.id)):
            if not version.team_file_id:
                continue  # never committed
            try:
                about = await self._api.file.get_info_by_id(version.team_file_id)
            except ApiStatusError as error:
                if error.status != _GONE:
                    raise
                self._api.logger.warning(
                    "the archive of version %d of project %d is not in the team files any more", version.id, project.id
                )
                continue
            entry = fields.as_object(old.get(str(version.id)))
            kept = {name: entry[name] for name in ("format", "preview") if name in entry}
            versions[str(version.id)] = {
                "path": about.path,
                "updated_at": version.project_updated_at,
                "previous": previous,
                "number": version.version,
                **kept,
            }
            versions["latest"] = previous = version.id
        return versions
