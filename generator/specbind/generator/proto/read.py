"""The entry: protos or a descriptor set in, an Api out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.diagnostics import Diagnostics, Place, SpecError
from specbind.generator.source.digest import combined_sha256

from .comments import Comments
from .descriptors import FileDescriptor, FileSet
from .limits import MAX_BYTES, MAX_FILES
from .lower import lower
from .protoc import compile_protos
from .report import Report
from .roots import Roots
from .symbols import Symbols
from .wire import WireError, check, split, wire_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from specbind.generator.ir.model import Api

_SOURCE_CODE_INFO = 9  # the field of FileDescriptorProto

__all__ = ["protos_sha256", "read_descriptor_set", "read_protos"]


def read_protos(
    files: Sequence[Path],
    diagnostics: Diagnostics,
    *,
    roots: Sequence[Path] = (),
    name: str = "",
    allow_partial: bool = False,
) -> Api:
    """Compile protos of proto2, proto3 and the editions 2023 and 2024, and lower them. The passes have yet to run.

    Args:
        files: protos by their path, or by the name that imports use; a folder means every proto in it.
        diagnostics: takes every finding. Where one of them is an error, the Api lacks something that the protos say.
        roots: the folders that imports start from. Default: the folder of each file. Nothing outside of them is read
            but the protos that protoc brings along (`google/protobuf`).
        name: the Api's name. Default: what the packages have in front, else the name of the first file.
        allow_partial: findings about parts that are left out are warnings instead of errors.

    Raises:
        SpecError: the protos cannot be read at all; its diagnostic is among `diagnostics` too.
    """
    report = Report(diagnostics, allow_partial=allow_partial)
    found = Roots(_folders(files, roots), report)
    inputs = found.inputs(files)
    content = compile_protos(inputs, found, report)
    parsed = _parse(content, inputs[0].shown, report)
    files_read = found.digests(file.name for file, _ in parsed)
    asked = frozenset(item.path for item in inputs)
    api = _lower(parsed, asked, found.shown, report, name=name, sha256=combined_sha256([], files_read))
    return replace(api, spec_files=files_read)


def protos_sha256(files: Sequence[Path], roots: Sequence[Path], names: Sequence[str]) -> str:
    """What `Api.spec_sha256` would be now, had the files the same imports as when `names` were read.

    "" where a file is not there any more, or one is new.
    """
    report = Report(Diagnostics())
    try:
        found = Roots(_folders(files, roots), report)
        if any(item.path not in names for item in found.inputs(files)):
            return ""
        return combined_sha256([], found.digests(names))
    except (SpecError, OSError):
        return ""


def _folders(files: Sequence[Path], roots: Sequence[Path]) -> list[Path]:
    return list(roots) or list(dict.fromkeys(file if file.is_dir() else file.parent for file in files))


def read_descriptor_set(path: Path, diagnostics: Diagnostics, *, name: str = "", allow_partial: bool = False) -> Api:
    """Lower a FileDescriptorSet that somebody else made; it has to hold all imports.

    Its names and numbers are checked again. Files of `google.protobuf` count as imports unless there is nothing else.

    Raises:
        SpecError: the file cannot be read or is no such set; its diagnostic is among `diagnostics` too.
    """
    report = Report(diagnostics, allow_partial=allow_partial)
    place = Place(path.as_posix())
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"cannot read the file: {error.strerror}"
        raise report.failure(Code.UNREADABLE, message, place) from error
    if len(content) > MAX_BYTES:
        raise report.failure(Code.TOO_LARGE, f"the descriptors have more than {MAX_BYTES} bytes", place)
    try:
        check(content, FileSet)
    except WireError as error:
        raise report.failure(Code.DESCRIPTOR, f"this is no descriptor set: {error}", place) from error
    parsed = _parse(content, path.as_posix(), report)
    names = [file.name for file, _ in parsed]
    asked = frozenset(found for found in names if not found.startswith("google/protobuf/")) or frozenset(names)
    sha256 = combined_sha256([content], [])

    def shown(name: str) -> str:
        return f"{path.as_posix()}:{name}"

    return _lower(parsed, asked, shown, report, name=name, sha256=sha256)


def _parse(content: bytes, shown: str, report: Report) -> list[tuple[FileDescriptor, bytes]]:
    """The files, and the bytes of the source information of each."""
    try:
        pieces = [split(field.content, _SOURCE_CODE_INFO) for field in wire_fields(content) if field.number == 1]
    except WireError as error:
        raise report.failure(Code.DESCRIPTOR, f"this is no descriptor set: {error}", Place(shown)) from error
    if not pieces:
        raise report.failure(Code.EMPTY, "the descriptor set holds no file", Place(shown))
    if len(pieces) > MAX_FILES:
        raise report.failure(Code.TOO_LARGE, f"there are more than {MAX_FILES} files", Place(shown))
    return [(FileDescriptor().parse(rest), information) for rest, information in pieces]


def _lower(
    parsed: list[tuple[FileDescriptor, bytes]],
    asked: frozenset[str],
    shown: Callable[[str], str],
    report: Report,
    *,
    name: str,
    sha256: str,
) -> Api:
    files = [(file, _comments(file, information, shown(file.name), report)) for file, information in parsed]
    return lower(Symbols(files, asked, report), report, name=name, sha256=sha256)


def _comments(file: FileDescriptor, information: bytes, shown: str, report: Report) -> Comments:
    try:
        return Comments(file.name, shown, information)
    except WireError as error:
        message = f"the source information cannot be read: {error}"
        raise report.failure(Code.DESCRIPTOR, message, Place(shown)) from error
