"""The emulated server: what it keeps, refuses and forgets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from specbind.emulators.vantiq import VantiqServer, serve
from specbind.emulators.vantiq.matching import ClauseError, matcher, ordered
from specbind.vantiq import Vantiq, VantiqException, VantiqResources
from specbind.vantiq.sync import Vantiq as SyncVantiq

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.vantiq.watched import WatchedServer


ROWS: list[dict[str, Any]] = [
    {"n": 1, "s": "one", "deep": {"x": [1, 2]}},
    {"n": 2.5, "s": "two", "list": ["a", "b"]},
    {"n": True, "s": None},
    {"n": "2", "s": "x" * 5000},
]


@pytest.mark.parametrize(
    ("clause", "found"),
    [
        ({}, [0, 1, 2, 3]),
        ({"n": 1}, [0]),
        ({"n": True}, [2]),
        ({"n": {"$gt": 1}}, [1]),
        ({"n": {"$gte": "1"}}, [3]),
        ({"n": {"$lt": None}}, []),
        ({"s": None}, [2]),
        ({"list": None}, [0, 2, 3]),
        ({"list": "a"}, [1]),
        ({"list": ["a", "b"]}, [1]),
        ({"list": {"$ne": "a"}}, [0, 2, 3]),
        ({"deep": {"x": [1, 2]}}, [0]),
        ({"deep.x": 2}, [0]),
        ({"deep.x.y": {"$exists": True}}, []),
        ({"n": {"$in": [1, "2"]}}, [0, 3]),
        ({"n": {"$nin": [1, "2"]}}, [1, 2]),
        ({"$not": {"n": 1}}, [1, 2, 3]),
        ({"$nor": [{"n": 1}, {"s": "two"}]}, [2, 3]),
        ({"s": {"$regex": "^t"}}, [1]),
        ({"list": {"$regex": "A", "$options": "i"}}, [1]),
        ({"n": {"$eq": 1, "$exists": True}}, [0]),
    ],
)
def test_clauses_find_what_they_say(clause: dict[str, Any], found: list[int]) -> None:
    test = matcher(clause)
    assert [number for number, row in enumerate(ROWS) if test(row)] == found


def nested(depth: int, member: str) -> dict[str, Any]:
    if not depth:
        return {"n": 1}
    inner = nested(depth - 1, member)
    return {member: inner if member == "$not" else [inner]}


@pytest.mark.parametrize(
    "clause",
    [
        {"$where": "1"},
        {"n": {"$near": 1}},
        {"$or": []},
        {"$or": {}},
        {"$and": [1]},
        {"n": {"$in": 1}},
        {"s": {"$regex": "(a+)+$"}},
        {"s": {"$regex": ".*.*.*x"}},
        {"s": {"$regex": "a|b"}},
        {"s": {"$regex": 1}},
        {"s": {"$regex": "a", "$options": "x"}},
        nested(50, "$or"),
        nested(50, "$not"),
        {"n": nested(50, "$not")},
    ],
)
def test_clauses_that_there_are_not_are_refused(clause: dict[str, Any]) -> None:
    with pytest.raises(ClauseError):
        matcher(clause)


def test_a_pattern_takes_little_time_in_the_longest_text() -> None:
    test = matcher({"s": {"$regex": "^a*a*b$"}})
    begun = time.process_time()
    for _ in range(100):
        test({"s": "a" * 100_000})
    assert time.process_time() - begun < 5


def test_orders_go_by_kind_and_then_by_value() -> None:
    rows = [{"n": value} for value in ("b", 2, None, [1], True, 1.5, {"x": 1}, "a")]
    assert [row.get("n") for row in ordered([*rows, {}], {"n": 1})][2:] == [1.5, 2, "a", "b", {"x": 1}, [1], True]
    assert [row.get("n") for row in ordered([{"n": 1}, {"n": 2}], {"n": -1})] == [2, 1]
    with pytest.raises(ClauseError):
        ordered(rows, {"n": 2})


async def test_tokens_end_and_are_given_anew() -> None:
    now = [0.0]
    server = VantiqServer(users={"ann": "pw", "bob": "pw"}, lifetime=10, token="fixed")
    server.sessions.clock = lambda: now[0]
    async with serve(server) as url, Vantiq(url) as client:
        await client.authenticate("bob", "pw")
        old = client.get_access_token()
        now[0] = 9
        await client.refresh()
        assert client.get_access_token() != old
        now[0] = 18
        assert (await client.select(VantiqResources.USERS)).is_success
        now[0] = 20
        answer = await client.select(VantiqResources.USERS)
        assert answer.status_code == 401
        with pytest.raises(VantiqException, match="expired"):
            await client.refresh()
        await client.set_access_token("fixed")
        assert (await client.select(VantiqResources.USERS)).is_success
        given = await client.insert(VantiqResources.TOKENS, {"name": "own"})
        await client.set_access_token(given.body["accessToken"])
        now[0] = 1e9
        assert (await client.select(VantiqResources.USERS)).is_success


async def test_only_the_first_user_acts_as_others() -> None:
    async with serve(VantiqServer(users={"ann": "pw", "bob": "pw"})) as url, Vantiq(url) as client:
        for user, status in (("ann", 200), ("bob", 403)):
            await client.authenticate(user, "pw")
            client.set_username("carl")
            assert (await client.select(VantiqResources.USERS)).status_code == status


async def test_namespaces_hold_what_is_theirs(pumps: Vantiq) -> None:
    pumps.set_target_namespace("other")
    assert (await pumps.select("Pump")).status_code == 404
    pumps.set_target_namespace(None)
    assert (await pumps.count("Pump")).count == 9


async def test_requests_that_do_not_fit_are_refused(client: Vantiq, server: WatchedServer) -> None:
    token = {"Authorization": f"Bearer {client.get_access_token()}"}
    base = "/api/v1/resources"
    cases = [
        ("GET", f"{base}/types?where=[", b"", 400),
        ("GET", f"{base}/types?where=[]", b"", 400),
        ("GET", f"{base}/types?limit=-1", b"", 400),
        ("GET", f"{base}/types?limit=1&page=0", b"", 400),
        ("POST", f"{base}/types", b"{", 400),
        ("POST", f"{base}/types", b"[]", 400),
        ("POST", f"{base}/types", b"{}", 400),
        ("POST", f"{base}/procedures/echo", b"1", 400),
        ("POST", f"{base}/types/x", b"{}", 405),
        ("GET", "/api/v2/resources/types", b"", 404),
        ("GET", "/nowhere", b"", 404),
        ("PATCH", f"{base}/types", b"", 405),
    ]
    async with aiohttp.ClientSession(server.url) as session:
        for method, path, body, status in cases:
            headers = {**token, "Content-Type": "application/json"}
            async with session.request(method, path, data=body or None, headers=headers) as answer:
                errors = json.loads(await answer.read())
                assert (method, path, answer.status) == (method, path, status)
                assert set(errors[0]) == {"code", "message", "params"}


async def test_the_first_frame_must_be_the_validation(server: WatchedServer) -> None:
    async with aiohttp.ClientSession(server.url) as session:
        for first, status in (("{", 400), ('{"op": "subscribe"}', 400), ("[]", 400)):
            async with session.ws_connect("/api/v1/wsock/websocket") as socket:
                await socket.send_str(first)
                assert (await socket.receive_json(timeout=5))["status"] == status
                assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_procedures_of_a_test_are_called() -> None:
    async def double(params: dict[str, Any]) -> object:
        return params["x"] * 2

    async with serve(VantiqServer(procedures={"my.double": double})) as url, Vantiq(url) as client:
        await client.authenticate("admin", "secret")
        assert (await client.execute("my.double", {"x": 4})).body == 8
        assert (await client.execute("sleep", {"seconds": 0})).body == {"slept": 0}


def test_users_and_namespaces_are_needed() -> None:
    for wrong in ({"users": {"": "x"}}, {"users": {"x": ""}}, {"namespaces": ()}, {"lifetime": 0}):
        with pytest.raises(ValueError, match=r"needs|lifetime"):
            VantiqServer(**wrong)  # type: ignore[arg-type]


def test_the_program_says_where_it_listens_and_stops_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "specbind.emulators.vantiq", "--port", "0", "--user", "ann:pw", "--token", "t"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as program:
        try:
            assert program.stdout is not None
            with SyncVantiq(program.stdout.readline().split()[-1]) as client:
                client.set_access_token("t")
                assert client.select(VantiqResources.USERS).body[0]["username"] == "ann"
            program.send_signal(signal.SIGTERM)
            _, errors = program.communicate(timeout=20)
        finally:
            program.kill()
    assert (program.returncode, errors) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--port=x", "--user=ann", "--lifetime=0", "--host= "])
def test_options_that_are_wrong_are_told(option: str) -> None:
    command = [sys.executable, "-m", "specbind.emulators.vantiq", option]
    program = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert program.returncode == 2
    assert "Traceback" not in program.stderr


async def test_an_overdue_socket_stops_nobody(server: WatchedServer) -> None:
    async with (
        aiohttp.ClientSession(server.url) as session,
        session.ws_connect("/api/v1/wsock/websocket"),
        Vantiq(server.url) as client,
    ):
        await client.authenticate("admin", "secret")
        await asyncio.wait_for(client.publish(VantiqResources.TOPICS, "/t", {}), 5)


async def test_records_are_found_by_their_natural_key(pumps: Vantiq) -> None:
    assert (await pumps.select_one("Pump", "p3")).body["n"] == 3
    assert (await pumps.update("Pump", "p3", {"n": 33})).is_success
    assert (await pumps.select_one("Pump", "p3")).body["n"] == 33
    assert (await pumps.delete_one("Pump", "p3")).is_success
    assert (await pumps.select_one("Pump", "p3")).status_code == 404


async def test_records_without_their_natural_key_are_several(pumps: Vantiq) -> None:
    for _ in range(2):
        (await pumps.insert("Pump", {"n": 100})).raise_for_errors()
    assert (await pumps.count("Pump", {"n": 100})).count == 2


async def test_records_go_with_their_type(pumps: Vantiq) -> None:
    await pumps.delete_one(VantiqResources.TYPES, "Pump")
    await pumps.insert(VantiqResources.TYPES, {"name": "Pump"})
    assert (await pumps.count("Pump")).count == 0


async def test_an_id_is_a_text_of_its_own(pumps: Vantiq) -> None:
    row = (await pumps.select_one("Pump", "p1")).body
    for own in (5, "", row["_id"]):
        assert (await pumps.insert("Pump", {"_id": own, "id": "new"})).status_code == 400
