"""Which files are read: those below the named folders, and the ones that protoc brings along."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from specbind.generator.codes import Code
from specbind.generator.diagnostics import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .report import Report

__all__ = ["Input", "Roots"]

_SIGNS = ":;=\n\r"  # protoc cuts a list of folders at these


class Input(Struct, frozen=True):
    """A proto that was named: `path` as imports name it, `disk` where it stands, `shown` as findings name it."""

    path: str
    disk: Path
    shown: str


def _absolute(path: Path) -> Path:
    """The path from the root of the file system, without `..`."""
    return Path(os.path.normpath(path.absolute()))


class Roots:
    """The include roots, in order. Nothing outside of them is opened, also not through a link in them."""

    def __init__(self, folders: Sequence[Path], report: Report) -> None:
        self._report = report
        self._given = list(folders)
        self.folders = [_absolute(folder) for folder in folders]
        tools = find_spec("grpc_tools")
        if tools is None or not tools.origin:
            hint = "pip install 'specbind[generator]'"
            raise report.failure(Code.PROTOC, "protoc is not installed: there is no grpcio-tools", Place(), hint)
        self._own = Path(tools.origin).parent / "_proto"
        for given, folder in zip(self._given, self.folders, strict=True):
            if not folder.is_dir():
                raise report.failure(Code.PROTO_ROOT, "the include root is not a folder", Place(str(given)))
            if any(sign in str(folder) for sign in _SIGNS):
                message = "an include root with ':', ';', '=' or a line break in its path cannot be given to protoc"
                raise report.failure(Code.PROTO_ROOT, message, Place(str(given)), "move it, or make a link to it")

    def inputs(self, files: Sequence[Path]) -> list[Input]:
        """The files, or every proto in the folders, that were named. Raises SpecError."""
        found: dict[str, Input] = {}
        for file in files:
            for path in sorted(file.rglob("*.proto")) if file.is_dir() else [file]:
                made = self._input(path)
                self._refuse_hidden(made)
                found.setdefault(made.path, made)
        if not found:
            raise self._report.failure(Code.EMPTY, "there is no proto here", Place(", ".join(map(str, files))))
        return list(found.values())

    def _input(self, file: Path) -> Input:
        """A file is named by its path on disk, or by the name that imports use."""
        disk = _absolute(file)
        for folder in self.folders:
            if disk.is_file() and disk.is_relative_to(folder):
                return self._checked(Input(disk.relative_to(folder).as_posix(), disk, file.as_posix()))
        for given, folder in zip(self._given, self.folders, strict=True):
            below = folder / file
            if not file.is_absolute() and below.is_file():
                return self._checked(Input(file.as_posix(), below, (given / file).as_posix()))
        place = Place(file.as_posix())
        if disk.is_file():
            hint = "--proto-root names the folder that its imports start from"
            raise self._report.failure(Code.PROTO_ROOT, "the file lies below no include root", place, hint)
        raise self._report.failure(Code.UNREADABLE, "there is no such file", place)

    def _refuse_hidden(self, made: Input) -> None:
        """An earlier root must not hold another file of this import name; equal ones do no harm."""
        first = next(disk for root in self.folders if (disk := root / made.path).is_file())
        if first != made.disk and first.read_bytes() != made.disk.read_bytes():
            message = f"it is hidden: imports of {made.path} find {self.shown(made.path)}"
            hint = "generate the two apart, or choose include roots in which their import names differ"
            raise self._report.failure(Code.PROTO_ROOT, message, Place(made.shown), hint)

    def _checked(self, found: Input) -> Input:
        plain = "\n" not in found.path and ".." not in found.path.split("/") and "\\" not in found.path
        if not plain:
            raise self._report.failure(Code.PROTO_ROOT, "this path cannot be imported", Place(found.shown))
        return found

    def shown(self, path: str) -> str:
        """How findings name the file that imports call `path`, or that stands at `path`."""
        for given, folder in zip(self._given, self.folders, strict=True):
            disk = folder / path
            if path and disk.is_relative_to(folder) and disk.is_file():
                return (given / disk.relative_to(folder)).as_posix()
        return path

    def digests(self, paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """SHA-256 of files by the names that imports use. Raises SpecError if one of them is outside of the roots."""
        return tuple((path, hashlib.sha256(self._file(path).read_bytes()).hexdigest()) for path in sorted(paths))

    def _file(self, path: str) -> Path:
        for folder in (*self.folders, self._own):
            disk = folder / path
            if disk.is_file():
                if disk.resolve().is_relative_to(folder.resolve()):
                    return disk
                message = f"{path} is a link that leads out of its include root"
                raise self._report.failure(Code.PROTO_ROOT, message, Place(self.shown(path)), "name its folder as well")
        raise self._report.failure(Code.UNREADABLE, f"{path} is not there any more", Place(path))
