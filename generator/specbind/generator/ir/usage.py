"""Where the definitions of an Api are used: in what a client sends, in what it receives, in multipart bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .graph import payload_types, reachable
from .media import MediaKind, media_kind
from .model import Presence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .model import Api, Definition, Field, Operation, Payload

__all__ = ["Usage"]


class Usage:
    """Ids of definitions that the bodies of an Api's services lead to.

    `requests` are those that a client sends, `answers` those that it receives, `multipart` those of multipart bodies,
    where raw bytes are files. Services after the first `own` are called by the server; None for none.
    """

    def __init__(self, api: Api, definitions: Mapping[str, Definition], own: int | None = None) -> None:
        own = len(api.services) if own is None else own
        called = [operation for service in api.services[:own] for operation in service.operations]
        served = [operation for service in api.services[own:] for operation in service.operations]
        bodies = (*_bodies(called), *_bodies(served))
        multipart = (body.type for body in bodies if media_kind(body.media) is MediaKind.MULTIPART)
        self._definitions = definitions
        self.multipart = frozenset(reachable(multipart, definitions))
        self.requests = self._ids(_bodies(called), _answers(served))
        self.answers = self._ids(_answers(called), _bodies(served))

    def _ids(self, *groups: Iterable[Payload]) -> frozenset[str]:
        types = (type_ for group in groups for payload in group for type_ in payload_types(payload))
        return frozenset(reachable(types, self._definitions))

    def is_required(self, owner: str, field: Field) -> bool:
        """Whether a field of `owner` is always there.

        One type serves both directions: what one of them must leave out is optional where it goes both ways.
        """
        absent = (field.read_only and owner in self.requests) or (field.write_only and owner in self.answers)
        return field.presence is Presence.REQUIRED and not absent


def _bodies(operations: Iterable[Operation]) -> Iterator[Payload]:
    return (payload for operation in operations if operation.body for payload in operation.body.payloads)


def _answers(operations: Iterable[Operation]) -> Iterator[Payload]:
    return (payload for found in operations for response in found.responses for payload in response.payloads)
