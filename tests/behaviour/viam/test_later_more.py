"""Indexes, saved queries, files and sequences: the request of each call, and its result."""

from __future__ import annotations

import pytest
from tests.behaviour.viam.later_messages import (
    BINARY,
    BOX,
    BOX_REQUEST,
    EVENING,
    HOT,
    INDEX,
    MORNING,
    OLD,
    RESOURCE,
    SAVED,
    SEQUENCE,
    STAGE,
    STAGES,
    T1,
    T2,
    Case,
    check,
)

from specbind.bindings._runtime.proto.wellknown import FieldMask
from specbind.bindings.viam.viam.app.data import v1 as data
from specbind.viam._later import SavedQuery
from specbind.viam.bson import encode

CASES: list[Case] = [
    (
        "CreateIndex",
        lambda c: c.create_index("o", HOT, {"t": 1}),
        data.CreateIndexRequest(organization_id="o", collection_type=HOT, index_spec=[encode({"t": 1})]),
        data.CreateIndexResponse(),
        None,
    ),
    (
        "CreateIndex",
        lambda c: c.create_index("o", 2, [{"t": 1}, {"unique": True}], "hourly"),
        data.CreateIndexRequest(
            organization_id="o",
            collection_type=data.IndexableCollection.INDEXABLE_COLLECTION_PIPELINE_SINK,
            index_spec=[encode({"t": 1}), encode({"unique": True})],
            pipeline_name="hourly",
        ),
        data.CreateIndexResponse(),
        None,
    ),
    (
        "ListIndexes",
        lambda c: c.list_indexes("o", HOT),
        data.ListIndexesRequest(organization_id="o", collection_type=HOT),
        data.ListIndexesResponse(indexes=[INDEX]),
        [INDEX],
    ),
    (
        "DeleteIndex",
        lambda c: c.delete_index("o", HOT, "t_1", "hourly"),
        data.DeleteIndexRequest(organization_id="o", collection_type=HOT, index_name="t_1", pipeline_name="hourly"),
        data.DeleteIndexResponse(),
        None,
    ),
    (
        "CreateSavedQuery",
        lambda c: c.create_saved_query("o", "newest", [STAGE, STAGES[1]]),
        data.CreateSavedQueryRequest(organization_id="o", name="newest", mql_binary=STAGES),
        data.CreateSavedQueryResponse(id="q"),
        "q",
    ),
    (
        "UpdateSavedQuery",
        lambda c: c.update_saved_query("q", "newest", STAGES),
        data.UpdateSavedQueryRequest(id="q", name="newest", mql_binary=STAGES),
        data.UpdateSavedQueryResponse(),
        None,
    ),
    (
        "GetSavedQuery",
        lambda c: c.get_saved_query("q"),
        data.GetSavedQueryRequest(id="q"),
        data.GetSavedQueryResponse(saved_query=SAVED),
        SavedQuery("q", "o", "newest", [STAGE, {"$limit": 1}], MORNING, EVENING),
    ),
    (
        "DeleteSavedQuery",
        lambda c: c.delete_saved_query("q"),
        data.DeleteSavedQueryRequest(id="q"),
        data.DeleteSavedQueryResponse(),
        None,
    ),
    (
        "ListSavedQueries",
        lambda c: c.list_saved_queries("o", 5),
        data.ListSavedQueriesRequest(organization_id="o", limit=5),
        data.ListSavedQueriesResponse(queries=[SAVED]),
        [SavedQuery.from_proto(SAVED)],
    ),
    (
        "UpdateBoundingBox",
        lambda c: c.update_bounding_box(*BOX, confidence_score=0.9),
        data.UpdateBoundingBoxRequest(binary_data_id="b", confidence=0.9, **BOX_REQUEST),
        data.UpdateBoundingBoxResponse(),
        None,
    ),
    (
        "UpdateBoundingBox",
        lambda c: c.update_bounding_box(OLD, "x", None, None, 0.0, None, None),
        data.UpdateBoundingBoxRequest(binary_id=OLD, bbox_id="x", y_min_normalized=0.0),
        data.UpdateBoundingBoxResponse(),
        None,
    ),
    (
        "CreateBinaryDataSignedURL",
        lambda c: c.create_binary_data_signed_url("b", 60),
        data.CreateBinaryDataSignedURLRequest(binary_data_id="b", expiration_minutes=60),
        data.CreateBinaryDataSignedURLResponse(signed_url="https://example.org/b", expires_at=T1),
        ("https://example.org/b", MORNING),
    ),
    (
        "AddSequencesToDataset",
        lambda c: c.add_sequences_to_dataset("d", ["s1", "s2"]),
        data.AddSequencesToDatasetRequest(dataset_id="d", sequence_ids=["s1", "s2"]),
        data.AddSequencesToDatasetResponse(),
        None,
    ),
    (
        "RemoveSequencesFromDataset",
        lambda c: c.remove_sequences_from_dataset("d", ["s1"]),
        data.RemoveSequencesFromDatasetRequest(dataset_id="d", sequence_ids=["s1"]),
        data.RemoveSequencesFromDatasetResponse(),
        None,
    ),
    (
        "SequencesByDatasetID",
        lambda c: c.sequences_by_dataset_id("d", "t", 5, count_only=True),
        data.SequencesByDatasetIDRequest(dataset_id="d", page_token="t", page_size=5, count_only=True),
        data.SequencesByDatasetIDResponse(sequences=[SEQUENCE], next_page_token="u", count=7),
        ([SEQUENCE], "u", 7),
    ),
    (
        "GetSequenceBinaryData",
        lambda c: c.get_sequence_binary_data("s", "t", 5),
        data.GetSequenceBinaryDataRequest(sequence_id="s", page_token="t", page_size=5),
        data.GetSequenceBinaryDataResponse(data=[BINARY], next_page_token="u"),
        ([BINARY], "u"),
    ),
    (
        "CreateSequence",
        lambda c: c.create_sequence("p", [RESOURCE], MORNING, EVENING, ["t"]),
        data.CreateSequenceRequest(part_id="p", resources=[RESOURCE], start_time=T1, end_time=T2, sequence_tags=["t"]),
        data.CreateSequenceResponse(id="s"),
        "s",
    ),
    (
        "GetSequence",
        lambda c: c.get_sequence("s"),
        data.GetSequenceRequest(id="s"),
        data.GetSequenceResponse(sequence=SEQUENCE),
        SEQUENCE,
    ),
    (
        "UpdateSequence",
        lambda c: c.update_sequence("s", [RESOURCE], ["t"], MORNING, EVENING),
        data.UpdateSequenceRequest(
            id="s",
            resources=[RESOURCE],
            sequence_tags=["t"],
            start_time=T1,
            end_time=T2,
            field_mask=FieldMask(paths=["resources", "sequence_tags", "start_time", "end_time"]),
        ),
        data.UpdateSequenceResponse(),
        None,
    ),
    (
        "UpdateSequence",
        lambda c: c.update_sequence("s", sequence_tags=[]),
        data.UpdateSequenceRequest(id="s", field_mask=FieldMask(paths=["sequence_tags"])),
        data.UpdateSequenceResponse(),
        None,
    ),
    (
        "DeleteSequence",
        lambda c: c.delete_sequence("s"),
        data.DeleteSequenceRequest(id="s"),
        data.DeleteSequenceResponse(),
        None,
    ),
    (
        "ListSequences",
        lambda c: c.list_sequences("o", "t", 5),
        data.ListSequencesRequest(organization_id="o", page_token="t", page_size=5),
        data.ListSequencesResponse(sequences=[SEQUENCE], next_page_token="u"),
        ([SEQUENCE], "u"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
async def test_request_and_result(case: Case) -> None:
    await check(*case)
