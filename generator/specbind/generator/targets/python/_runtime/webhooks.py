"""Webhooks and callbacks: reading what an API sends, in any server. A typed server of them is in `webhook_server`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from msgspec import UNSET
from multidict import CIMultiDict

from .errors import DecodeError, RequestError
from .forms import Form
from .line_stream import Lines
from .members import BadBodyError, form_members, typed_members
from .parsing import BadValueError
from .payloads import Binary, Text, Typed
from .replies import select_codec

if TYPE_CHECKING:
    from .http import HeadersLike
    from .operation import Operation

__all__ = ["Webhook", "parse_webhook"]

B = TypeVar("B")


class Webhook(Generic[B]):
    """A webhook or callback and the type of its body: `PET_SOLD: Webhook[models.Sale] = Webhook(operations.PET_SOLD)`.

    Attributes:
        operation: what is received.
    """

    __slots__ = ("operation",)

    def __init__(self, operation: Operation[Any]) -> None:
        self.operation = operation

    def __repr__(self) -> str:
        return f"<Webhook {self.operation.id}>"


def parse_webhook(webhook: Webhook[B], headers: HeadersLike, body: bytes) -> B:
    """Read the body of a request that any server received. Check its signature or secret first: this does not.

    Args:
        webhook: which one it is.
        headers: the request's headers.
        body: its whole body.

    Raises:
        DecodeError: it is not what is declared.
        RequestError: the webhook has no body, or one that needs a server to be read (multipart).
    """
    declared = webhook.operation.body
    if declared is None:
        raise RequestError(f"{webhook.operation.id} has no body")
    content_type = CIMultiDict(headers).get("Content-Type")
    if not body and content_type is None:
        if declared.required:
            raise DecodeError("the body is required and missing")
        return cast("B", UNSET)
    codec = select_codec(declared.codecs, content_type)
    said = content_type or ""
    if codec is None:
        medias = " or ".join(codec.media for codec in declared.codecs)
        raise DecodeError(f"the body is {said[:100]!r} and {medias} is declared", media_type=said, content=body)
    try:
        if isinstance(codec, Form):
            return cast("B", typed_members(codec, form_members(codec, body)))
        if isinstance(codec, Typed | Text | Binary | Lines):
            return cast("B", codec.decode(body, said))
    except (BadBodyError, BadValueError) as error:
        raise DecodeError(str(error), media_type=said, content=body) from None
    except DecodeError as error:
        error.message = error.message.replace("the answer", "the body")
        raise
    raise RequestError(f"a {codec.media} body is read by a server only")
