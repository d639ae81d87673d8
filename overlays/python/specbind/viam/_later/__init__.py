"""The calls that later versions of the official client brought, one class per subject."""

from __future__ import annotations

from .datasets import DatasetCalls
from .images import ImageCalls
from .indexes import IndexCalls
from .pipelines import PipelineCalls
from .queries import QueryCalls
from .saved_queries import SavedQueryCalls
from .sequences import SequenceCalls
from .types import DataPipeline, DataPipelineRun, DataPipelineRunsPage, SavedQuery, TabularDataPoint

__all__ = [
    "DataPipeline",
    "DataPipelineRun",
    "DataPipelineRunsPage",
    "LaterCalls",
    "SavedQuery",
    "TabularDataPoint",
]


class LaterCalls(QueryCalls, DatasetCalls, PipelineCalls, IndexCalls, SavedQueryCalls, SequenceCalls, ImageCalls):
    """All of them; a part of `DataClient`."""
