"""Everything that the files of a set define, by full name; names and numbers checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from specbind.generator.codes import Code

from .features import Features, features_of_file, syntax_of
from .limits import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from betterproto.lib.google.protobuf import EnumDescriptorProto, ServiceDescriptorProto

    from specbind.generator.diagnostics import Place

    from .comments import Comments, Path
    from .descriptors import FieldDescriptor, FileDescriptor, MessageDescriptor
    from .report import Report

__all__ = ["EnumEntry", "ExtensionEntry", "FileEntry", "MessageEntry", "ServiceEntry", "Symbols"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PACKAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")
_FILE = re.compile(r"[^\x00-\x1f\x7f\\:]+\Z")
_LARGEST_FIELD = (1 << 29) - 1
_OWN_NUMBERS = range(19_000, 20_000)


class FileEntry(Struct, frozen=True):
    """A file of the set."""

    descriptor: FileDescriptor
    comments: Comments
    features: Features
    syntax: str
    asked: bool


class MessageEntry(Struct, frozen=True):
    """A message; `features` are those that hold inside of it."""

    id: str
    descriptor: MessageDescriptor
    file: FileEntry
    path: Path
    features: Features

    @property
    def is_map_entry(self) -> bool:
        """Whether it stands for the entries of a map."""
        return self.descriptor.options.map_entry


class EnumEntry(Struct, frozen=True):
    """An enum."""

    id: str
    descriptor: EnumDescriptorProto
    file: FileEntry
    path: Path
    features: Features


class ExtensionEntry(Struct, frozen=True):
    """A field that stands outside of the message that it belongs to; `features` are those around it."""

    id: str
    descriptor: FieldDescriptor
    file: FileEntry
    path: Path
    features: Features


class ServiceEntry(Struct, frozen=True):
    """A service."""

    id: str
    descriptor: ServiceDescriptorProto
    file: FileEntry
    path: Path


class Symbols:
    """The definitions of all files, in the order in which they stand. Raises SpecError for one that cannot be."""

    def __init__(self, files: Iterable[tuple[FileDescriptor, Comments]], asked: frozenset[str], report: Report) -> None:
        self._report = report
        self.files: list[FileEntry] = []
        self.messages: dict[str, MessageEntry] = {}
        self.enums: dict[str, EnumEntry] = {}
        self.services: dict[str, ServiceEntry] = {}
        self.extensions: dict[str, ExtensionEntry] = {}
        self.extension_numbers: dict[tuple[str, int], ExtensionEntry] = {}
        self._names: dict[str, Place] = {}
        for file, comments in files:
            self._file(file, comments, asked)

    def fail(self, message: str, place: Place) -> None:
        """End reading: the set says something that no proto can say."""
        raise self._report.failure(Code.DESCRIPTOR, message, place)

    def _file(self, file: FileDescriptor, comments: Comments, asked: frozenset[str]) -> None:
        place = comments.place(())
        if not _FILE.match(file.name) or file.name.startswith("/") or ".." in file.name.split("/"):
            self.fail(f"{file.name!r} is no name of a file", place)
        if any(file.name == other.descriptor.name for other in self.files):
            self.fail(f"the file {file.name!r} stands twice in the set", place)
        if file.package and not _PACKAGE.match(file.package):
            self.fail(f"{file.package!r} is no name of a package", comments.place((2,)))
        syntax = syntax_of(file)
        if syntax is None:
            stated = file.syntax if file.syntax != "editions" else f"edition {int(file.edition)}"
            self._report.add(Code.EDITION, f"{stated!r} is not known; it is read as the newest edition", place)
        features = features_of_file(file)
        entry = FileEntry(file, comments, features, syntax or "unknown", file.name in asked)
        self.files.append(entry)
        scope = file.package
        for number, message in enumerate(file.message_type):
            self._message(message, scope, entry, (4, number), features)
        for number, enum in enumerate(file.enum_type):
            self._enum(enum, scope, entry, (5, number), features)
        for number, extension in enumerate(file.extension):
            self._extension(extension, scope, entry, (7, number), features)
        for number, service in enumerate(file.service):
            name = self._claim(service.name, scope, comments.place((6, number)))
            for position, method in enumerate(service.method):
                self._claim(method.name, name, comments.place((6, number, 2, position)))
            self.services[name] = ServiceEntry(name, service, entry, (6, number))

    def _claim(self, name: str, scope: str, place: Place) -> str:
        """The full name of something new in a scope."""
        if not _NAME.match(name):
            self.fail(f"{name!r} is no name", place)
        full = f"{scope}.{name}" if scope else name
        if full in self._names:
            self.fail(f"{full} is defined twice, also at {self._names[full]}", place)
        self._names[full] = place
        return full

    def _message(self, message: MessageDescriptor, scope: str, file: FileEntry, path: Path, around: Features) -> None:
        place = file.comments.place(path)
        name = self._claim(message.name, scope, place)
        if len(path) > 2 * MAX_DEPTH:
            raise self._report.failure(Code.TOO_DEEP, f"messages are nested deeper than {MAX_DEPTH}", place)
        features = around.under(message.options.features)
        self.messages[name] = MessageEntry(name, message, file, path, features)
        for number, nested in enumerate(message.nested_type):
            self._message(nested, name, file, (*path, 3, number), features)
        for number, enum in enumerate(message.enum_type):
            self._enum(enum, name, file, (*path, 4, number), features)
        for number, extension in enumerate(message.extension):
            self._extension(extension, name, file, (*path, 6, number), features)
        numbers: set[int] = set()
        for position, field in enumerate(message.field):
            at = file.comments.place((*path, 2, position))
            self._claim(field.name, name, at)
            self._check_number(field, at)
            if field.number in numbers:
                self.fail(f"the number {field.number} of {name}.{field.name} is taken", at)
            numbers.add(field.number)
            if field.oneof_index is not None and not 0 <= field.oneof_index < len(message.oneof_decl):
                self.fail(f"{name}.{field.name} belongs to a oneof that is not there", at)
        for position, oneof in enumerate(message.oneof_decl):
            self._claim(oneof.name, name, file.comments.place((*path, 8, position)))

    def _check_number(self, field: FieldDescriptor, place: Place) -> None:
        if not 0 < field.number <= _LARGEST_FIELD or field.number in _OWN_NUMBERS:
            self.fail(f"{field.number} is no number for the field {field.name}", place)

    def _enum(self, enum: EnumDescriptorProto, scope: str, file: FileEntry, path: Path, around: Features) -> None:
        place = file.comments.place(path)
        name = self._claim(enum.name, scope, place)
        if not enum.value:
            self.fail(f"the enum {name} has no values", place)
        for number, value in enumerate(enum.value):
            self._claim(value.name, scope, file.comments.place((*path, 2, number)))
        self.enums[name] = EnumEntry(name, enum, file, path, around.under(enum.options.features))

    def _extension(self, field: FieldDescriptor, scope: str, file: FileEntry, path: Path, around: Features) -> None:
        place = file.comments.place(path)
        name = self._claim(field.name, scope, place)
        if not 0 < field.number <= 0x7FFFFFFF:  # message sets have larger numbers than other messages
            self.fail(f"{field.number} is no number for the extension {name}", place)
        entry = ExtensionEntry(name, field, file, path, around)
        self.extensions[name] = entry
        self.extension_numbers[field.extendee.removeprefix("."), field.number] = entry
