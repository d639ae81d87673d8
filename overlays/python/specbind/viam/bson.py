"""BSON documents, in which the platform takes queries and gives their results (bsonspec.org, version 1.1).

    encode({"$match": {"location_id": "abc", "time_received": {"$gte": start}}})

Everything that BSON has can be read and written; values without a type in Python stand as small types of their own.
"""

from __future__ import annotations

from ._bson.faults import BsonDecodeError, BsonEncodeError
from ._bson.reading import decode
from ._bson.values import (
    MAX_KEY,
    MIN_KEY,
    Binary,
    BsonDocument,
    BsonValue,
    Code,
    DatetimeMS,
    DBPointer,
    Int64,
    Key,
    ObjectId,
    Regex,
    Timestamp,
)
from ._bson.writing import encode

__all__ = [
    "MAX_KEY",
    "MIN_KEY",
    "Binary",
    "BsonDecodeError",
    "BsonDocument",
    "BsonEncodeError",
    "BsonValue",
    "Code",
    "DBPointer",
    "DatetimeMS",
    "Int64",
    "Key",
    "ObjectId",
    "Regex",
    "Timestamp",
    "decode",
    "encode",
]
