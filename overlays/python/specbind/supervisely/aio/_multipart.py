"""Multipart bodies whose parts come in a certain order, and those of answers."""

from __future__ import annotations

import secrets
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING

from specbind.supervisely.exceptions import ApiAnswerError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["pairs", "parts_by_name"]


def parts_by_name(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of an answer by their names.

    Raises:
        ApiAnswerError: it is no multipart body.
    """
    head = (
        b"Content-Type: "
        + content_type.encode("latin-1", "replace").replace(b"\r", b"").replace(b"\n", b"")
        + b"\r\n\r\n"
    )
    found = BytesParser(policy=HTTP).parsebytes(head + body)
    if not found.is_multipart():
        raise ApiAnswerError(f"the answer is no multipart body but {content_type[:100]!r}")
    parts: dict[str, bytes] = {}
    for part in found.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            parts[name] = content
    return parts


def pairs(figures: Sequence[tuple[int, bytes]]) -> tuple[str, bytes]:
    """Media type and body of figures and their geometries: the id, then the geometry, for each."""
    boundary = secrets.token_hex(16)
    pieces: list[bytes] = []
    for figure, geometry in figures:
        name = str(figure).encode()
        pieces += [
            f"--{boundary}\r\n".encode(),
            b'Content-Disposition: form-data; name="figureId"\r\n\r\n' + name + b"\r\n",
            f"--{boundary}\r\n".encode(),
            b'Content-Disposition: form-data; name="geometry"; filename="' + name + b'"\r\n',
            b"Content-Type: application/octet-stream\r\n\r\n" + geometry + b"\r\n",
        ]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)
