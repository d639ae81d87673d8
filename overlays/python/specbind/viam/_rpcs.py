"""Which rpcs change nothing, so that they may be sent again."""

from __future__ import annotations

from specbind.bindings.viam.viam.app.data.v1.services import DataServiceServer
from specbind.bindings.viam.viam.app.datapipelines.v1.services import DataPipelinesServiceServer
from specbind.bindings.viam.viam.app.dataset.v1.services import DatasetServiceServer

__all__ = ["READS"]

_NAMES = frozenset(
    (
        "TabularDataByFilter TabularDataBySQL TabularDataByMQL ExportTabularData GetLatestTabularData "
        "BinaryDataByFilter BinaryDataByIDs TagsByFilter BoundingBoxLabelsByFilter GetDatabaseConnection "
        "ListIndexes GetSavedQuery ListSavedQueries GetSequence ListSequences SequencesByDatasetID "
        "GetSequenceBinaryData CreateBinaryDataSignedURL GetDataPipeline ListDataPipelines ListDataPipelineRuns "
        "ListDatasetsByOrganizationID ListDatasetsByIDs GetSequenceDatasetExport"
    ).split()
)

READS = frozenset(
    rpc.path
    for service in (DataServiceServer, DatasetServiceServer, DataPipelinesServiceServer)
    for rpc, _ in service.__rpcs__
    if rpc.path.rpartition("/")[2] in _NAMES
)
"""Paths of rpcs that change nothing; the protos do not say so."""
