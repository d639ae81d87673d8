"""Supervisely: versions of projects, with the names, arguments and results of the official client.

    from specbind.supervisely import Api

    with Api.from_env() as api:
        version_id = api.project.version.create(project_id, "before the cleanup")
        project = api.project.version.restore(project_id, version_id)

`specbind.supervisely.aio` has the same, asynchronous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Api",
    "ApiAnswerError",
    "ApiClosedError",
    "ApiConnectionError",
    "ApiStatusError",
    "DataVersion",
    "DatasetApi",
    "DatasetInfo",
    "FileApi",
    "FileInfo",
    "ImageApi",
    "ImageInfo",
    "LibraryMissingError",
    "ProjectApi",
    "ProjectInfo",
    "ProjectType",
    "Reply",
    "ReservationBusyError",
    "SnapshotError",
    "SnapshotLimits",
    "SuperviselyError",
    "TeamApi",
    "TeamInfo",
    "UnsupportedSnapshotError",
    "UsageInfo",
    "VersionError",
    "VersionInfo",
    "VersionMapError",
    "WorkspaceApi",
    "WorkspaceInfo",
]

if TYPE_CHECKING:
    from ._sync import Api as Api
    from ._sync import DatasetApi as DatasetApi
    from ._sync import DataVersion as DataVersion
    from ._sync import FileApi as FileApi
    from ._sync import ImageApi as ImageApi
    from ._sync import ProjectApi as ProjectApi
    from ._sync import TeamApi as TeamApi
    from ._sync import WorkspaceApi as WorkspaceApi
    from .exceptions import ApiAnswerError as ApiAnswerError
    from .exceptions import ApiClosedError as ApiClosedError
    from .exceptions import ApiConnectionError as ApiConnectionError
    from .exceptions import ApiStatusError as ApiStatusError
    from .exceptions import LibraryMissingError as LibraryMissingError
    from .exceptions import ReservationBusyError as ReservationBusyError
    from .exceptions import SnapshotError as SnapshotError
    from .exceptions import SuperviselyError as SuperviselyError
    from .exceptions import UnsupportedSnapshotError as UnsupportedSnapshotError
    from .exceptions import VersionError as VersionError
    from .exceptions import VersionMapError as VersionMapError
    from .reply import Reply as Reply
    from .snapshot.limits import SnapshotLimits as SnapshotLimits
    from .types import DatasetInfo as DatasetInfo
    from .types import FileInfo as FileInfo
    from .types import ImageInfo as ImageInfo
    from .types import ProjectInfo as ProjectInfo
    from .types import ProjectType as ProjectType
    from .types import TeamInfo as TeamInfo
    from .types import UsageInfo as UsageInfo
    from .types import VersionInfo as VersionInfo
    from .types import WorkspaceInfo as WorkspaceInfo
else:
    from specbind.bindings._runtime.lazy import lazy

    _FACES = (*(name for name in __all__ if name.endswith("Api")), "DataVersion")
    _TYPES = (*(name for name in __all__ if name.endswith("Info")), "ProjectType")
    _EXCEPTIONS = tuple(name for name in __all__ if name.endswith("Error"))

    __getattr__, __dir__ = lazy(
        __name__,
        dict.fromkeys(_FACES, "_sync")
        | dict.fromkeys(_TYPES, "types")
        | dict.fromkeys(_EXCEPTIONS, "exceptions")
        | {"Reply": "reply", "SnapshotLimits": "snapshot.limits"}
        | dict.fromkeys(("aio", "exceptions", "project", "reply", "snapshot", "types"), ""),
    )
