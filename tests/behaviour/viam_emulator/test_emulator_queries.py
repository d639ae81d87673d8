"""Queries, stored ones, indexes, and the way to the database."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import Any

import pytest
from tests.behaviour.viam_emulator.platform import DAY, Platform, platform_of, refusal

from specbind.bindings.viam.viam.app.data.v1 import (
    ConfigureDatabaseUserRequest,
    CreateIndexRequest,
    CreateSavedQueryRequest,
    DeleteIndexRequest,
    DeleteSavedQueryRequest,
    GetDatabaseConnectionRequest,
    GetSavedQueryRequest,
    IndexableCollection,
    ListIndexesRequest,
    ListSavedQueriesRequest,
    TabularDataByMQLRequest,
    TabularDataBySQLRequest,
    TabularDataSource,
    TabularDataSourceType,
    UpdateSavedQueryRequest,
)
from specbind.emulators.viam import FLEET, ORGANIZATION_ID
from specbind.emulators.viam.documents import read, write

HOT = IndexableCollection.INDEXABLE_COLLECTION_HOT_STORE
SINK = IndexableCollection.INDEXABLE_COLLECTION_PIPELINE_SINK


async def filled(platform: Platform) -> None:
    """Four rows with n = 0 to 3; the third one has another name, the last one a text for its number."""
    await platform.rows({"n": 0, "t": "a"}, {"n": 1, "t": "b"})
    await platform.rows({"n": 2, "o": {"x": True}}, component_name="other", moment=DAY + timedelta(hours=1))
    await platform.rows({"n": "3"}, moment=DAY + timedelta(days=1), tags=["late"])
    await platform.rows({"n": 9}, part_id=FLEET[2].id)


async def mql(platform: Platform, *stages: dict[str, Any], **request: Any) -> list[Any]:
    asked = TabularDataByMQLRequest(
        organization_id=ORGANIZATION_ID, mql_binary=[write(each) for each in stages], **request
    )
    return [read(found) for found in (await platform.data.tabular_data_by_mql(asked)).raw_data]


async def sql(platform: Platform, query: str) -> list[Any]:
    asked = TabularDataBySQLRequest(organization_id=ORGANIZATION_ID, sql_query=query)
    return [read(found) for found in (await platform.data.tabular_data_by_sql(asked)).raw_data]


def numbers(found: list[Any]) -> list[Any]:
    return [each["data"]["n"] for each in found]


CONDITIONS: list[tuple[dict[str, Any], list[Any]]] = [
    ({}, [0, 1, 2, "3"]),
    ({"component_name": "other"}, [2]),
    ({"component_name": {"$ne": "other"}}, [0, 1, "3"]),
    ({"data.n": 1}, [1]),
    ({"data.n": True}, []),
    ({"data.n": {"$gt": 0}}, [1, 2]),
    ({"data.n": {"$gte": 1, "$lt": 2}}, [1]),
    ({"data.n": {"$lte": "3"}}, ["3"]),
    ({"data.n": {"$in": [0, "3"]}}, [0, "3"]),
    ({"data.t": {"$exists": True}}, [0, 1]),
    ({"data.t": {"$exists": False}}, [2, "3"]),
    ({"data.t": None}, [2, "3"]),
    ({"data.o": {"x": True}}, [2]),
    ({"tags": "late"}, ["3"]),
    ({"time_received": {"$gte": DAY + timedelta(hours=1)}}, [2, "3"]),
    ({"capture_day": DAY.replace(hour=0)}, [0, 1, 2]),
    ({"$or": [{"data.n": 0}, {"component_name": "other"}]}, [0, 2]),
    ({"$and": [{"data.n": {"$gt": 0}}, {"component_name": "probe"}]}, [1]),
]


async def test_conditions_choose_rows_of_the_organization(platform: Platform) -> None:
    await filled(platform)
    found = [(condition, numbers(await mql(platform, {"$match": condition}))) for condition, _ in CONDITIONS]
    assert found == CONDITIONS


async def test_stages_follow_each_other(platform: Platform) -> None:
    await filled(platform)
    rest = ({"$skip": 1}, {"$limit": 2})
    assert numbers(await mql(platform, {"$sort": {"data.n": -1}}, *rest)) == [2, 1]
    assert numbers(await mql(platform, {"$sort": {"component_name": 1, "time_received": -1}})) == [2, "3", 1, 0]
    assert await mql(platform, {"$match": {"data.n": {"$lt": 2}}}, {"$count": "rows"}) == [{"rows": 2}]
    assert await mql(platform, {"$match": {"data.n": 7}}, {"$count": "rows"}) == []
    kept = {"$project": {"_id": 0, "data.n": 1, "tags": True, "no.such": 1}}
    assert await mql(platform, *rest, kept) == [{"data": {"n": 1}, "tags": []}, {"data": {"n": 2}, "tags": []}]
    (found,) = await mql(platform, {"$limit": 1}, {"$project": {"data.t": 0, "tags": 0}})
    assert found["data"] == {"n": 0}
    assert "tags" not in found
    assert found["time_received"] == DAY


@pytest.mark.parametrize(
    "stage",
    [
        {},
        {"$lookup": {}},
        {"$match": 1},
        {"$match": {"$where": "1"}},
        {"$match": {"a": {"$regex": "x"}}},
        {"$match": {"$or": []}},
        {"$match": {"a": {"$in": 1}}},
        {"$sort": {"a": 2}},
        {"$limit": 0},
        {"$limit": -1},
        {"$skip": 1.5},
        {"$limit": float("inf")},
        {"$count": "$x"},
        {"$project": {"a": "$b"}},
        {"$project": {"a": 1, "b": 0}},
        {"$limit": 1, "$skip": 1},
    ],
)
async def test_what_is_not_supported_is_told(platform: Platform, stage: dict[str, Any]) -> None:
    status, message = await refusal(mql(platform, stage))
    assert status == "INVALID_ARGUMENT"
    assert message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x05\0\0\0",
        b"\xff\xff\xff\x7f\0",
        b"\x05\0\0\0\0x",
        b"\x08\0\0\0\x0ba\0\0",
        struct.pack("<i", 12) + b"\x02a\0\xff\xff\xff\x7f\0",
        struct.pack("<i", 16) + b"\x09a\0" + struct.pack("<q", 1 << 60) + b"\0",
        b"\x03a\0".join([struct.pack("<i", 6 + 4)] * 200),
    ],
    ids=["nothing", "cut", "length", "more", "regex", "text", "time", "deep"],
)
async def test_what_is_no_document_is_refused(platform: Platform, content: bytes) -> None:
    request = TabularDataByMQLRequest(organization_id=ORGANIZATION_ID, mql_binary=[content])
    status, message = await refusal(platform.data.tabular_data_by_mql(request))
    assert (status, message.partition(":")[0]) == ("INVALID_ARGUMENT", "this is no BSON document")


def test_a_document_of_many_levels_is_refused_at_the_hundredth() -> None:
    deep: Any = {}
    for _ in range(99):
        deep = {"a": deep}
    assert read(write(deep)) == deep
    with pytest.raises(Exception, match="too many levels"):
        read(write({"a": {"a": deep}}))


def test_documents_come_back_as_they_were() -> None:
    document = {
        "i": 1,
        "l": 1 << 40,
        "f": 1.5,
        "t": "ä",
        "b": b"x",
        "n": None,
        "y": True,
        "d": DAY,
        "a": [1, {"x": []}],
    }
    assert read(write(document)) == document


QUERIES: list[tuple[str, list[Any]]] = [
    ("select * from readings", [0, 1, 2, "3"]),
    ("SELECT data FROM readings WHERE component_name = 'other' LIMIT 5;", [2]),
    ("select * from readings where data.n >= 1 and component_name != 'other'", [1]),
    ("select * from readings where data.n <> 0 order by time_received desc limit 2", ["3", 2]),
    ("select data, tags from readings order by time_received asc limit 1", [0]),
    ('select "data" from `readings` where "data.t" = null', [2, "3"]),
    ("select * from readings where time_received >= '2026-03-04T13:00:00Z'", [2, "3"]),
    ("select * from readings where component_name = 'o''brien'", []),
    ("select * from readings where data.n < -1.5", []),
    ("select * from readings where data.o.x = true", [2]),
]


async def test_queries_of_sql(platform: Platform) -> None:
    await filled(platform)
    assert [(query, numbers(await sql(platform, query))) for query, _ in QUERIES] == QUERIES
    (found,) = await sql(platform, "select component_name, part_id from readings limit 1")
    assert found == {"component_name": "probe", "part_id": FLEET[0].id}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "select",
        "drop table readings",
        "select * from users",
        "select count(*) from readings",
        "select * from readings where",
        "select * from readings where a like 'x'",
        "select * from readings where a = b",
        "select * from readings limit -1",
        "select * from readings limit 1 limit 2",
        "select * from readings; drop table readings",
        "select * from readings where a = 'x",
        "select * from readings where time_received > 'yesterday'",
        "select * from readings where time_received > '2026-03-04'",
        "select * from readings where a = \x00",
        "select " + "a," * 20_000 + "a from readings",
        "'" * 9_999,
    ],
)
async def test_sql_that_is_not_supported_is_told(platform: Platform, query: str) -> None:
    status, message = await refusal(sql(platform, query))
    assert status == "INVALID_ARGUMENT"
    assert message


async def test_results_beyond_the_largest_message_are_refused() -> None:
    async with platform_of(max_message=1000) as platform:
        await platform.rows({"x": "y" * 400}, {"x": "y" * 400})
        assert (await refusal(sql(platform, "select * from readings")))[0] == "RESOURCE_EXHAUSTED"
        assert len(await sql(platform, "select * from readings limit 1")) == 1


async def test_a_stored_query_goes_before_another(platform: Platform) -> None:
    await filled(platform)
    data = platform.data
    stages = [write({"$match": {"component_name": "probe"}})]
    create = CreateSavedQueryRequest(organization_id=ORGANIZATION_ID, name="probes", mql_binary=stages)
    one = (await data.create_saved_query(create)).id
    assert (await refusal(data.create_saved_query(create)))[0] == "ALREADY_EXISTS"
    assert numbers(await mql(platform, {"$skip": 1}, query_prefix_name="probes")) == [1, "3"]
    assert (await refusal(mql(platform, {"$skip": 1}, query_prefix_name="no")))[0] == "NOT_FOUND"
    platform.clock.advance(minutes=1)
    await data.update_saved_query(UpdateSavedQueryRequest(id=one, name="others", mql_binary=[write({"$limit": 1})]))
    found = (await data.get_saved_query(GetSavedQueryRequest(id=one))).saved_query
    listed = await data.list_saved_queries(ListSavedQueriesRequest(organization_id=ORGANIZATION_ID, limit=1))
    assert listed.queries == [found]
    assert (found.name, found.created_on == found.updated_at) == ("others", False)  # type: ignore[union-attr]
    negative = ListSavedQueriesRequest(organization_id=ORGANIZATION_ID, limit=-1)
    assert (await refusal(data.list_saved_queries(negative)))[0] == "INVALID_ARGUMENT"
    await data.delete_saved_query(DeleteSavedQueryRequest(id=one))
    assert (await refusal(data.get_saved_query(GetSavedQueryRequest(id=one))))[0] == "NOT_FOUND"
    for stages in ([], [b"x"], [write({"$out": "x"})], [write({"$limit": 1})] * 101):
        wrong = CreateSavedQueryRequest(organization_id=ORGANIZATION_ID, name="x", mql_binary=stages)
        assert (await refusal(data.create_saved_query(wrong)))[0] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ([{"a": 1, "b.c": -1}], "a_1_b.c_-1"),
        ([{"a": 1}, {"name": "mine"}], "mine"),
        ([{"key": {"a": 1}}], "a_1"),
        ([{"keys": {"a": 1}, "options": {"name": "mine"}}], "mine"),
    ],
)
async def test_an_index_is_noted_and_dropped(platform: Platform, spec: list[Any], name: str) -> None:
    data = platform.data
    collection = {"organization_id": ORGANIZATION_ID, "collection_type": HOT}
    create = CreateIndexRequest(**collection, index_spec=[write(each) for each in spec])
    await data.create_index(create)
    assert (await refusal(data.create_index(create)))[0] == "ALREADY_EXISTS"
    listed = await data.list_indexes(ListIndexesRequest(**collection))
    assert [(found.index_name, found.index_spec) for found in listed.indexes] == [(name, create.index_spec)]
    drop = DeleteIndexRequest(**collection, index_name=name)
    await data.delete_index(drop)
    assert (await refusal(data.delete_index(drop)))[0] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"collection_type": IndexableCollection(0)}, "INVALID_ARGUMENT"),
        ({"collection_type": SINK}, "INVALID_ARGUMENT"),
        ({"collection_type": SINK, "pipeline_name": "no"}, "NOT_FOUND"),
        ({"index_spec": []}, "INVALID_ARGUMENT"),
        ({"index_spec": [write({})]}, "INVALID_ARGUMENT"),
        ({"index_spec": [b"x"]}, "INVALID_ARGUMENT"),
    ],
)
async def test_an_index_that_cannot_be_meant_is_refused(
    platform: Platform, request_: dict[str, Any], status: str
) -> None:
    usual = {"organization_id": ORGANIZATION_ID, "collection_type": HOT, "index_spec": [write({"a": 1})]}
    assert (await refusal(platform.data.create_index(CreateIndexRequest(**usual | request_))))[0] == status


async def test_the_database_user_wants_a_strong_password(platform: Platform) -> None:
    data = platform.data
    asked = GetDatabaseConnectionRequest(organization_id=ORGANIZATION_ID)
    assert not (await data.get_database_connection(asked)).has_database_user
    for weak in ("", "Aa1!", "aaaaaaa1!", "AAAAAAAA!", "AAAAAAA11"):
        request = ConfigureDatabaseUserRequest(organization_id=ORGANIZATION_ID, password=weak)
        assert (await refusal(data.configure_database_user(request)))[0] == "INVALID_ARGUMENT", weak
    await data.configure_database_user(
        ConfigureDatabaseUserRequest(organization_id=ORGANIZATION_ID, password="Secret-1")
    )
    answer = await data.get_database_connection(asked)
    assert answer.has_database_user
    assert answer.hostname in answer.mongodb_uri
    assert "Secret-1" not in answer.mongodb_uri


async def test_the_hot_store_has_the_same_rows(platform: Platform) -> None:
    await filled(platform)
    source = TabularDataSource(type=TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_HOT_STORAGE)
    assert numbers(await mql(platform, {"$limit": 2}, data_source=source)) == [0, 1]
    sink = TabularDataSource(type=TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_PIPELINE_SINK)
    assert (await refusal(mql(platform, {"$limit": 2}, data_source=sink)))[0] == "INVALID_ARGUMENT"
