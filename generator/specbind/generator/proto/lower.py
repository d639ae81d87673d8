"""The files as an Api: messages, enums, extensions and services of those that were asked for, and what these need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.ir.graph import operation_types, references, types_of
from specbind.generator.ir.model import (
    SCHEMA_VERSION,
    Api,
    Enum,
    EnumTraits,
    EnumValue,
    Extension,
    MessageTraits,
    Object,
    Oneof,
    ProtoFile,
    ScalarKind,
)

from .fields import FieldLowering
from .options import OptionReader
from .services import ServiceLowering

if TYPE_CHECKING:
    from specbind.generator.ir.model import Definition, Service

    from .report import Report
    from .symbols import EnumEntry, ExtensionEntry, FileEntry, MessageEntry, Symbols

__all__ = ["lower"]


def lower(symbols: Symbols, report: Report, *, name: str, sha256: str) -> Api:
    """The Api of a set of files."""
    lowering = _Lowering(symbols, OptionReader(symbols, report))
    services = ServiceLowering(symbols, lowering.options, report)
    return _Assembly(symbols, lowering, services).api(name, sha256)


class _Lowering:
    """Lowers one definition at a time."""

    def __init__(self, symbols: Symbols, options: OptionReader) -> None:
        self.options = options
        self._symbols = symbols
        self._fields = FieldLowering(symbols, options)

    def message(self, entry: MessageEntry) -> Object:
        message, comments = entry.descriptor, entry.file.comments
        synthetic = {field.oneof_index for field in message.field if field.proto3_optional}
        oneofs = {
            number: Oneof(
                oneof.name,
                comments.doc((*entry.path, 8, number)),
                comments.source((*entry.path, 8, number)),
                self.options.read(
                    oneof.options, "google.protobuf.OneofOptions", comments.place((*entry.path, 8, number))
                ),
            )
            for number, oneof in enumerate(message.oneof_decl)
            if number not in synthetic
        }
        features = {
            number: entry.features.under(oneof.options.features) for number, oneof in enumerate(message.oneof_decl)
        }
        fields = tuple(
            self._fields.lower(
                field,
                entry.file,
                (*entry.path, 2, number),
                entry.features if field.oneof_index is None else features[field.oneof_index],
                "" if field.oneof_index is None or field.proto3_optional else oneofs[field.oneof_index].name,
            )
            for number, field in enumerate(message.field)
        )
        traits = MessageTraits(
            oneofs=tuple(oneofs.values()),
            extension_ranges=tuple((found.start, found.end - 1) for found in message.extension_range),
            reserved_ranges=tuple((found.start, found.end - 1) for found in message.reserved_range),
            reserved_names=tuple(message.reserved_name),
            message_set=message.options.message_set_wire_format,
            loose_json=entry.features.is_loose_json,
            options=self.options.read(message.options, "google.protobuf.MessageOptions", comments.place(entry.path)),
        )
        return Object(
            entry.id,
            fields,
            comments.doc(entry.path),
            comments.source(entry.path),
            deprecated=message.options.deprecated,
            package=entry.file.descriptor.package,
            traits=traits,
        )

    def enum(self, entry: EnumEntry) -> Enum:
        enum, comments = entry.descriptor, entry.file.comments
        values = tuple(
            EnumValue(
                value.number,
                value.name,
                comments.doc((*entry.path, 2, number)),
                value.options.deprecated,
                self.options.read(
                    value.options, "google.protobuf.EnumValueOptions", comments.place((*entry.path, 2, number))
                ),
            )
            for number, value in enumerate(enum.value)
        )
        traits = EnumTraits(
            reserved_ranges=tuple((found.start, found.end) for found in enum.reserved_range),
            reserved_names=tuple(enum.reserved_name),
            loose_json=entry.features.is_loose_json,
            options=self.options.read(enum.options, "google.protobuf.EnumOptions", comments.place(entry.path)),
        )
        return Enum(
            entry.id,
            values,
            ScalarKind.INT32,
            comments.doc(entry.path),
            comments.source(entry.path),
            open=not entry.features.is_closed,
            deprecated=enum.options.deprecated,
            package=entry.file.descriptor.package,
            traits=traits,
        )

    def extension(self, entry: ExtensionEntry) -> Extension:
        extendee = entry.descriptor.extendee.removeprefix(".")
        if extendee not in self._symbols.messages:
            self._symbols.fail(f"{entry.id} extends no message: {extendee!r}", entry.file.comments.place(entry.path))
        field = self._fields.lower(entry.descriptor, entry.file, entry.path, entry.features)
        return Extension(entry.id, extendee, field, entry.file.descriptor.package)


class _Assembly:
    """Puts together what was asked for, and what that leads to."""

    def __init__(self, symbols: Symbols, lowering: _Lowering, services: ServiceLowering) -> None:
        self._symbols = symbols
        self._lowering = lowering
        self._services = services

    def api(self, name: str, sha256: str) -> Api:
        extensions = tuple(
            self._lowering.extension(entry) for entry in self._symbols.extensions.values() if entry.file.asked
        )
        services = tuple(self._services.lower(entry) for entry in self._symbols.services.values() if entry.file.asked)
        packages = dict.fromkeys(file.descriptor.package for file in self._symbols.files if file.asked)
        return Api(
            schema=SCHEMA_VERSION,
            name=name or _name(list(packages), self._symbols.files),
            version="",
            definitions=self._definitions(extensions, services),
            services=services,
            spec_sha256=sha256,
            extensions=extensions,
            files=tuple(self._file(file) for file in self._symbols.files),
        )

    def _definitions(self, extensions: tuple[Extension, ...], services: tuple[Service, ...]) -> tuple[Definition, ...]:
        symbols = self._symbols
        found: dict[str, Definition] = {}
        stack = [
            *(entry.id for entry in symbols.messages.values() if entry.file.asked and not entry.is_map_entry),
            *(entry.id for entry in symbols.enums.values() if entry.file.asked),
            *(extension.extendee for extension in extensions),
            *references(extension.field.type for extension in extensions),
            *references(
                type_
                for service in services
                for operation in service.operations
                for type_ in operation_types(operation)
            ),
        ]
        while stack:
            name = stack.pop()
            if name in found:
                continue
            made = found[name] = (
                self._lowering.message(symbols.messages[name])
                if name in symbols.messages
                else self._lowering.enum(symbols.enums[name])
            )
            stack.extend(references(types_of(made)))
        order = {name: number for number, name in enumerate((*symbols.messages, *symbols.enums))}
        return tuple(sorted(found.values(), key=lambda item: order[item.id]))

    def _file(self, file: FileEntry) -> ProtoFile:
        descriptor = file.descriptor
        return ProtoFile(
            path=descriptor.name,
            package=descriptor.package,
            syntax=file.syntax,
            asked=file.asked,
            imports=tuple(descriptor.dependency),
            public=tuple(descriptor.dependency[number] for number in descriptor.public_dependency),
            weak=tuple(descriptor.dependency[number] for number in descriptor.weak_dependency),
            doc=file.comments.doc((2,)),
            deprecated=descriptor.options.deprecated,
            options=self._lowering.options.read(
                descriptor.options, "google.protobuf.FileOptions", file.comments.place(())
            ),
        )


def _name(packages: list[str], files: list[FileEntry]) -> str:
    """A name for the Api: what the packages have in front, else the name of the first file."""
    split = [package.split(".") for package in packages]
    shared: list[str] = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    first = next((file.descriptor.name for file in files if file.asked), "api")
    return "_".join(part for part in shared if part) or first.rpartition("/")[2].partition(".")[0]
