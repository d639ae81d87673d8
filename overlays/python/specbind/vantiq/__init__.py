"""Vantiq: records, events, procedures and documents of a Vantiq server.

The names are those of the official client, so a program changes its import and nothing else. They are asynchronous;
`specbind.vantiq.sync` has a client that blocks.

    async with Vantiq("https://dev.vantiq.com") as client:
        await client.authenticate("name", "password")
        found = await client.select("Pump", where=where.pressure > 7)
"""

from __future__ import annotations

from .aio.client import Vantiq as Vantiq
from .aio.procedures import async_from_sync as async_from_sync
from .aio.procedures import execute_procedure as execute_procedure
from .errors import VantiqError as VantiqError
from .errors import VantiqException as VantiqException
from .filters import Filter as Filter
from .filters import Key as Key
from .filters import sort as sort
from .filters import where as where
from .resources import VantiqResources as VantiqResources
from .response import VantiqResponse as VantiqResponse
from .values import Currency as Currency
from .values import GeoJSON as GeoJSON
from .values import ResourceReference as ResourceReference
from .values import VantiqType as VantiqType
from .values import from_vantiq as from_vantiq
from .values import to_vantiq as to_vantiq
from .values import vantiq_json_default as vantiq_json_default

__all__ = [
    "Currency",
    "Filter",
    "GeoJSON",
    "Key",
    "ResourceReference",
    "Vantiq",
    "VantiqError",
    "VantiqException",
    "VantiqResources",
    "VantiqResponse",
    "VantiqType",
    "async_from_sync",
    "execute_procedure",
    "from_vantiq",
    "sort",
    "to_vantiq",
    "vantiq_json_default",
    "where",
]
