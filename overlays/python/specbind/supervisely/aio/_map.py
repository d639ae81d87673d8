"""The map of versions, `versions.json` in the team files: which archive holds which version."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from specbind.core.tasks import in_thread
from specbind.supervisely.exceptions import ApiAnswerError, VersionError, VersionMapError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from specbind.supervisely.types import ProjectInfo

    from .api import Api

__all__ = [
    "STORAGE",
    "change",
    "dropped",
    "entry_of",
    "folder_of",
    "map_path",
    "numbered",
    "put",
    "read",
    "team_of",
    "without",
    "write",
]

STORAGE = "/system/versions/"
"""Folder of all versions in the team files."""
_MOST = 100_000


def folder_of(project_id: int) -> str:
    """Folder of the versions of a project."""
    return f"{STORAGE}{project_id}"


def map_path(project_id: int) -> str:
    """Path of the map of a project."""
    return f"{folder_of(project_id)}/versions.json"


def team_of(project: ProjectInfo) -> int:
    """The team whose files have the versions of a project."""
    if project.team_id is None:
        raise VersionError(f"the server does not say which team has project {project.id}, so its files cannot be found")
    return project.team_id


async def read(api: Api, project: ProjectInfo) -> dict[str, Any]:
    """The map of a project, empty when there is none.

    Raises:
        VersionMapError: it cannot be used.
    """
    path = map_path(project.id)
    try:
        found: object = await api.file.get_json_file_content(team_of(project), path)
    except FileNotFoundError:
        return {}
    except ApiAnswerError as error:
        raise VersionMapError(f"{error}; {_WAY_OUT}") from error
    return {} if found is None else _checked(found, path)


async def write(api: Api, project: ProjectInfo, versions: Mapping[str, Any]) -> None:
    """Store the map of a project."""
    with tempfile.TemporaryDirectory(prefix="supervisely-") as folder:
        file = Path(folder) / "versions.json"
        await in_thread(file.write_bytes, msgspec.json.encode(dict(versions)))
        await api.file.upload(team_of(project), file, map_path(project.id))


def _checked(value: object, path: str) -> dict[str, Any]:
    """A map as it was read. Entries that make no sense are found out when they are asked for.

    Raises:
        VersionMapError: it is no JSON object, or has very many members.
    """
    if not isinstance(value, dict):
        raise VersionMapError(f"{path} is no JSON object but a {type(value).__name__}; {_WAY_OUT}")
    found = cast("dict[str, Any]", value)
    if len(found) > _MOST:
        raise VersionMapError(f"{path} has {len(found)} members; read are {_MOST}; {_WAY_OUT}")
    return found


_WAY_OUT = "DataVersion.repair_map makes it anew from what the server knows"


def numbered(versions: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries with the ids of their versions."""
    for key, value in versions.items():
        if key.isascii() and key.isdigit() and len(key) < 19 and isinstance(value, dict):
            yield int(key), cast("dict[str, Any]", value)


def entry_of(versions: Mapping[str, Any], version_id: int, project_id: int) -> str | None:
    """Path of the archive of a version, None where the map has none.

    Raises:
        VersionMapError: the entry leads out of the folder of the versions of the project.
    """
    entry: object = versions.get(str(version_id))
    path: object = cast("dict[str, object]", entry).get("path") if isinstance(entry, dict) else None
    if path is None:
        return None
    inside = (
        isinstance(path, str)
        and path.startswith(f"{folder_of(project_id)}/")
        and len(path) < 1024
        and ".." not in path.split("/")
    )
    if not inside:
        message = (
            f"the map of project {project_id} says that version {version_id} is in {str(path)[:100]!r}; {_WAY_OUT}"
        )
        raise VersionMapError(message)
    return str(path)


async def change(api: Api, project: ProjectInfo, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Store the map of a project, changed; it is read just before, and written only where it differs.

    The server has no lock for it. Calls of one Api wait for each other; writers elsewhere are kept apart by the
    reservation of a version, where there is one.

    Raises:
        VersionMapError: it cannot be used.
    """
    async with api._wire.lock(f"map {project.id}"):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package
        before = await read(api, project)
        after = changed(before)
        if after != before:
            await write(api, project, after)
        return after


def put(versions: Mapping[str, Any], version_id: int, entry: dict[str, Any], form: str) -> dict[str, Any]:
    """The map with one more version, the latest."""
    return {**versions, "format": versions.get("format", form), str(version_id): entry, "latest": version_id}


def dropped(versions: Mapping[str, Any], version_id: int) -> dict[str, Any]:
    """The map without a version; where it was the latest, the one before it is that."""
    found = {name: value for name, value in versions.items() if name != str(version_id)}
    if found.get("latest") != version_id or str(version_id) not in versions:
        return found
    del found["latest"]
    entry: object = versions[str(version_id)]
    previous = cast("dict[str, object]", entry).get("previous") if isinstance(entry, dict) else None
    if isinstance(previous, int) and str(previous) in found:
        found["latest"] = previous
    return found


def without(versions: Mapping[str, Any], known: Collection[int], form: str) -> dict[str, Any]:
    """The map without a latest version that was never committed: one whose making was broken off.

    Args:
        versions: the map.
        known: ids of the versions that the server has committed.
        form: format of a map that names none.
    """
    latest: object = versions.get("latest")
    if not isinstance(latest, int) or isinstance(latest, bool) or latest in known:
        return dict(versions)
    found = {name: value for name, value in versions.items() if name not in (str(latest), "latest")}
    left = [number for number, _ in numbered(found) if number in known]
    if left:
        found["latest"] = max(left)
    return {"format": form, **found}
