"""The JSON schema of the model, for people who read its JSON form with other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .model import SCHEMA_VERSION, Api

if TYPE_CHECKING:
    from .model import Json

__all__ = ["json_schema"]


def json_schema() -> dict[str, Json]:
    """JSON Schema 2020-12 of what `specbind ir` prints. Descriptions are those of the model's classes."""
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "specbind intermediate representation",
        "$comment": f"version {SCHEMA_VERSION} of the model",
    }
    (root,), components = msgspec.json.schema_components([Api], ref_template="#/$defs/{name}")
    return {**schema, **root, "$defs": components}
