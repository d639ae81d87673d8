"""Records: conditions, pages, repeats and arguments."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from specbind.vantiq import Currency, Key, Vantiq, VantiqException, VantiqResources, sort, where

if TYPE_CHECKING:
    from tests.behaviour.vantiq.watched import WatchedServer


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("condition", "clause", "found"),
    [
        (where.n == 3, {"n": 3}, "3"),
        (where.n != 3, {"n": {"$ne": 3}}, "01245678"),
        ((where.n > 6) & (where.tag == "a"), {"$and": [{"n": {"$gt": 6}}, {"tag": "a"}]}, "8"),
        ((where.n >= 7) | (where.n < 1), {"$or": [{"n": {"$gte": 7}}, {"n": {"$lt": 1}}]}, "078"),
        (where.n <= 1, {"n": {"$lte": 1}}, "01"),
        (where.id.any("p1", "p2"), {"id": {"$in": ["p1", "p2"]}}, "12"),
        (~where.id.any("p1", "p2"), {"id": {"$nin": ["p1", "p2"]}}, "0345678"),
        (~(where.n > 1), {"n": {"$not": {"$gt": 1}}}, "01"),
        (~(where.n == 1), {"n": {"$ne": 1}}, "02345678"),
        (~(where.n != 1), {"n": 1}, "1"),
        (~((where.n > 1) & (where.n < 8)), {"$or": [{"n": {"$not": {"$gt": 1}}}, {"n": {"$not": {"$lt": 8}}}]}, "018"),
        (~((where.n > 1) | (where.n == 0)), {"$and": [{"n": {"$not": {"$gt": 1}}}, {"n": {"$ne": 0}}]}, "1"),
        (~~(where.n == 1), {"n": 1}, "1"),
        (where.other.exists(), {"other": {"$exists": True}}, ""),
        (~where.other.exists(), {"other": {"$exists": False}}, "012345678"),
        (where.id.matches("^P[12]$", "i"), {"id": {"$regex": "^P[12]$", "$options": "i"}}, "12"),
        (~where["id"].matches("^p[0-6]$"), {"id": {"$not": {"$regex": "^p[0-6]$"}}}, "78"),
        (where.n.between(2, 3), {"$and": [{"n": {"$gte": 2}}, {"n": {"$lte": 3}}]}, "23"),
    ],
)
async def test_conditions_are_clauses_that_the_server_understands(
    pumps: Vantiq, condition: Any, clause: dict[str, Any], found: str
) -> None:
    assert condition.build() == clause
    answer = await pumps.select("Pump", ["id"], condition, sort("id"))
    assert ids(answer.body) == [f"p{letter}" for letter in found]
    assert (await pumps.count("Pump", condition)).count == len(found)


async def test_values_of_python_go_as_those_of_the_server(pumps: Vantiq) -> None:
    day = datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)
    row = {"id": "x", "price": Currency("1.50", "EUR"), "day": day, "size": Decimal("0.10"), "raw": b"ab"}
    answer = (await pumps.insert("Pump", row)).raise_for_errors()
    assert {name: answer.body[name] for name in ("price", "day", "size", "raw")} == {
        "price": "EUR:1.50",
        "day": "2024-01-02T00:00:00Z",
        "size": "0.10",
        "raw": "YWI=",
    }
    assert (await pumps.count("Pump", where.day == day)).count == 1
    assert (await pumps.count("Pump", {"price": Currency("1.50", "EUR")})).count == 1


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9, 10, 1000])
async def test_all_records_come_over_pages(pumps: Vantiq, server: WatchedServer, size: int) -> None:
    found = [row["id"] async for row in pumps.records("Pump", ["id"], None, sort("-id"), page_size=size)]
    assert found == [f"p{number}" for number in range(8, -1, -1)]
    assert len(server.requests) == -(-9 // size)
    server.requests.clear()
    pages = [rows async for rows in pumps.select_pages("Pump", where=where.tag == "a", page_size=size)]
    assert sum(map(len, pages)) == 5
    assert all(pages)
    query = parse_qs(urlsplit(server.requests[0][1]).query)
    assert query["sort"] == ['{"_id":1}']


async def test_a_page_that_fails_is_an_error(client: Vantiq) -> None:
    with pytest.raises(VantiqException, match="The type Nothing does not exist") as caught:
        async for _ in client.records("Nothing"):
            pass
    assert caught.value.code == "io.vantiq.type.not.found"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"limit": -1}, "limit"),
        ({"limit": 1.5}, "limit"),
        ({"where": "text"}, "where is a dict"),
        ({"options": {"page": 1}}, "must be of type str"),
        ({"options": [1]}, "options is a dict"),
        ({"where": {"x": object()}}, "Unexpected error during select"),
        ({"sort_spec": {"n": "up"}}, ""),
    ],
)
async def test_wrong_arguments_are_told_before_anything_is_sent(
    pumps: Vantiq, server: WatchedServer, arguments: dict[str, Any], words: str
) -> None:
    if arguments == {"sort_spec": {"n": "up"}}:  # what it means is the server's to say
        assert not (await pumps.select("Pump", **arguments)).is_success
        return
    with pytest.raises(VantiqException, match=words):
        await pumps.select("Pump", **arguments)
    assert server.requests == []


async def test_reading_is_tried_again_and_changing_is_not(pumps: Vantiq, server: WatchedServer) -> None:
    server.answers += [web.Response(status=503), web.Response(status=502)]
    assert len((await pumps.select("Pump")).body) == 9
    assert len(server.requests) == 3
    for call in (pumps.insert("Pump", {"id": "x"}), pumps.execute("echo", {}), pumps.delete("Pump", None)):
        server.answers.append(web.Response(status=503))
        server.requests.clear()
        answer = await call
        assert answer.status_code == 503
        assert answer.errors
        assert len(server.requests) == 1


async def test_answers_are_read_by_their_type(client: Vantiq, server: WatchedServer) -> None:
    server.answers += [
        web.Response(text="ä", content_type="text/plain", charset="latin-1"),
        web.Response(body=b"\x00\x01", content_type="application/x-own"),
        web.Response(body=b"{}", content_type="application/vnd.own+json"),
        web.Response(body=b"", content_type="application/json"),
        web.Response(status=204),
    ]
    bodies = [(await client.execute("echo", {})).body for _ in range(5)]
    assert bodies == ["ä", b"\x00\x01", b"{}", None, b""]
    server.answers.append(web.Response(body=b"{", content_type="application/json"))
    with pytest.raises(VantiqException, match="Unexpected error during execute"):
        await client.execute("echo", {})


async def test_headers_of_a_call_stay_its_own(client: Vantiq, server: WatchedServer) -> None:
    client.set_target_namespace("other")
    client.set_username("somebody")
    own = {"X-Own": "1", "Authorization": "no", "content-type": "text/plain", "X-Target-Namespace": "nowhere"}
    assert (await client.execute("echo", None, own)).body == {}
    headers = server.requests[-1][2]
    assert headers["X-Own"] == "1"
    assert headers["Authorization"] == f"Bearer {client.get_access_token()}"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Target-Namespace"] == "other"
    assert headers["X-Impersonate-User"] == "somebody"


async def test_a_server_below_a_path(server: WatchedServer) -> None:
    async with Vantiq(server.url + "/below/") as client:
        await client.set_access_token("t")
        assert client.get_server() == server.url + "/below"
        await client.select("Pump")
        await client.download("/docs/x")
    assert server.paths == ["GET /below/api/v1/resources/custom/Pump", "GET /below/docs/x"]


def test_orders_and_members_need_names() -> None:
    assert sort("-age", "name") == {"age": -1, "name": 1}
    for names in (("",), ("-",), ("a", "-a")):
        with pytest.raises(ValueError, match="each once"):
            sort(*names)
    for name in ("", "$where"):
        with pytest.raises(ValueError, match="does not begin"):
            Key(name)
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(where.a == 1)


async def test_a_resource_of_the_system_has_no_prefix_in_its_path(client: Vantiq, server: WatchedServer) -> None:
    await client.select(VantiqResources.TRACKING_REGIONS)
    assert server.paths[-1] == "GET /api/v1/resources/trackingRegions"


@pytest.mark.parametrize("options", [{"limit": "5"}, {"page": "1"}, {"sort": "{}"}])
async def test_pages_have_their_own_limit(pumps: Vantiq, server: WatchedServer, options: dict[str, str]) -> None:
    with pytest.raises(VantiqException, match="no options"):
        await anext(pumps.select_pages("Pump", options=options))
    with pytest.raises(VantiqException, match="page_size"):
        await anext(pumps.select_pages("Pump", page_size=0))
    assert server.requests == []


async def test_a_server_that_knows_no_pages_is_noticed(pumps: Vantiq, server: WatchedServer) -> None:
    rows = [{"_id": "1"}, {"_id": "2"}]
    server.answers += [web.json_response(rows), web.json_response(rows)]
    with pytest.raises(VantiqException, match="the same records as pages 1 and 2"):
        async for _ in pumps.records("Pump", page_size=2):
            pass


def page(rows: list[dict[str, Any]], count: int | None = None) -> web.Response:
    return web.json_response(rows, headers={} if count is None else {"X-Total-Count": str(count)})


@pytest.mark.parametrize("count", [True, False])
async def test_a_server_that_gives_smaller_pages_than_asked_for_gives_all(
    pumps: Vantiq, server: WatchedServer, count: bool
) -> None:
    rows = [{"_id": str(number)} for number in range(5)]
    server.answers += [page(rows[:2], 5 if count else None), page(rows[2:4], 3 if count else None)]
    server.answers += [page(rows[4:], 1 if count else None)]
    if not count:
        server.answers.append(page([]))
    assert [row async for row in pumps.records("Pump", page_size=100)] == rows
    assert server.answers == []


async def test_pages_without_ids_are_an_error_and_never_endless(pumps: Vantiq, server: WatchedServer) -> None:
    server.answers += [page([{"n": 1}, {"n": 2}]) for _ in range(4)]
    with pytest.raises(VantiqException, match="without _id"):
        async for _ in pumps.records("Pump", ["n"], page_size=2):
            pass
    assert len(server.requests) == 1
    assert parse_qs(urlsplit(server.requests[0][1]).query)["props"] == ['["n","_id"]']


async def test_records_that_are_deleted_meanwhile_hide_no_others(pumps: Vantiq) -> None:
    everything = [row["id"] async for row in pumps.records("Pump")]
    found: list[str] = []
    async for rows in pumps.select_pages("Pump", ["id"], page_size=3):
        found += ids(rows)
        for row in rows:
            await pumps.delete("Pump", where.id == row["id"])
    assert sorted(found) == sorted(everything)
    assert (await pumps.count("Pump")).count == 0


async def test_an_order_of_pages_is_whole(pumps: Vantiq, server: WatchedServer) -> None:
    assert len([row async for row in pumps.records("Pump", ["id"], None, sort("tag"), page_size=2)]) == 9
    assert parse_qs(urlsplit(server.requests[0][1]).query)["sort"] == ['{"tag":1,"_id":1}']


@pytest.mark.parametrize("value", [{"$ne": None}, {"$gt": ""}])
async def test_an_object_that_looks_like_an_operator_is_compared_as_it_is(pumps: Vantiq, value: dict[str, Any]) -> None:
    assert (where.id == value).build() == {"id": {"$eq": value}}
    assert (~(where.id != value)).build() == {"id": {"$eq": value}}
    assert (await pumps.count("Pump", where.id == value)).count == 0


async def test_options_go_before_what_the_call_sets_itself(pumps: Vantiq) -> None:
    answer = await pumps.select("Pump", limit=1, options={"count": "false"})
    assert (len(answer.body), answer.count) == (1, None)  # as with the official client


@pytest.mark.parametrize("arguments", [{"properties": "id"}, {"sort_spec": "id"}, {"properties": [1]}])
async def test_names_are_lists_and_orders_are_dicts(
    pumps: Vantiq, server: WatchedServer, arguments: dict[str, Any]
) -> None:
    with pytest.raises(VantiqException, match="is a "):
        await pumps.select("Pump", **arguments)
    assert server.requests == []


@pytest.mark.parametrize(
    "server", ["ftp://me:secret@host", "http://me:secret@host:x", "http://me:secret@[", "me:secret@h"]
)
def test_errors_of_addresses_hold_no_password(server: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        Vantiq(server)
    assert "secret" not in str(caught.value)


async def test_what_json_does_not_have_is_an_error_of_the_call(pumps: Vantiq, server: WatchedServer) -> None:
    endless: list[Any] = []
    endless.append(endless)
    for body in ({"x": endless}, {"x": float("nan")}, {"x": float("inf")}, {"x": Decimal("NaN")}, {"x": "\ud800"}):
        with pytest.raises(VantiqException):
            await pumps.insert("Pump", body)
        with pytest.raises(VantiqException):
            await pumps.execute("echo", body)
        with pytest.raises(VantiqException):
            await pumps.count("Pump", body)
    with pytest.raises(VantiqException, match="headers is a dict"):
        await pumps.execute("echo", {}, ["x"])  # type: ignore[arg-type]
    assert server.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307])
async def test_a_change_that_is_answered_by_a_redirect_is_no_success(
    pumps: Vantiq, server: WatchedServer, status: int
) -> None:
    server.answers.append(web.Response(status=status, headers={"Location": f"{server.url}/api/v1/resources/types"}))
    with pytest.raises(VantiqException):
        await pumps.insert("Pump", {"id": "new"})
    assert len(server.requests) == 1
    server.answers.append(web.Response(status=status, headers={"Location": f"{server.url}/api/v1/resources/types"}))
    assert (await pumps.select("Pump")).is_success


@pytest.mark.parametrize("token", ["a\r\nb", "ä", "a\0", " "])
async def test_a_token_fits_a_header(client: Vantiq, token: str) -> None:
    with pytest.raises(VantiqException, match="token"):
        await client.set_access_token(token)


async def test_another_token_has_another_user(client: Vantiq) -> None:
    assert client.get_username() == "admin"
    await client.refresh()
    assert (client.get_username(), client.get_id_token()) == ("admin", "id-admin")
    await client.set_access_token("other")
    assert (client.get_username(), client.get_id_token()) == (None, None)


async def test_an_answer_that_cannot_be_read_is_no_fault_of_the_arguments(
    client: Vantiq, server: WatchedServer
) -> None:
    server.answers += [
        web.Response(body=b"{", content_type="application/json"),
        web.Response(body=b"[]", content_type="application/json", headers={"X-Total-Count": "many"}),
    ]
    for _ in range(2):
        with pytest.raises(VantiqException) as caught:
            await client.execute("echo", {})
        assert caught.value.code == "io.vantiq.python.operationerror"
    server.answers.append(web.Response(body=b"text", headers={"X-Total-Count": "many"}))
    assert await (await client.download("/docs/x")).body.read() == b"text"
