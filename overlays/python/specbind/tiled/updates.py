"""What a server tells of nodes while they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from specbind.bindings._runtime import DecodeError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Update"]


class Update(msgspec.Struct, frozen=True):
    """One change.

    Attributes:
        kind: `container-child-created`, `container-child-metadata-updated`, `array-data`, `array-ref` or `table-data`;
            newer servers may have more.
        sequence: its number, rising by one.
        timestamp: when it was, UTC.
        content: all that the server says of it.
        schema: what the server says of the node, once for each connection.
    """

    kind: str
    sequence: int
    timestamp: datetime | str | None
    content: dict[str, Any]
    schema: dict[str, Any]

    @property
    def key(self) -> str | None:
        """Key of the child that an update of a container speaks of."""
        found = self.content.get("key")
        return found if isinstance(found, str) else None

    @property
    def payload(self) -> bytes | None:
        """The data, as bytes, None where there are none."""
        found = self.content.get("payload")
        return found if isinstance(found, bytes) else None

    def data(self) -> Any:  # noqa: ANN401 - an array of numpy or a frame of pandas
        """The array of `array-data`, the frame of `table-data`.

        Raises:
            DecodeError: there is neither.
        """
        from ._data.arrow_files import arrow_table  # noqa: PLC0415 - pyarrow and numpy are loaded when data are looked at
        from ._dtypes import read_data_type  # noqa: PLC0415 - as above
        from ._libraries import load  # noqa: PLC0415 - as above

        payload = self.payload
        if payload is None:
            raise DecodeError(f"an update {self.kind!r:.60} has no data", path="payload")
        if self.kind == "table-data":
            return arrow_table(payload).to_pandas()
        if self.kind != "array-data":
            raise DecodeError(f"the data of an update {self.kind!r:.60} are not known here", path="type")
        dtype = read_data_type(self.schema.get("data_type")).to_numpy_dtype()
        shape = cast("list[int]", self.content.get("shape") or [])
        if dtype.hasobject:
            raise DecodeError("arrays of Python objects are not read: their bytes could run code", path="payload")
        try:
            return load("numpy").frombuffer(payload, dtype).reshape(shape)
        except (ValueError, TypeError) as error:
            raise DecodeError(f"the data are no array of that shape: {error}", path="payload") from error
