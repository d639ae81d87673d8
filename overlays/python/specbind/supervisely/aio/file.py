"""Team files."""

from __future__ import annotations

import posixpath
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.core.tasks import in_thread
from specbind.supervisely import fields
from specbind.supervisely.exceptions import ApiAnswerError, SuperviselyError
from specbind.supervisely.types import FileInfo

from . import _transfer
from ._listing import Listing
from ._wire import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from specbind.supervisely.types import Entries, Files, Paths

__all__ = ["FileApi", "remote_path"]

_LARGEST_JSON = 100 << 20
_MOST_PATH = 4096


def remote_path(name: str, path: str) -> str:
    """A path in the team files.

    Raises:
        ValueError: it does not begin with a slash, leads upwards, or is the root.
    """
    text = arguments.text(name, path)
    parts = text.split("/")
    if (
        not text.startswith("/")
        or not text.strip("/")
        or len(text) > _MOST_PATH
        or {".", ".."} & {*parts}
        or "\0" in text
    ):
        message = f"{name} is a path in the team files such as /folder/name.ext, not {text[:100]!r}"
        raise ValueError(message)
    return text


class FileApi(Listing):
    """The files of a team.

    Args:
        api: the server.
    """

    InfoType = FileInfo

    @staticmethod
    def info_sequence() -> fields.Fields:
        """Members of the server's JSON in the order of FileInfo."""
        kinds: fields.Fields = [
            (["meta", "mime"], "mime"),
            (["meta", "ext"], "ext"),
            (["meta", "size"], "sizeb"),
        ]
        head = ["teamId", "id", "userId", "name", "hash", "path", "storagePath"]
        return [*head, *kinds, "createdAt", "updatedAt", "fullStorageUrl", "isDir"]

    @staticmethod
    def info_tuple_name() -> str:
        """FileInfo."""
        return "FileInfo"

    def _convert(self, json: Mapping[str, Any]) -> FileInfo:
        found = fields.to_tuple(FileInfo, self.info_sequence(), json)
        size: object = found.sizeb
        return found._replace(
            sizeb=int(size) if isinstance(size, str) and size.isdecimal() and len(size) < 20 else found.sizeb
        )

    async def list(
        self, team_id: int, path: str, recursive: bool = True, return_type: Literal["dict", "fileinfo"] = "dict"
    ) -> Entries:
        """What lies below a path.

        Args:
            team_id: the team.
            path: a folder, or the path of a file.
            recursive: also what lies in folders below.
            return_type: `dict` gives the server's JSON, `fileinfo` FileInfo.

        Raises:
            ValueError: `return_type` is another one.
        """
        if return_type not in ("dict", "fileinfo"):
            raise ValueError(f"return_type is 'dict' or 'fileinfo', not {return_type!r}")
        arguments.whole("team_id", team_id, least=1)
        arguments.text("path", path)
        asked = path if recursive or path.endswith("/") else f"{path}/"
        body = models.FileListing(team_id=team_id, path=asked, recursive=recursive)
        with translated():
            found = await self._wire.client().files.list(body=body)
        entries: Entries = fields.plain(found)
        return entries if return_type == "dict" else [self._convert(entry) for entry in entries]

    async def listdir(self, team_id: int, path: str, recursive: bool = False) -> Paths:
        """Paths of what lies below a path.

        Args:
            team_id: the team.
            path: a folder.
            recursive: also what lies in folders below.
        """
        return [str(entry["path"]) for entry in await self.list(team_id, path, recursive)]

    async def exists(self, team_id: int, remote_path: str, recursive: bool = True) -> bool:
        """Whether there is a file of this path.

        Args:
            team_id: the team.
            remote_path: the path.
            recursive: look for it in the list of what lies below the path; False looks in the list of its folder.
        """
        if recursive:
            return await self.get_info_by_path(team_id, remote_path) is not None
        return remote_path in await self.listdir(team_id, posixpath.dirname(remote_path) or "/")

    async def get_info_by_path(self, team_id: int, remote_path: str) -> FileInfo | None:
        """The file of a path, None when there is none.

        Args:
            team_id: the team.
            remote_path: the path.
        """
        for found in await self.list(team_id, remote_path, return_type="fileinfo"):
            if found.path == remote_path:
                known: FileInfo = found
                return known
        return None

    async def get_info_by_id(self, id: int) -> FileInfo:
        """A file.

        Args:
            id: its id.

        Raises:
            ApiStatusError: there is none.
        """
        with translated():
            found = await self._wire.client().files.info(body=models.ById(id=arguments.whole("id", id, least=1)))
        return self._convert(fields.plain(found))

    async def upload(
        self, team_id: int, src: str | Path, dst: str, progress_cb: Callable[[int], object] | None = None
    ) -> FileInfo:
        """Store a file, in place of one that has this path. The server's checksum must be that of the file.

        Args:
            team_id: the team.
            src: the file on this machine.
            dst: path in the team files.
            progress_cb: called with bytes, as they are sent.

        Raises:
            ValueError: the file is empty, or `dst` is no path of a file.
            OSError: the file cannot be read.
        """
        return (await self.upload_bulk(team_id, [src], [dst], progress_cb))[0]

    async def upload_bulk(
        self,
        team_id: int,
        src_paths: Sequence[str | Path],
        dst_paths: Sequence[str],
        progress_cb: Callable[[int], object] | None = None,
    ) -> Files:
        """Store files, one after the other; see `upload`.

        Args:
            team_id: the team.
            src_paths: the files on this machine.
            dst_paths: their paths in the team files.
            progress_cb: called with bytes, as they are sent.

        Raises:
            ValueError: the lists differ in length, or as in `upload`; nothing is sent then.
        """
        arguments.whole("team_id", team_id, least=1)
        arguments.paths("src_paths", src_paths)
        arguments.paths("dst_paths", dst_paths)
        if len(src_paths) != len(dst_paths):
            raise ValueError(f"{len(src_paths)} files are to get {len(dst_paths)} paths; give one for each")
        pairs = [
            (Path(source), remote_path("dst", target)) for source, target in zip(src_paths, dst_paths, strict=True)
        ]
        for source, target in pairs:
            if target.endswith("/"):
                raise ValueError(f"dst is the path of a file, not of a folder: {target!r}")
            if not (await in_thread(source.stat)).st_size:
                raise ValueError(f"{source} is empty; the server keeps no files of no bytes")
        found: Files = []
        for source, target in pairs:
            sent = await _transfer.send(self._wire, source, team_id, target, progress=steps(progress_cb))
            found.append(self._convert(fields.plain(sent)))
        return found

    async def download(
        self,
        team_id: int,
        remote_path: str,
        local_save_path: str | Path,
        cache: None = None,  # noqa: ARG002 - the official client has it here; there is no cache
        progress_cb: Callable[[int], object] | None = None,
    ) -> None:
        """Bring a file to this machine, checked, in place of one that is there.

        A download that was broken off goes on in the next call, where the server serves ranges.

        Args:
            team_id: the team.
            remote_path: its path in the team files.
            local_save_path: its path on this machine; the folder is made when it is missing.
            cache: has no effect.
            progress_cb: called with bytes, as they come.

        Raises:
            FileNotFoundError: the team has no such file.
            SuperviselyError: the call failed, or the bytes are not those that the server names.
            OSError: the file cannot be written.
        """
        about = await self._known(team_id, remote_path)
        await _transfer.fetch(
            self._wire,
            models.FileReference(team_id=team_id, path=about.path),
            Path(local_save_path),
            size=about.sizeb,
            digest=about.hash,
            progress=steps(progress_cb),
            resume=True,
        )

    async def _known(self, team_id: int, path: str) -> FileInfo:
        found = await self.get_info_by_path(team_id, remote_path("remote_path", path))
        if found is None:
            raise FileNotFoundError(f"the team {team_id} has no file {path[:200]!r}")
        return found

    async def get_json_file_content(self, team_id: int, remote_path: str, download: bool = False) -> Any:  # noqa: ANN401, ARG002 - any JSON; it is always downloaded
        """The JSON value in a file.

        Args:
            team_id: the team.
            remote_path: its path.
            download: has no effect: the bytes always come from the API, and no key goes to another origin.

        Raises:
            FileNotFoundError: the team has no such file.
            ApiAnswerError: it has more than 100 MiB, or is no JSON.
        """
        about = await self._known(team_id, remote_path)
        if (about.sizeb or 0) > _LARGEST_JSON:
            raise ApiAnswerError(
                f"{remote_path[:200]!r} has {about.sizeb} bytes; read are JSON files of up to {_LARGEST_JSON}"
            )
        with tempfile.TemporaryDirectory(prefix="supervisely-") as folder:
            target = Path(folder) / "file.json"
            wanted = models.FileReference(team_id=team_id, path=about.path)
            await _transfer.fetch(
                self._wire, wanted, target, size=about.sizeb, digest=about.hash, progress=_not_too_large
            )
            content = await in_thread(target.read_bytes)
        try:
            return msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ApiAnswerError(f"{remote_path[:200]!r} is no JSON: {error}") from error

    async def remove(self, team_id: int, path: str) -> None:
        """Remove a file, or a folder with all that it holds.

        Args:
            team_id: the team.
            path: its path; the root is refused.

        Raises:
            ValueError: it is no path, or the root.
        """
        arguments.whole("team_id", team_id, least=1)
        body = models.FileReference(team_id=team_id, path=remote_path("path", path))
        with translated():
            await self._wire.client().files.remove(body=body)


def _not_too_large(done: int, total: int | None) -> None:
    """End a download that is larger than was announced."""
    if max(done, total or 0) > _LARGEST_JSON:
        raise SuperviselyError(f"the file is larger than {_LARGEST_JSON} bytes")


def steps(callback: Callable[[int], object] | None) -> Callable[[int, int | None], object] | None:
    """A progress for a callback that wants the bytes since its last call."""
    if callback is None:
        return None
    told = 0

    def report(done: int, _total: int | None, /) -> object:
        nonlocal told
        more, told = done - told, done
        return callback(more) if more else None

    return report
