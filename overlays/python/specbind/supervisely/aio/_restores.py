"""Versions of projects: what is made of them, and their previews."""

from __future__ import annotations

import hashlib
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.core.tasks import in_thread
from specbind.supervisely.exceptions import UnsupportedSnapshotError, VersionError
from specbind.supervisely.snapshot import SnapshotLimits, unpack
from specbind.supervisely.types import ProjectInfo, ProjectType, VersionInfo

from . import _map, _transfer
from ._codecs import codec_of
from ._given import flag, snapshot_file, target_file
from ._listing import as_filter
from ._restore import Restoring
from ._version_lists import VersionLists
from ._wire import translated

if TYPE_CHECKING:
    from specbind.core.progress import Progress

__all__ = ["Restores"]

_HIDDEN = "[Do Not Modify] Instant Versions Storage"
_PREVIEW_NAME = "{project_name}, preview for ver. {version_num}"
_PREVIEW_TEXT = "Preview for version {version_num}. Source project ID: {project_id}, version ID: {version_id}"
_PREVIEWS = (ProjectType.IMAGES.value, ProjectType.VIDEOS.value)


class Restores(VersionLists):
    """The versions of projects, restored and looked at."""

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
        for asked, value in (("version_id", version_id), ("version_num", version_num), ("workspace_id", workspace_id)):
            if value is not None:
                arguments.whole(asked, value, least=1)
        flag("skip_missed_entities", skip_missed_entities)
        if arguments.optional_text("project_name", project_name) == "":
            raise ValueError("project_name is empty")
        arguments.optional_text("project_description", project_description)
        local = await snapshot_file("local_binary_path", local_binary_path)
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
            if local is not None:
                snapshot = local
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
        target = await target_file("dest_path", dest_path)
        project = await self._project(project_info)
        versions = await _map.read(self._api, project)
        self._show(project, versions)
        found, _ = await self._found(project, versions, version_id, None)
        path = await self._archive(project, versions, found)
        if path is None:
            raise VersionError(f"version {version_id} has no archive")
        bounds = limits or SnapshotLimits()
        if target is not None:
            await in_thread(target.parent.mkdir, parents=True, exist_ok=True)
            # beside the target, so that the next call finds what was left of a download that broke off, and under
            # names that nobody else has
            own = hashlib.sha256(f"{self._wire.server} {path} {target.name}".encode()).hexdigest()[:24]
            archive, part = target.with_name(f".specbind-{own}.tar.zst"), target.with_name(f".specbind-{own}.new")
            try:
                await self._fetch(project, path, part, archive, bounds, progress_callback, resume=True)
                await in_thread(part.replace, target)
            finally:
                for left in (part, archive):
                    await in_thread(left.unlink, missing_ok=True)
            return str(dest_path)
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
        arguments.text("description", description)
        listed = await self._api.workspace.get_list(team_id, [as_filter("name", _HIDDEN)])
        found = min((each for each in listed if each.name == _HIDDEN), key=lambda each: each.id, default=None)
        if found is None:
            found = await self._api.workspace.create(team_id, _HIDDEN, description, hidden=True)
        return found.id

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
        arguments.whole("version_id", version_id, least=1)
        flag("overwrite", overwrite)
        await snapshot_file("local_binary_path", local_binary_path)
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
        await self._api.project.set_read_only(made.id, enable=True)
        found = await self._api.project.get_info_by_id(made.id) or made
        about = {"version_id": version.id, "source_project_id": source.id, "preview_created_at": found.updated_at}
        custom = {**(found.custom_data or {}), "sly_version_preview": about}
        await self._api.project.update_custom_data(made.id, custom, silent=True)
        await self.update(version.id, preview_project_id=made.id)  # last: what is linked is whole
        return found._replace(custom_data=custom)
