"""What the server tells of its entities. The names, and their order, are those of the official client."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

__all__ = [
    "DatasetInfo",
    "Entries",
    "FileInfo",
    "Files",
    "ImageInfo",
    "Paths",
    "ProjectInfo",
    "ProjectType",
    "TeamInfo",
    "UsageInfo",
    "VersionInfo",
    "WorkspaceInfo",
]


class ProjectType(StrEnum):
    """Types of projects."""

    IMAGES = "images"
    VIDEOS = "videos"
    VOLUMES = "volumes"
    POINT_CLOUDS = "point_clouds"
    POINT_CLOUD_EPISODES = "point_cloud_episodes"
    MESHES = "meshes"
    AUDIO = "audio"


class VersionInfo(NamedTuple):
    """A version of a project."""

    id: int
    project_id: int
    created_by: int | None
    team_file_id: int | None
    """The archive in the team files; None until the version is committed."""
    version: int | None
    """Its number, from 1."""
    description: str | None
    status: str | None
    created_at: str | None
    updated_at: str | None
    project_updated_at: str | None
    team_id: int | None
    name: str | None
    preview_project_id: int | None = None
    """The project in which the version can be looked at."""

    @property
    def created_by_id(self) -> int | None:
        """`created_by`, under the name that lists of the official client give it."""
        return self.created_by


class ProjectInfo(NamedTuple):
    """A project."""

    id: int
    name: str
    description: str | None = None
    size: int | str | None = None
    readme: str | None = None
    workspace_id: int | None = None
    images_count: int | None = None
    items_count: int | None = None
    datasets_count: int | None = None
    created_at: str | None = None
    updated_at: str | None = None
    type: str | None = None
    """One of `ProjectType`."""
    reference_image_url: str | None = None
    custom_data: dict[str, Any] | None = None
    backup_archive: dict[str, Any] | None = None
    team_id: int | None = None
    settings: dict[str, Any] | None = None
    import_settings: dict[str, Any] | None = None
    version: dict[str, Any] | None = None
    """The latest version, with `id` and `version`."""
    created_by_id: int | None = None
    embeddings_enabled: bool | None = None
    embeddings_updated_at: str | None = None
    embeddings_in_progress: bool | None = None
    local_entities_count: int | None = None
    remote_entities_count: int | None = None


class WorkspaceInfo(NamedTuple):
    """A workspace."""

    id: int
    name: str
    description: str | None
    team_id: int
    created_at: str | None
    updated_at: str | None


class UsageInfo(NamedTuple):
    """What a team has paid for."""

    plan: str | None


class TeamInfo(NamedTuple):
    """A team."""

    id: int
    name: str
    description: str | None
    role: str | None
    created_at: str | None
    updated_at: str | None
    usage: UsageInfo | None


class DatasetInfo(NamedTuple):
    """A dataset."""

    id: int
    name: str
    description: str | None
    size: int | str | None
    project_id: int | None
    images_count: int | None
    items_count: int | None
    created_at: str | None
    updated_at: str | None
    reference_image_url: str | None
    team_id: int | None
    workspace_id: int | None
    parent_id: int | None
    custom_data: dict[str, Any] | None
    created_by: int | None


class FileInfo(NamedTuple):
    """A file, or a folder, of a team."""

    team_id: int | None
    id: int | None
    user_id: int | None
    name: str | None
    hash: str | None
    """SHA-256 of the bytes, in base64."""
    path: str
    storage_path: str | None
    mime: str | None
    ext: str | None
    sizeb: int | None
    """Bytes."""
    created_at: str | None
    updated_at: str | None
    full_storage_url: str | None
    """Where a browser gets the bytes. It may lie on another origin: never send the key there."""
    is_dir: bool | None


Entries: TypeAlias = "list[Any]"
"""FileInfo, or the server's JSON of files."""
Files: TypeAlias = "list[FileInfo]"
Paths: TypeAlias = "list[str]"


class ImageInfo(NamedTuple):
    """An image."""

    id: int
    name: str
    link: str | None
    """Address of an image that the server does not keep."""
    hash: str | None
    """SHA-256 of the bytes, in base64."""
    mime: str | None
    ext: str | None
    size: int | str | None
    """Bytes."""
    width: int | None
    height: int | None
    labels_count: int | None
    dataset_id: int | None
    created_at: str | None
    updated_at: str | None
    meta: dict[str, Any] | None
    path_original: str | None
    full_storage_url: str | None
    tags: list[dict[str, Any]] | None
    created_by: int | str | None
