"""Editions: what proto2, proto3 and the later editions mean, as features of each file, message, field and enum."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from betterproto.lib.google.protobuf import (
    Edition,
    FeatureSetEnumType,
    FeatureSetFieldPresence,
    FeatureSetJsonFormat,
    FeatureSetMessageEncoding,
    FeatureSetRepeatedFieldEncoding,
    FeatureSetUtf8Validation,
)

from .descriptors import FieldDescriptorProtoLabel, FieldDescriptorProtoType

if TYPE_CHECKING:
    from betterproto.lib.google.protobuf import FeatureSet

    from .descriptors import FieldDescriptor, FileDescriptor

__all__ = ["Features", "features_of_field", "features_of_file", "syntax_of"]


class Features(NamedTuple):
    """The features that decide about bytes and presence. Values are those of descriptor.proto's enums."""

    presence: int
    enum: int
    repeated: int
    utf8: int
    message: int
    json: int

    def under(self, stated: FeatureSet | None) -> Features:
        """What holds below something that states features of its own."""
        if stated is None:
            return self
        own = (
            stated.field_presence,
            stated.enum_type,
            stated.repeated_field_encoding,
            stated.utf8_validation,
            stated.message_encoding,
            stated.json_format,
        )
        return Features(*(int(new) or old for new, old in zip(own, self, strict=True)))

    @property
    def is_required(self) -> bool:
        """Whether a field must be set."""
        return self.presence == FeatureSetFieldPresence.LEGACY_REQUIRED

    @property
    def is_implicit(self) -> bool:
        """Whether a field at its zero is the same as one that is not set."""
        return self.presence == FeatureSetFieldPresence.IMPLICIT

    @property
    def is_closed(self) -> bool:
        """Whether numbers that an enum does not list are kept apart."""
        return self.enum == FeatureSetEnumType.CLOSED

    @property
    def is_packed(self) -> bool:
        """Whether lists of numbers are written as one run."""
        return self.repeated == FeatureSetRepeatedFieldEncoding.PACKED

    @property
    def is_delimited(self) -> bool:
        """Whether messages are written between marks."""
        return self.message == FeatureSetMessageEncoding.DELIMITED

    @property
    def is_any_text(self) -> bool:
        """Whether strings may hold bytes that are no UTF-8."""
        return self.utf8 == FeatureSetUtf8Validation.NONE

    @property
    def is_loose_json(self) -> bool:
        """Whether ProtoJSON is served as well as it goes."""
        return self.json == FeatureSetJsonFormat.LEGACY_BEST_EFFORT


_PROTO2 = Features(
    FeatureSetFieldPresence.EXPLICIT,
    FeatureSetEnumType.CLOSED,
    FeatureSetRepeatedFieldEncoding.EXPANDED,
    FeatureSetUtf8Validation.NONE,
    FeatureSetMessageEncoding.LENGTH_PREFIXED,
    FeatureSetJsonFormat.LEGACY_BEST_EFFORT,
)
_PROTO3 = Features(
    FeatureSetFieldPresence.IMPLICIT,
    FeatureSetEnumType.OPEN,
    FeatureSetRepeatedFieldEncoding.PACKED,
    FeatureSetUtf8Validation.VERIFY,
    FeatureSetMessageEncoding.LENGTH_PREFIXED,
    FeatureSetJsonFormat.ALLOW,
)
_EDITION_2023 = _PROTO3._replace(presence=int(FeatureSetFieldPresence.EXPLICIT))  # 2024 changed none of these
_EDITIONS = {
    int(Edition.PROTO2): ("proto2", _PROTO2),
    int(Edition.PROTO3): ("proto3", _PROTO3),
    1000: ("2023", _EDITION_2023),  # EDITION_2023
    1001: ("2024", _EDITION_2023),  # EDITION_2024
}
_SYNTAXES = {"": Edition.PROTO2, "proto2": Edition.PROTO2, "proto3": Edition.PROTO3}


def _edition(file: FileDescriptor) -> int:
    return int(file.edition) if file.syntax == "editions" else int(_SYNTAXES.get(file.syntax, 0))


def syntax_of(file: FileDescriptor) -> str | None:
    """`proto2`, `proto3` or the year of an edition; None for one that is not known."""
    found = _EDITIONS.get(_edition(file))
    return found[0] if found else None


def features_of_file(file: FileDescriptor) -> Features:
    """What holds in a file; for an unknown edition, what holds in the newest known one."""
    _, features = _EDITIONS.get(_edition(file), _EDITIONS[max(_EDITIONS)])
    return features.under(file.options.features)


def features_of_field(field: FieldDescriptor, around: Features) -> Features:
    """What holds for a field; proto2 and proto3 say it by label, type and the option `packed`."""
    features = around.under(field.options.features)
    if field.label == FieldDescriptorProtoLabel.LABEL_REQUIRED:
        features = features._replace(presence=int(FeatureSetFieldPresence.LEGACY_REQUIRED))
    if field.proto3_optional:
        features = features._replace(presence=int(FeatureSetFieldPresence.EXPLICIT))
    if field.type == FieldDescriptorProtoType.TYPE_GROUP:
        features = features._replace(message=int(FeatureSetMessageEncoding.DELIMITED))
    if field.options.packed is not None:
        stated = (
            FeatureSetRepeatedFieldEncoding.PACKED
            if field.options.packed
            else (FeatureSetRepeatedFieldEncoding.EXPANDED)
        )
        features = features._replace(repeated=int(stated))
    return features
