"""Which types of projects have snapshots here, and how they are made and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from specbind.supervisely.exceptions import UnsupportedSnapshotError
from specbind.supervisely.snapshot import FORMAT
from specbind.supervisely.snapshot.libraries import parquet, zstandard
from specbind.supervisely.types import ProjectType

from ._collect import collect
from ._restore import Restoring, restore

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.supervisely.types import ProjectInfo

    from .api import Api

__all__ = ["Codec", "codec_of", "format_of"]


class Codec(Protocol):
    """Snapshots of one type of project."""

    format: str
    """What versions are written as."""

    def check(self) -> None:
        """Raise LibraryMissingError when a library is not installed."""
        ...

    async def collect(self, api: Api, project: ProjectInfo, folder: Path, snapshot: Path) -> None:
        """Write a snapshot of a project to the file `snapshot`; `folder` is an empty folder."""
        ...

    async def restore(self, api: Api, wanted: Restoring, folder: Path, snapshot: Path) -> ProjectInfo:
        """Make a project of the snapshot; `folder` is an empty folder."""
        ...


class _Images:
    """Projects of images: tables in the columnar format of the official client."""

    format: str = FORMAT

    def check(self) -> None:
        parquet()
        zstandard()

    async def collect(self, api: Api, project: ProjectInfo, folder: Path, snapshot: Path) -> None:
        await collect(api, project, folder, snapshot)

    async def restore(self, api: Api, wanted: Restoring, folder: Path, snapshot: Path) -> ProjectInfo:
        return await restore(api, wanted, folder, snapshot)


_CODECS: dict[str, Codec] = {ProjectType.IMAGES.value: _Images()}


def codec_of(project: ProjectInfo) -> Codec:
    """The codec of a project, with its libraries there.

    Raises:
        UnsupportedSnapshotError: there is none for its type.
        LibraryMissingError: a library is not installed.
    """
    codec = _CODECS.get(project.type or "")
    if codec is None:
        message = (
            f"project {project.id} has the type {(project.type or '')[:40]!r}; versions are made and restored here for "
            f"{', '.join(_CODECS)}. Use the official client for it, or the tab Versions on the web"
        )
        raise UnsupportedSnapshotError(message)
    codec.check()
    return codec


def format_of(project: ProjectInfo) -> dict[str, str]:
    """The member of a map that names its format; empty for types that have no snapshots here."""
    codec = _CODECS.get(project.type or "")
    return {} if codec is None else {"format": codec.format}
