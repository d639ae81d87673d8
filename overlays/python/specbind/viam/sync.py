"""Clients of the Viam platform with calls that block: the classes of `specbind.viam.aio`.

from specbind.viam.sync import connect

with connect() as client:
    for row in client.tabular_data():
        print(row.time_received, row.data)
"""

from __future__ import annotations

from specbind.faces.viam import DataClient, DataPipelineRunsPage, ViamClient, connect

__all__ = ["DataClient", "DataPipelineRunsPage", "ViamClient", "connect"]
