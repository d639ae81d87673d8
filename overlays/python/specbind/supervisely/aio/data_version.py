"""Versions of projects."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.core.tasks import in_thread
from specbind.supervisely import fields
from specbind.supervisely.exceptions import SuperviselyError, UnsupportedSnapshotError, VersionError
from specbind.supervisely.snapshot import SnapshotLimits, unpack
from specbind.supervisely.types import ProjectInfo, ProjectType, VersionInfo

from . import _map, _transfer
from ._codecs import codec_of
from ._create import Draft
from ._listing import Listing, as_filter
from ._reserve import Existing, reserve
from ._restore import Restoring
from ._wire import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specbind.core.progress import Progress

    from .api import Api

__all__ = ["DataVersion"]

_HIDDEN = "[Do Not Modify] Instant Versions Storage"
_PREVIEW_NAME = "{project_name}, preview for ver. {version_num}"
_PREVIEW_TEXT = "Preview for version {version_num}. Source project ID: {project_id}, version ID: {version_id}"
_PREVIEWS = (ProjectType.IMAGES.value, ProjectType.VIDEOS.value)
_WARNING_FILE = "/system/DO_NOT_DELETE_ANYTHING_HERE.txt"
_WARNING = b"This directory is managed by Supervisely. Do not modify its contents."
_PUBLIC = frozenset({"app.supervise.ly", "app.supervisely.com"})


class DataVersion(Listing):
    """The versions of projects: made, listed, restored, looked at.

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
        if filters:
            body["filter"] = filters
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
        self.versions = {"format": codec_of(project).format, **(self.versions or {})}
        await _map.write(self._api, project, self.versions)

    async def repair_map(self, project_info: ProjectInfo | int) -> dict[str, Any]:
        """Make the map of a project anew from what the server knows, and store it.

        Args:
            project_info: the project, or its id.

        Returns:
            The map. It has each version whose archive is in the team files.
        """
        project = await self._project(project_info)
        versions: dict[str, Any] = {"format": codec_of(project).format}
        previous: int | None = None
        for version in sorted(await self.get_list(project.id), key=lambda each: (each.version or 0, each.id)):
            if not version.team_file_id:
                continue  # never committed
            about = await self._api.file.get_info_by_id(version.team_file_id)
            versions[str(version.id)] = {
                "path": about.path,
                "updated_at": version.project_updated_at,
                "previous": previous,
                "number": version.version,
            }
            versions["latest"] = previous = version.id
        await _map.write(self._api, project, versions)
        self._show(project, versions)
        return versions

    # making

    async def create(
        self,
        project_info: ProjectInfo | int,
        version_title: str | None = None,
        version_description: str | None = None,
        enable_preview: bool = False,
        *,
        raise_errors: bool = False,
        progress_callback: Progress | None = None,
    ) -> int | None:
        """Make a version of a project.

        When it fails, the reservation is given up, the map is as it was, and the archive is removed.

        Args:
            project_info: the project, or its id.
            version_title: title of the version.
            version_description: its description.
            enable_preview: make the project in which it can be looked at.
            raise_errors: raise what went wrong. Otherwise it goes to the logger, as the official client has it.
            progress_callback: told the bytes of the archive as they are sent.

        Returns:
            Id of the version; of the last one when nothing has changed since then; None when it could not be made.

        Raises:
            UnsupportedSnapshotError: no snapshots of this type are made here; nothing was reserved.
            VersionMapError: the map cannot be used; nothing was reserved.
            SuperviselyError: the version could not be made (with `raise_errors`), or it was made and only its preview
                failed; then a note says so.
        """
        project = await self._project(project_info)
        codec = codec_of(project)
        arguments.optional_text("version_title", version_title)
        arguments.optional_text("version_description", version_description)
        before = await _map.read(self._api, project)
        self._show(project, before)
        with tempfile.TemporaryDirectory(prefix="supervisely-") as name:
            folder = Path(name)
            try:
                await self._allowed(project)
                await self._warn(project)
                reserved = await reserve(self._api, project.id)
                if isinstance(reserved, Existing):
                    return reserved.version_id
                draft = Draft(self, self._api, project, codec, before, reserved)
                made = await draft.make(folder, version_title, version_description, progress_callback)
            except (SuperviselyError, OSError) as error:
                if raise_errors:
                    raise
                self._api.logger.error("version of project %d was not made: %s", project.id, told(error))  # noqa: TRY400 - the error is told whole
                return None
            self._show(project, made.versions)
            if enable_preview:
                await self._preview(project, made.version_id, folder / "version.bin")
        return made.version_id

    async def _preview(self, project: ProjectInfo, version_id: int, snapshot: Path) -> None:
        """The preview of a version that was just made, and its place in the map."""
        try:
            preview = await self.enable_preview(project, version_id, local_binary_path=str(snapshot))
            versions = dict(self.versions or {})
            versions[str(version_id)] = {**versions[str(version_id)], "preview": preview.id}
            await _map.write(self._api, project, versions)
        except Exception as error:
            error.add_note(
                f"version {version_id} of project {project.id} was made, only its preview was not; try again with "
                f"enable_preview({project.id}, {version_id}, overwrite=True)"
            )
            raise
        self._show(project, versions)

    async def _allowed(self, project: ProjectInfo) -> None:
        """Raise VersionError for a team of the public server that pays nothing."""
        if urlsplit(self._api.server_address).hostname not in _PUBLIC:
            return
        team = await self._api.team.get_info_by_id(_map.team_of(project))
        if team is not None and team.usage is not None and team.usage.plan == "free":
            raise VersionError("teams with the plan Free have no versions; the team needs another plan")

    async def _warn(self, project: ProjectInfo) -> None:
        """Put the file beside the versions that tells people to leave them alone, before the first version."""
        team = _map.team_of(project)
        if project.version is not None or await self._api.file.exists(team, _WARNING_FILE):
            return
        with tempfile.TemporaryDirectory(prefix="supervisely-") as folder:
            file = Path(folder) / "warning.txt"
            await in_thread(file.write_bytes, _WARNING)
            await self._api.file.upload(team, file, _WARNING_FILE)

    async def reserve(self, project_id: int, retries: int = 6) -> tuple[int | None, str | None]:
        """Begin a version.

        While somebody else makes one, this waits 2 seconds, then 4, 8 and so on, `retries` times: 126 s by default.

        Args:
            project_id: the project.
            retries: waits at most, 0 to 12.

        Returns:
            Id and token of the version; a pair of None when nothing has changed since the last one.

        Raises:
            ReservationBusyError: somebody else still makes a version.
            SuperviselyError: the call failed.
        """
        found = await reserve(self._api, project_id, retries)
        return (None, None) if isinstance(found, Existing) else found

    async def commit(
        self,
        version_id: int,
        commit_token: str,
        updated_at: str,
        file_id: int,
        title: str | None = None,
        description: str | None = None,
        preview_project_id: int | None = None,
    ) -> None:
        """Finish a version that was begun, whose archive and place in the map are stored.

        Args:
            version_id: its id.
            commit_token: its token.
            updated_at: time of the last change of the project.
            file_id: id of the archive in the team files.
            title: its title.
            description: its description.
            preview_project_id: the project in which it can be looked at.

        Raises:
            VersionError: the server did not do it.
            SuperviselyError: the call failed; it is sent once.
        """
        body = models.VersionCommit(
            id=arguments.whole("version_id", version_id, least=1),
            commit_token=_token(commit_token),
            project_updated_at=arguments.text("updated_at", updated_at) or None,
            team_file_id=arguments.whole("file_id", file_id, least=1),
        )
        if title:
            body.title = title
        if description:
            body.description = description
        if preview_project_id is not None:
            body.preview_project_id = arguments.whole("preview_project_id", preview_project_id, least=1)
        with translated():
            found = await self._wire.client().versions.commit(body=body)
        if found.success is not True:
            raise VersionError(f"the server did not commit version {version_id}; the reservation may have ended")

    async def cancel_reservation(self, version_id: int, commit_token: str) -> bool:
        """Give up a version that was begun. Gives whether that was done.

        Args:
            version_id: its id.
            commit_token: its token.
        """
        body = models.VersionCancel(
            id=arguments.whole("version_id", version_id, least=1), commit_token=_token(commit_token)
        )
        with translated():
            found = await self._wire.client().versions.cancel(body=body)
        return found.success is True

    async def update(
        self,
        version_id: int,
        name: str | None = None,
        description: str | None = None,
        preview_project_id: int | None = None,
    ) -> None:
        """Change name or description of a version, or the project in which it can be looked at.

        Args:
            version_id: its id.
            name: its name.
            description: its description.
            preview_project_id: the project; never a regular one.

        Raises:
            ValueError: nothing is to be changed.
            VersionError: the server did not do it.
        """
        if name is None and description is None and preview_project_id is None:
            raise ValueError("update takes at least one of name, description and preview_project_id")
        body = models.VersionUpdate(id=arguments.whole("version_id", version_id, least=1))
        if name is not None:
            body.name = arguments.text("name", name)
        if description is not None:
            body.description = arguments.text("description", description)
        if preview_project_id is not None:
            body.preview_project_id = arguments.whole("preview_project_id", preview_project_id, least=1)
        with translated():
            found = await self._wire.client().versions.update(body=body)
        if found.success is not True:
            raise VersionError(f"the server did not change version {version_id}")

    # restoring

    async def restore(
        self,
        project_info: ProjectInfo | int,
        version_id: int | None = None,
        version_num: int | None = None,
        skip_missed_entities: bool = False,
        workspace_id: int | None = None,
        project_name: str | None = None,
        project_description: str | None = None,
        local_binary_path: str | None = None,
        *,
        limits: SnapshotLimits | None = None,
        progress_callback: Progress | None = None,
    ) -> ProjectInfo | None:
        """Make a new project of a version.

        The archive is read and checked whole before anything is made.

        Args:
            project_info: the project that the version is of, or its id.
            version_id: id of the version.
            version_num: number of the version, in place of its id.
            skip_missed_entities: leave out images whose bytes are gone; the logger is told how many.
            workspace_id: workspace of the new project; by default that of the project.
            project_name: its name; by default made of the project's name and the version's number.
            project_description: its description.
            local_binary_path: a snapshot on this machine (`version.bin`), in place of the one in the team files.
            limits: bounds of what is read.
            progress_callback: told the bytes of the archive as they come.

        Returns:
            The new project; None when the version has no archive.

        Raises:
            ValueError: neither id nor number is given, they are of two versions, or there is no such version.
            UnsupportedSnapshotError: the snapshot is a pickle, or of another type of project.
            SnapshotError: the archive is damaged, or passes a limit.
            SuperviselyError: a call failed; a note of the error names a project that was begun.
        """
        if version_id is None and version_num is None:
            raise ValueError("restore takes version_id or version_num")
        if workspace_id is not None:
            arguments.whole("workspace_id", workspace_id, least=1)
        project = await self._project(project_info)
        codec = codec_of(project)
        versions = await _map.read(self._api, project)
        self._show(project, versions)
        found, number = await self._found(project, versions, version_id, version_num)
        target = workspace_id or project.workspace_id
        if target is None:
            raise ValueError(f"the server does not say which workspace has project {project.id}; give workspace_id")
        values = {"project_name": project.name, "version_num": number, "project_id": project.id, "version_id": found}
        name = self.PROJECT_NAME_TEMPLATE.format(**values) if project_name is None else project_name
        text = self.PROJECT_DESC_TEMPLATE.format(**values) if project_description is None else project_description
        wanted = Restoring(target, name, text, project.id, number, skip_missed_entities, limits or SnapshotLimits())
        with tempfile.TemporaryDirectory(prefix="supervisely-") as scratch:
            folder = Path(scratch)
            if local_binary_path is not None:
                snapshot = Path(local_binary_path)
            else:
                path = await self._archive(project, versions, found)
                if path is None:
                    self._api.logger.warning("version %d of project %d has no archive", number, project.id)
                    return None
                snapshot = folder / "version.bin"
                await self._fetch(project, path, snapshot, folder / "archive", wanted.limits, progress_callback)
            tables = folder / "tables"
            await in_thread(tables.mkdir)
            return await codec.restore(self._api, wanted, tables, snapshot)

    async def _found(
        self, project: ProjectInfo, versions: dict[str, Any], version_id: int | None, version_num: int | None
    ) -> tuple[int, int]:
        """Id and number of a version, by the map or else by the server.

        Raises:
            ValueError: there is none, or id and number are of two versions.
        """
        if version_id is not None:
            arguments.whole("version_id", version_id, least=1)
        if version_num is not None:
            arguments.whole("version_num", version_num, least=1)
        for number, entry in _map.numbered(versions):
            known = entry.get("number")
            if isinstance(known, int) and (number == version_id if version_id is not None else known == version_num):
                if version_num is not None and known != version_num:
                    raise ValueError(
                        f"version {version_id} has the number {known}, not {version_num}; give one of them"
                    )
                return number, known
        if version_id is not None:
            found = await self.get_info_by_id(project.id, version_id)
        else:
            found = await self.get_info_by_number(project.id, version_num or 0)
        if found is None:
            shown = f"version {version_id}" if version_id is not None else f"version number {version_num}"
            raise ValueError(f"project {project.id} has no {shown}")
        if version_num is not None and found.version != version_num:
            raise ValueError(
                f"version {version_id} has the number {found.version}, not {version_num}; give one of them"
            )
        return found.id, found.version or 0

    async def _archive(self, project: ProjectInfo, versions: dict[str, Any], version_id: int) -> str | None:
        """Path of an archive: the map has it, or else the server knows the file."""
        path = _map.entry_of(versions, version_id, project.id)
        if path is not None or str(version_id) in versions:
            return path
        found = await self.get_info_by_id(project.id, version_id)
        if found is None or not found.team_file_id:
            return None
        return (await self._api.file.get_info_by_id(found.team_file_id)).path

    async def _fetch(
        self,
        project: ProjectInfo,
        path: str,
        snapshot: Path,
        archive: Path,
        limits: SnapshotLimits,
        progress: Progress | None,
        *,
        resume: bool = False,
    ) -> None:
        """Download an archive and unpack the snapshot."""
        team = _map.team_of(project)
        about = await self._api.file.get_info_by_path(team, path)
        if about is None:
            raise VersionError(f"the archive {path} is not in the team files any more; the version cannot be restored")
        await _transfer.fetch(
            self._wire,
            models.FileReference(team_id=team, path=path),
            archive,
            size=about.sizeb,
            digest=about.hash,
            progress=progress,
            resume=resume,
        )
        await in_thread(unpack, archive, snapshot, limits)
        await in_thread(archive.unlink)

    async def download_snapshot(
        self,
        project_info: ProjectInfo | int,
        version_id: int,
        dest_path: str | None = None,
        *,
        limits: SnapshotLimits | None = None,
        progress_callback: Progress | None = None,
    ) -> str | io.BytesIO:
        """Bring the snapshot of a version to this machine, without making a project.

        Args:
            project_info: the project, or its id.
            version_id: id of the version.
            dest_path: file that it is written to; without it, the snapshot is held in memory.
            limits: bounds of what is read.
            progress_callback: told the bytes of the archive as they come.

        Returns:
            `dest_path`, or the snapshot.

        Raises:
            ValueError: there is no such version.
            VersionError: it has no archive.
            SnapshotError: the archive is damaged, or passes a limit.
        """
        arguments.whole("version_id", version_id, least=1)
        project = await self._project(project_info)
        versions = await _map.read(self._api, project)
        self._show(project, versions)
        found, _ = await self._found(project, versions, version_id, None)
        path = await self._archive(project, versions, found)
        if path is None:
            raise VersionError(f"version {version_id} has no archive")
        bounds = limits or SnapshotLimits()
        if dest_path is not None:
            target = Path(arguments.text("dest_path", dest_path))
            await in_thread(target.parent.mkdir, parents=True, exist_ok=True)
            # beside the target, so that the next call finds what was left of a download that broke off
            archive, part = target.with_name(f"{target.name}.tar.zst"), target.with_name(f"{target.name}.new")
            try:
                await self._fetch(project, path, part, archive, bounds, progress_callback, resume=True)
                await in_thread(part.replace, target)
            finally:
                await in_thread(part.unlink, missing_ok=True)
            return dest_path
        with tempfile.TemporaryDirectory(prefix="supervisely-") as folder:
            snapshot = Path(folder) / "version.bin"
            await self._fetch(project, path, snapshot, Path(folder) / "archive", bounds, progress_callback)
            return io.BytesIO(await in_thread(snapshot.read_bytes))

    # previews

    async def get_or_create_versions_workspace(self, team_id: int, description: str = "") -> int:
        """Id of the hidden workspace of a team for previews; it is made when there is none.

        Args:
            team_id: the team.
            description: description of a new one.
        """
        found = await self._api.workspace.get_info_by_name(team_id, _HIDDEN)
        if found is None:
            found = await self._api.workspace.create(team_id, _HIDDEN, description, hidden=True)
        return found.id

    async def enable_preview(
        self,
        project: int | ProjectInfo,
        version_id: int,
        overwrite: bool = False,
        local_binary_path: str | None = None,
    ) -> ProjectInfo:
        """Make the project in which a version can be looked at, in a hidden workspace, and link it to the version.

        Args:
            project: the project that the version is of, or its id.
            version_id: id of the version.
            overwrite: make it anew where there is one.
            local_binary_path: a snapshot on this machine (`version.bin`).

        Returns:
            The project of the preview: the one that is there, or a new one.

        Raises:
            ValueError: there is no such version.
            UnsupportedSnapshotError: this type of project has no previews.
            SuperviselyError: it could not be made.
        """
        source = await self._project(project)
        if source.type not in _PREVIEWS:
            raise UnsupportedSnapshotError(
                f"projects of {source.type} have no previews, only those of images and videos"
            )
        version = await self._there(source.id, version_id)
        if version.preview_project_id is not None and not overwrite:
            found = await self._api.project.get_info_by_id(version.preview_project_id)
            if found is not None:
                return found
        return await self._make_preview(source, version, local_binary_path)

    async def ensure_preview(
        self, project: int | ProjectInfo, version_id: int, local_binary_path: str | None = None
    ) -> ProjectInfo:
        """The project in which a version can be looked at; it is made when there is none any more.

        Args:
            project: the project that the version is of, or its id.
            version_id: id of the version.
            local_binary_path: a snapshot on this machine (`version.bin`).
        """
        return await self.enable_preview(project, version_id, local_binary_path=local_binary_path)

    async def _there(self, project_id: int, version_id: int) -> VersionInfo:
        found = await self.get_info_by_id(project_id, version_id)
        if found is None:
            raise ValueError(f"project {project_id} has no version {version_id}")
        return found

    async def _make_preview(self, source: ProjectInfo, version: VersionInfo, snapshot: str | None) -> ProjectInfo:
        values = {"project_name": source.name, "project_id": source.id, "version_id": version.id}
        made = await self.restore(
            source,
            version.id,
            workspace_id=await self.get_or_create_versions_workspace(_map.team_of(source)),
            project_name=_PREVIEW_NAME.format(version_num=version.version, **values),
            project_description=_PREVIEW_TEXT.format(version_num=version.version, **values),
            local_binary_path=snapshot,
        )
        if made is None:
            raise VersionError(f"version {version.id} has no archive, so there is nothing to look at")
        await self.update(version.id, preview_project_id=made.id)
        await self._api.project.set_read_only(made.id, enable=True)
        found = await self._api.project.get_info_by_id(made.id) or made
        about = {"version_id": version.id, "source_project_id": source.id, "preview_created_at": found.updated_at}
        custom = {**(found.custom_data or {}), "sly_version_preview": about}
        await self._api.project.update_custom_data(made.id, custom, silent=True)
        return found._replace(custom_data=custom)


def _token(text: str) -> str:
    if not arguments.text("commit_token", text):
        raise ValueError("commit_token is empty; reserve gives it")
    return text


def told(error: BaseException) -> str:
    """An error with its notes."""
    return "; ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
