"""The header fields of gRPC: deadlines, metadata, and what the status of an answer is."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from multidict import MultiDict

from ..errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Fields",
    "MetadataDict",
    "code_of_http_status",
    "code_of_reset",
    "decode_message",
    "decode_metadata",
    "decode_status",
    "encode_metadata",
    "encode_timeout",
    "is_grpc",
    "split_binary",
]

MetadataDict: TypeAlias = "MultiDict[str | bytes]"
Fields: TypeAlias = "list[tuple[str, str]]"

_NAME = re.compile(r"[0-9a-z_.\-]{1,256}")
_TEXT = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
# what a connection or a transport says by itself
_OWN = frozenset(
    "connection content-length content-type host keep-alive proxy-connection te transfer-encoding upgrade "
    "user-agent".split()
)
_NOT_METADATA = frozenset(
    "content-type te user-agent grpc-status grpc-message grpc-status-details-bin grpc-encoding "
    "grpc-accept-encoding".split()
)
_UNITS = ((1e9, "n"), (1e6, "u"), (1e3, "m"), (1.0, "S"), (1 / 60, "M"), (1 / 3600, "H"))
_LONGEST = 99_999_999


def encode_timeout(seconds: float) -> str:
    """Seconds as `grpc-timeout`: the finest unit whose number has at most eight digits."""
    for units, name in _UNITS:
        if (count := int(max(seconds, 0.0) * units)) <= _LONGEST:
            return f"{count}{name}"
    return f"{_LONGEST}H"


def encode_metadata(metadata: Mapping[str, str | bytes]) -> Fields:
    """Metadata as header fields.

    Raises:
        RequestError: a name or a value cannot be sent.
    """
    fields: Fields = []
    for name, value in metadata.items():
        if not _NAME.fullmatch(name) or name.startswith("grpc-") or name in _OWN:
            reason = "is the transport's own" if name in _OWN or name.startswith("grpc-") else "is not allowed"
            raise RequestError(f"the name {name!r:.80} of metadata {reason}: use a-z, 0-9, '_', '-' and '.'")
        if name.endswith("-bin"):
            if not isinstance(value, bytes):
                raise RequestError(f"metadata {name} takes bytes, as its name ends in -bin")
            fields.append((name, b64encode(value).rstrip(b"=").decode("ascii")))
        elif not isinstance(value, str):
            raise RequestError(f"metadata {name} takes text; bytes need a name that ends in -bin")
        elif not _TEXT.fullmatch(value):
            raise RequestError(f"metadata {name} takes printable ASCII without space at its ends; use a name with -bin")
        else:
            fields.append((name, value))
    return fields


def split_binary(value: str) -> list[bytes]:
    """The values of a field whose name ends in `-bin`. Raises ValueError for what is no base64."""
    return [b64decode(part.strip() + "=" * (-len(part.strip()) % 4), validate=True) for part in value.split(",")]


def decode_metadata(fields: Iterable[tuple[str, str]]) -> tuple[MetadataDict, list[str]]:
    """The metadata among header fields, and the names of fields that are no base64 although they have to be."""
    metadata: MetadataDict = MultiDict()
    malformed: list[str] = []
    for name, value in fields:
        if name.startswith(":") or name in _NOT_METADATA:
            continue
        if not name.endswith("-bin"):
            metadata.add(name, value)
            continue
        try:
            for found in split_binary(value):
                metadata.add(name, found)
        except ValueError:
            malformed.append(name)
    return metadata, malformed


def is_grpc(content_type: str | None) -> bool:
    """Whether an answer of this type holds messages in binary form."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    return kind in {"application/grpc", "application/grpc+proto"}


def decode_status(value: str) -> int | None:
    """The number of a `grpc-status`; None where it is none."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 3 else None


def decode_message(value: str) -> str:
    """The text of a `grpc-message`. What is wrong in it stays as it is."""
    return unquote(value, errors="replace")


def code_of_http_status(status: str) -> int:
    """The gRPC status of an answer that is none of gRPC (http-grpc-status-mapping.md)."""
    codes = {"400": 13, "401": 16, "403": 7, "404": 12, "429": 14, "502": 14, "503": 14, "504": 14}
    return codes.get(status, 2)


def code_of_reset(code: int | None) -> int:
    """The gRPC status of a call that ended by RST_STREAM (PROTOCOL-HTTP2.md); None: the connection was lost."""
    if code is None:
        return 14
    return {7: 14, 8: 1, 11: 8, 12: 7}.get(code, 13)
