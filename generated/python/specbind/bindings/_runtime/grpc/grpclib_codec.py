"""What grpclib needs to know of our messages: their bytes, and the details of a status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpclib.encoding.base import CodecBase, StatusDetailsCodecBase

from ..proto.errors import DecodeError
from ..proto.message import Message, decode
from ..proto.wellknown import Any
from .status_messages import StatusMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grpclib.const import Status

__all__ = ["DetailsCodec", "MessageCodec"]


class MessageCodec(CodecBase):
    """Messages by their own binary form. Whatever has `SerializeToString` can be sent."""

    @property
    def __content_subtype__(self) -> str:
        return "proto"

    def encode(self, message: Message, message_type: type[Message]) -> bytes:  # noqa: ARG002  # grpclib's signature
        """Give the bytes of a message."""
        return message.SerializeToString()

    def decode(self, data: bytes, message_type: type[Message]) -> Message:
        """Read a message of this type."""
        return decode(message_type, data)


class DetailsCodec(StatusDetailsCodecBase):
    """Details of a status as a sequence of google.protobuf.Any; none where they cannot be read."""

    def encode(self, status: Status, message: str | None, details: Sequence[Message] | None) -> bytes:
        """Pack messages; those that are an Any already stay as they are."""
        packed = [item if isinstance(item, Any) else Any.pack(item) for item in details or ()]
        return StatusMessage(code=status.value, message=message or "", details=packed).SerializeToString()

    def decode(self, status: Status, message: str | None, data: bytes) -> tuple[Any, ...]:  # noqa: ARG002  # as above
        """Read the details."""
        try:
            return tuple(StatusMessage.FromString(data).details)
        except DecodeError:
            return ()  # the status itself counts; a server that cannot write details must not hide it
