"""Where the data of a node are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

if TYPE_CHECKING:
    from .structures import Structure

__all__ = ["Asset", "DataSource", "data_source_json"]


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder.

    Attributes:
        data_uri: where it is.
        is_directory: whether it is a folder.
        parameter: name of the adapter's parameter that it goes to, None for none.
        num: its place in a list of them, None where it stands alone.
        id: its number on the server, None before it is stored.
    """

    data_uri: str
    is_directory: bool
    parameter: str | None = None
    num: int | None = None
    id: int | None = None


class DataSource(msgspec.Struct, kw_only=True):
    """Data of one structure, and where they are.

    Attributes:
        structure_family: `array`, `table`, `sparse`, `awkward`, `ragged` or `container`.
        structure: the structure, typed or as JSON.
        mimetype: media type in which the server keeps it; None lets the server choose.
        parameters: arguments of the server's adapter.
        properties: further properties.
        assets: the files, for data that are there already.
        management: who may change the files: `external`, `immutable`, `locked` or `writable`.
        id: its number on the server.
    """

    structure_family: str
    structure: Any
    mimetype: str | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    properties: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    assets: list[Asset] = msgspec.field(default_factory=list[Asset])
    management: Literal["external", "immutable", "locked", "writable"] = "writable"
    id: int | None = None


def data_source_json(source: DataSource | Mapping[str, Any]) -> dict[str, Any]:
    """JSON of a data source, as the server takes it."""
    if isinstance(source, Mapping):
        return dict(source)
    found = {name: getattr(source, name) for name in DataSource.__struct_fields__}
    found["assets"] = [msgspec.to_builtins(asset) for asset in source.assets]
    if not isinstance(source.structure, Mapping | None):
        from .structures import structure_json  # noqa: PLC0415 - the typed structures are loaded when one is used

        found["structure"] = structure_json(cast("Structure", source.structure))
    if not source.properties:
        del found["properties"]  # servers before 0.2.4 do not know it
    return found
