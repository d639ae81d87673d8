"""Rows: pages, metadata, nulls, files."""

from __future__ import annotations

import json
import sys
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from msgspec import UNSET
from tests.behaviour.viam.platform import listed

from specbind.bindings._runtime.grpc.grpclib_errors import RpcDecodeError, RpcForbiddenError
from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import Timestamp, Value
from specbind.core.errors import PageLoopError
from specbind.viam import F
from specbind.viam.proto.app.data import (
    CaptureMetadata,
    DataRequest,
    DeleteTabularDataResponse,
    DeleteTabularFilter,
    Filter,
    Order,
    TabularData,
    TabularDataByFilterResponse,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.viam.platform import Platform

    from specbind.viam import DataClient


def pages(total: int, count: str = "all", size: int = 100) -> Any:
    """Rows 0 to `total`, in pages, whose `count` means one of three things."""

    def answer(request: Any) -> TabularDataByFilterResponse:
        start = int(request.data_request.last or 0)
        rows = [TabularData(data={"n": n}) for n in range(start, min(start + size, total))]
        counts = {"all": total, "left": total - start, "page": len(rows), "none": 0}
        return TabularDataByFilterResponse(
            data=rows, metadata=[CaptureMetadata()], last=str(start + len(rows)), count=counts[count]
        )

    return answer


@pytest.mark.parametrize(
    ("total", "count", "calls"),
    [
        (0, "all", 1),
        (40, "all", 2),  # it may be the count of the page
        (100, "all", 2),
        (250, "all", 3),
        (300, "all", 3),
        (250, "left", 3),
        (300, "left", 3),
        (250, "page", 4),
        (300, "page", 4),
        (250, "none", 4),
        (300, "none", 4),
    ],
)
async def test_all_pages_come_and_hardly_one_in_vain(
    platform: Platform, client: DataClient, total: int, count: str, calls: int
) -> None:
    platform.script["tabular_data_by_filter"] = pages(total, count)
    rows = await client.tabular_data_by_filter()
    assert [row.data["n"] for row in rows] == list(range(total))
    assert len(platform.asked) == calls
    assert {request.data_request.limit for _, request in platform.asked} == {100}


@pytest.mark.parametrize("count", ["all", "left", "page", "none"])
async def test_short_pages_are_no_end_while_rows_are_missing(
    platform: Platform, client: DataClient, count: str
) -> None:
    platform.script["tabular_data_by_filter"] = pages(250, count, size=30)
    assert len(await client.tabular_data_by_filter()) == 250


async def test_pages_that_lead_in_a_circle_are_an_error(platform: Platform, client: DataClient) -> None:
    page = TabularDataByFilterResponse(data=[TabularData()] * 100, metadata=[CaptureMetadata()], last="a", count=900)
    platform.script["tabular_data_by_filter"] = lambda _: page
    with pytest.raises(PageLoopError, match="TabularDataByFilter"):
        await client.tabular_data_by_filter()
    assert len(platform.asked) == 2


async def test_a_page_without_a_next_one_is_the_last(platform: Platform, client: DataClient) -> None:
    page = TabularDataByFilterResponse(data=[TabularData()] * 100, metadata=[CaptureMetadata()])
    platform.script["tabular_data_by_filter"] = lambda _: page
    assert len(await client.tabular_data_by_filter()) == 100
    assert len(platform.asked) == 1


async def test_iteration_asks_for_the_next_page_when_it_is_wanted(platform: Platform, client: DataClient) -> None:
    platform.script["tabular_data_by_filter"] = pages(250)
    async with aclosing(client.tabular_data()) as rows:
        async for row in rows:
            if row.data["n"] == 99:
                break
    assert len(platform.asked) == 1


async def test_a_row_has_its_metadata_its_times_and_its_nulls(platform: Platform, client: DataClient) -> None:
    platform.script["tabular_data_by_filter"] = TabularDataByFilterResponse(
        data=[
            TabularData(
                data={"a": None, "b": [1, {"c": None}], "d": {}, "e": False},
                metadata_index=1,
                time_requested=Timestamp(seconds=1_700_000_000, nanos=123_456_789),
            )
        ],
        metadata=[CaptureMetadata(component_name="x"), CaptureMetadata(component_name="y")],
    )
    (row,) = await client.tabular_data_by_filter(Filter(component_name="y"))
    assert row.data == {"a": None, "b": [1.0, {"c": None}], "d": {}, "e": False}
    assert row.metadata.component_name == "y"
    assert row.time_requested == datetime(2023, 11, 14, 22, 13, 20, 123456)  # noqa: DTZ001 - as the official client
    assert row.time_received is None
    assert platform.headers[0]["authorization"] == "Bearer own"


@pytest.mark.parametrize("row", [TabularData(metadata_index=1), TabularData(time_received=Timestamp(seconds=10**15))])
async def test_answers_that_make_no_sense_are_errors(platform: Platform, client: DataClient, row: TabularData) -> None:
    page = TabularDataByFilterResponse(data=[row], metadata=[CaptureMetadata()])
    platform.script["tabular_data_by_filter"] = page
    with pytest.raises(RpcDecodeError, match="TabularDataByFilter"):
        await client.tabular_data_by_filter()


async def test_one_page_as_later_versions_give_it(platform: Platform, client: DataClient, tmp_path: Path) -> None:
    platform.script["tabular_data_by_filter"] = pages(250)
    found = await client.tabular_data_by_filter_page(
        F.component_name == "c", 30, Order.ORDER_ASCENDING, "20", include_internal_data=True, dest=tmp_path / "x"
    )
    rows, count, last = found
    assert ([row.data["n"] for row in rows], count, last) == (list(range(20, 120)), 250, "120")
    (request,) = platform.requests("tabular_data_by_filter")
    asked = DataRequest(filter=Filter(component_name="c"), limit=30, last="20", sort_order=Order.ORDER_ASCENDING)
    assert (request.data_request, request.count_only, request.include_internal_data) == (asked, False, True)
    assert len((tmp_path / "x").read_text().splitlines()) == 100
    with pytest.raises(ValueError, match="limit"):
        await client.tabular_data_by_filter_page(limit=-1)


async def test_dest_gets_lines_of_json(platform: Platform, client: DataClient, tmp_path: Path) -> None:
    parameters = {"p": AnyMessage.pack(Value(string_value="v")), "q": AnyMessage(type_url="t/unknown", value=b"\1")}
    platform.script["tabular_data_by_filter"] = TabularDataByFilterResponse(
        data=[
            TabularData(data={"t": float("nan"), "u": None, "v": [float("-inf")]}, time_received=Timestamp(seconds=1)),
            TabularData(data={"t": 2.5}),
        ],
        metadata=[CaptureMetadata(component_name="c", tags=["a"], method_parameters=parameters)],
    )
    path = tmp_path / "rows.txt"
    path.write_text("old")
    await client.tabular_data_by_filter(dest=path)
    first, second = map(json.loads, path.read_text().splitlines())
    assert first["data"] == {"t": "NaN", "u": None, "v": ["-Infinity"]}
    assert (first["time_requested"], first["time_received"]) == (None, "1970-01-01T00:00:01Z")
    assert first["metadata"]["tags"] == ["a"]
    assert first["metadata"]["method_parameters"] == {"p": "v", "q": {"type_url": "t/unknown", "value": "AQ=="}}
    assert second["data"] == {"t": 2.5}
    assert listed(tmp_path) == ["rows.txt"]


@pytest.mark.parametrize("suffix", ["arrow", "feather", "parquet"])
async def test_dest_gets_tables(platform: Platform, client: DataClient, tmp_path: Path, suffix: str) -> None:
    from pyarrow import feather, parquet  # noqa: PLC0415 - heavy, and for this test alone

    platform.script["tabular_data_by_filter"] = TabularDataByFilterResponse(
        data=[TabularData(data={"t": 1.5}, time_received=Timestamp(seconds=1)), TabularData(data={"t": None})],
        metadata=[CaptureMetadata(component_name="c")],
    )
    path = tmp_path / f"rows.{suffix}"
    await client.tabular_data_by_filter(None, str(path))
    table = parquet.read_table(path) if suffix == "parquet" else feather.read_table(path)
    assert table.column("data.t").to_pylist() == [1.5, None]
    assert table.column("time_received").to_pylist() == [datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None]
    assert table.column("metadata.component_name").to_pylist() == ["c", "c"]


@pytest.mark.parametrize("suffix", ["arrow", "parquet"])
async def test_tables_lose_no_column_and_no_value(
    platform: Platform, client: DataClient, tmp_path: Path, suffix: str
) -> None:
    from pyarrow import feather, parquet  # noqa: PLC0415 - heavy, and for this test alone

    rows: list[Any] = [
        {"n": 1.0, "mixed": 1.5, "number": 1.0, "list": [1.0], "deep": {"a": 1.0}, "none": None, "empty": {}},
        {"late": "x", "mixed": "hot", "number": True, "list": [None, 2.0], "deep": {"b": "c"}, "clash": {"a": 1.0}},
        {"mixed": None, "list": [], "clash": {"a": "x"}},
    ]
    platform.script["tabular_data_by_filter"] = TabularDataByFilterResponse(
        data=[TabularData(data=row) for row in rows], metadata=[CaptureMetadata()]
    )
    path = tmp_path / f"rows.{suffix}"
    await client.tabular_data_by_filter(dest=path)
    table = parquet.read_table(path) if suffix == "parquet" else feather.read_table(path)
    found = {name.removeprefix("data."): table.column(name).to_pylist() for name in table.column_names}
    assert [name for name in table.column_names if name.startswith("data.")] == [
        f"data.{name}" for name in ("n", "mixed", "number", "list", "deep", "none", "empty", "late", "clash")
    ]
    assert found["late"] == [None, "x", None]
    assert found["n"] == [1.0, None, None]
    assert found["mixed"] == ["1.5", '"hot"', None]
    assert found["number"] == ["1.0", "true", None]
    assert found["list"] == [[1.0], [None, 2.0], []]
    assert found["deep"] == [{"a": 1.0, "b": None}, {"a": None, "b": "c"}, None]
    assert found["none"] == [None, None, None]
    assert found["empty"] == ["{}", None, None]
    assert found["clash"] == [None, '{"a":1.0}', '{"a":"x"}']


async def test_a_table_without_rows_has_its_columns(client: DataClient, tmp_path: Path) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - heavy, and for this test alone

    await client.tabular_data_by_filter(dest=tmp_path / "rows.parquet")
    table = parquet.read_table(tmp_path / "rows.parquet")
    assert (table.num_rows, table.column_names[:2]) == (0, ["time_requested", "time_received"])


async def test_a_dest_that_cannot_be_written_is_an_error(client: DataClient, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await client.tabular_data_by_filter(dest=tmp_path / "no" / "rows.jsonl")
    with pytest.raises(IsADirectoryError):
        await client.tabular_data_by_filter(dest=tmp_path)


async def test_a_link_is_never_replaced(client: DataClient, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError, match="link"):
        await client.tabular_data_by_filter(dest=path)
    assert listed(tmp_path) == ["rows.jsonl"]


async def test_deleting_gives_how_many(platform: Platform, client: DataClient) -> None:
    platform.script["delete_tabular_data"] = DeleteTabularDataResponse(deleted_count=7)
    assert await client.delete_tabular_data("org", 10) == 7
    (request,) = platform.requests("delete_tabular_data")
    assert (request.organization_id, request.delete_older_than_days, request.filter) == ("org", 10, UNSET)
    await client.delete_tabular_data("org", 0, filter=DeleteTabularFilter(robot_id="r"))
    assert platform.requests("delete_tabular_data")[1].filter == DeleteTabularFilter(robot_id="r")
    with pytest.raises(ValueError, match="delete_older_than_days"):
        await client.delete_tabular_data("org", -1)
    with pytest.raises(NotImplementedError, match="delete_tabular_data"):
        await client.delete_tabular_data_by_filter(None)
    assert len(platform.asked) == 2


async def test_a_refusal_is_an_error_of_both_libraries(platform: Platform, client: DataClient) -> None:
    platform.script["delete_tabular_data"] = GRPCError(Status.PERMISSION_DENIED, "no")
    with pytest.raises(GRPCError) as caught:
        await client.delete_tabular_data("org", 0)
    assert isinstance(caught.value, RpcForbiddenError)
    assert caught.value.status is Status.PERMISSION_DENIED


async def test_reads_are_asked_again_and_writes_are_not(platform: Platform, client: DataClient) -> None:
    lost = GRPCError(Status.UNAVAILABLE, "later")
    platform.script["tabular_data_by_filter"] = [lost, TabularDataByFilterResponse()]
    assert await client.tabular_data_by_filter() == []
    platform.script["delete_tabular_data"] = [lost, DeleteTabularDataResponse()]
    with pytest.raises(GRPCError):
        await client.delete_tabular_data("org", 0)
    assert len(platform.requests("delete_tabular_data")) == 1


@pytest.mark.parametrize(
    ("dest", "kind"),
    [
        ("", ValueError),
        (b"rows", TypeError),
        (3, TypeError),
        ("rows.csv", ValueError),
        ("rows.xlsx", ValueError),
        ("none/rows.jsonl", FileNotFoundError),
        ("file/rows.jsonl", NotADirectoryError),
        (".", IsADirectoryError),
    ],
)
async def test_a_dest_that_cannot_work_is_told_before_anything_is_asked(
    platform: Platform,
    client: DataClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dest: Any,
    kind: type[Exception],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    for call in (client.tabular_data_by_filter, client.tabular_data_by_filter_page):
        with pytest.raises(kind) as found:
            await call(dest=dest)
        assert ".part" not in str(found.value)
        if not isinstance(found.value, OSError):
            assert "dest" in str(found.value)
    assert platform.asked == []


@pytest.mark.parametrize("call", ["binary_data_by_filter", "binary_data_by_filter_page"])
@pytest.mark.parametrize(("dest", "kind"), [("", ValueError), (b"rows", TypeError), (3, TypeError)])
async def test_a_folder_that_cannot_be_one_is_told_before_anything_is_asked(
    platform: Platform, client: DataClient, call: str, dest: Any, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=r"^dest is a path"):
        await getattr(client, call)(dest=dest)
    with pytest.raises(kind, match=r"^dest is a path"):
        await client.binary_data_by_ids(["a"], dest=dest)
    assert platform.asked == []


async def test_missing_pyarrow_is_told_before_anything_is_asked(
    platform: Platform, client: DataClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match=r"specbind\[arrow\]"):
        await client.tabular_data_by_filter(dest=tmp_path / "rows.parquet")
    assert platform.asked == []
