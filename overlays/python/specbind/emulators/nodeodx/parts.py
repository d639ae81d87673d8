"""Multipart bodies as nodes read them: any text is taken, and only file parts are judged.

The generated skeleton would refuse what does not fit the document; a node says less, and says it in other words.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET

from specbind.bindings._runtime import File
from specbind.bindings._runtime.operation import Body, Multipart
from specbind.bindings._runtime.server import Endpoint
from specbind.bindings.nodeodx import models

if TYPE_CHECKING:
    from msgspec import UnsetType

__all__ = ["Parts", "UnexpectedFieldError", "images_of", "loose", "parts_of", "settings_of"]

Parts: TypeAlias = dict[str, list[Any]]
"""Texts and files by the name of their part."""


class UnexpectedFieldError(Exception):
    """A file came under a name that a node does not know."""


def loose(endpoint: Endpoint, name: str) -> Endpoint:
    """The same endpoint, served by the method `name`, which gets Parts as its body."""
    operation = copy.copy(endpoint.operation)
    operation.body = Body(Multipart("multipart/form-data", lambda: Parts))
    return Endpoint(name, operation, endpoint.keywords)


def images_of(parts: Parts) -> list[File]:
    """The files of a body. Raises UnexpectedFieldError for one that is not named `images`."""
    files = [(name, value) for name, values in parts.items() for value in values if isinstance(value, File)]
    if any(name != "images" for name, _ in files):
        raise UnexpectedFieldError
    return [file for _, file in files]


def settings_of(parts: Parts) -> models.TaskSettings:
    """The texts of a body as settings; what cannot be read counts as absent."""
    texts = {name: value for name, values in parts.items() for value in values if isinstance(value, str)}
    created = texts.get("dateCreated", "")
    return models.TaskSettings(
        name=texts.get("name", UNSET),
        options=texts.get("options", UNSET),
        skip_post_processing=texts.get("skipPostProcessing") == "true",
        webhook=texts.get("webhook", UNSET),
        outputs=texts.get("outputs", UNSET),
        date_created=int(created) if created.isdecimal() and len(created) < 15 else UNSET,
    )


def parts_of(body: Parts | UnsetType) -> Parts:
    """The parts of a body that may be missing."""
    return {} if body is UNSET else body
