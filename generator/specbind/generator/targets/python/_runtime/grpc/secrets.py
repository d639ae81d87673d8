"""The secrets of a call, and keeping them out of what its server says and of logs."""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import TYPE_CHECKING, cast

from hpack import NeverIndexedHeaderTuple

from ..proto.wellknown import Any
from ..redaction import is_secret

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from multidict import MultiMapping

    from .headers import Fields

__all__ = ["hidden_in_details", "hidden_in_logs", "marked", "secrets_of"]

_SHORTEST = 8
"""Bytes of a secret that is looked for among bytes, which have to stay a message."""


def secrets_of(metadata: MultiMapping[str | bytes], signed: Collection[str] = ()) -> tuple[str, ...]:
    """The values that must not be shown, the longest first: of names that say so, and of those that are signed.

    A scheme is no secret: of `Bearer x`, `x` is one by itself, too. Of bytes it is their base64.
    """
    found: set[str] = set()
    for name, value in metadata.items():
        if name not in signed and not is_secret(name):
            continue
        if isinstance(value, bytes):
            found.update((b64encode(value).decode("ascii").rstrip("="), value.decode("utf-8", "replace")))
            continue
        found.update((value, value.rpartition(" ")[2]))
        if "=" in value:  # pairs of a cookie
            found.update(pair.partition("=")[2].strip() for pair in value.split(";"))
    return tuple(sorted(filter(None, found), key=len, reverse=True))


def hidden_in_details(details: tuple[Any, ...], secrets: Iterable[str]) -> tuple[Any, ...]:
    """Details of a status with as many `*` in place of a secret, so that they stay messages."""
    known = [found for secret in secrets if len(found := secret.encode()) >= _SHORTEST]
    return tuple(Any(type_url=detail.type_url, value=_starred(detail.value, known)) for detail in details)


def _starred(content: bytes, secrets: Iterable[bytes]) -> bytes:
    for secret in secrets:
        content = content.replace(secret, b"*" * len(secret))
    return content


def marked(fields: Fields, signed: Collection[str]) -> Fields:
    """Header fields, those with secrets marked so that HTTP/2 puts them into no table, here and in proxies."""
    return [
        # hpack does not say that it is one
        cast("tuple[str, str]", NeverIndexedHeaderTuple(name, value))
        if name in signed or is_secret(name)
        else (name, value)
        for name, value in fields
    ]


def hidden_in_logs() -> None:
    """Drop the DEBUG records of hpack, which show every header field, received ones and their bytes too."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_dull)


_LOGGERS = ("hpack.hpack", "hpack.table")


def _dull(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
