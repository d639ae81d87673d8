"""Captured data of the Viam platform.

    from specbind.viam import connect

    async with await connect() as client:  # the key is in VIAM_API_KEY and VIAM_API_KEY_ID
        async for row in client.tabular_data():
            print(row.time_received, row.data)

Modules, names, arguments and results are those of the official client: `viam.` becomes `specbind.viam.` in imports.
`specbind.viam.sync` has the same with calls that block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "ApiKeyLogin",
    "ConnectOptions",
    "Credentials",
    "DataClient",
    "DialOptions",
    "F",
    "ViamClient",
    "connect",
    "create_filter",
]

if TYPE_CHECKING:
    from ._login import ApiKeyLogin as ApiKeyLogin
    from ._options import ConnectOptions as ConnectOptions
    from .aio import connect as connect
    from .app.data_client import DataClient as DataClient
    from .app.viam_client import ViamClient as ViamClient
    from .filters import F as F
    from .rpc.dial import Credentials as Credentials
    from .rpc.dial import DialOptions as DialOptions
    from .utils import create_filter as create_filter
else:
    from specbind.bindings._runtime.lazy import lazy

    __getattr__, __dir__ = lazy(
        __name__,
        {
            "ApiKeyLogin": "_login",
            "ConnectOptions": "_options",
            "Credentials": "rpc.dial",
            "DataClient": "app.data_client",
            "DialOptions": "rpc.dial",
            "F": "filters",
            "ViamClient": "app.viam_client",
            "connect": "aio",
            "create_filter": "utils",
        }
        | dict.fromkeys(("aio", "app", "errors", "filters", "proto", "rpc", "sync", "utils"), ""),
    )
