"""Calls of a generated client, over a scripted transport."""

from __future__ import annotations

import asyncio
import logging
import pickle

import petstore
import pytest
from petstore import models
from petstore._runtime import (
    Bearer,
    DeadlineError,
    LimitError,
    Limits,
    RedirectError,
    Request,
    RequestError,
    Response,
    ScriptedTransport,
    Send,
    StatusError,
    Timeout,
    TruncatedError,
    UnauthorizedError,
    answer,
)
from petstore._runtime.operation import Json, Operation, Path, Reply
from petstore._runtime.servers import ServerUrl

CAT = {"petType": "cat", "lives": 9}


class Always(Bearer):
    """Applies to every operation."""


def client(script, **options) -> petstore.Client:
    return petstore.Client("http://pets.example/v1", transport=ScriptedTransport(script), **options)


async def test_a_call_sends_what_its_operation_declares_and_gives_its_type():
    target = "GET /v1/pets/7/info?with_output=-5&ids=1,2&filter=%7B%22a%22%3A%22b%22%7D&token=s%26c"
    transport = ScriptedTransport([(target, answer(200, CAT))])
    async with petstore.Client("http://pets.example/v1/", auth=petstore.Token("s&c"), transport=transport) as pets:
        found = await pets.pets.get_pet(7, with_output=-5, ids=[1, 2], filter={"a": "b"}, x_trace="t", session="s;")
    assert found == models.Cat(pet_type="cat", lives=9)
    sent = transport.requests[0].headers
    assert (sent["X-Trace"], sent["Cookie"], sent["Accept"]) == ("t", "session=s%3B", "application/json")
    assert not transport.closed


async def test_a_raw_response_is_not_raised_until_it_is_parsed():
    async with client(lambda _: answer(404, {"error": "none"}, headers={"X-Request-Id": "r"})) as pets:
        raw = await pets.pets.with_raw_response.get_pet(1)
        assert (raw.status, raw.content, raw.request_id) == (404, b'{"error":"none"}', "r")
        with pytest.raises(StatusError):
            raw.parse()


async def test_a_stream_is_handed_over_unread_and_closed():
    found = answer(200, b"photo", media="image/jpeg")
    source = found.source
    async with client(lambda _: found) as pets:
        async with await pets.pets.download_photo(1) as stream:
            assert not source.closed
            assert await stream.read() == b"photo"
            with pytest.raises(RequestError, match="read before"):
                await stream.read()
        assert source.closed


async def test_an_error_answer_of_a_stream_is_raised_with_its_content():
    async with client(lambda _: answer(500, b"oops", media="text/plain")) as pets:
        with pytest.raises(StatusError, match="oops"):
            await pets.pets.download_photo(1)


# redirects


async def test_redirects_are_followed_and_credentials_stay_at_home():
    transport = ScriptedTransport(
        [
            ("GET /v1/pets/1/info?token=t", answer(302, headers={"Location": "/v2/x"})),
            ("GET /v2/x?token=t", answer(307, headers={"Location": "http://other.example/y"})),
            ("GET /y", answer(200, CAT)),
        ]
    )
    async with petstore.Client("http://pets.example/v1", auth=petstore.Token("t"), transport=transport) as pets:
        await pets.pets.get_pet(1, x_trace="t", session="s", extra_headers={"X-API-Key": "k"})
    assert set(transport.requests[2].headers) == {"Accept", "Accept-Encoding", "User-Agent"}


async def test_a_redirect_loop_ends_and_lists_its_hosts():
    async with client(lambda _: answer(302, headers={"Location": "/again"})) as pets:
        with pytest.raises(RedirectError, match="more than 10 redirects") as caught:
            await pets.pets.get_pet(1)
        assert len(caught.value.hosts) == 11
        assert len(pets._pool.transport.requests) == 11


async def test_a_redirect_without_a_location_is_an_error():
    async with client(lambda _: answer(301)) as pets:
        with pytest.raises(RedirectError, match="no Location"):
            await pets.pets.get_pet(1)


# credentials


async def test_a_401_renews_the_token_once_for_all_calls_at_once():
    tokens = iter(["old", "new", "newer"])
    asked: list[str] = []

    def source() -> str:
        asked.append(next(tokens))
        return asked[-1]

    def script(request: Request) -> Response:
        return answer(200, CAT) if request.headers["Authorization"] == "Bearer new" else answer(401, {"error": "x"})

    async with client(script, auth=Always(source)) as pets:
        await asyncio.gather(*(pets.pets.get_pet(number) for number in range(50)))
    assert asked == ["old", "new"]


async def test_a_401_after_the_replay_is_raised():
    count = 0

    def source() -> str:
        nonlocal count
        count += 1
        return f"token-{count}"

    async with client(lambda _: answer(401, {"error": "no"}), auth=Always(source)) as pets:
        with pytest.raises(UnauthorizedError):
            await pets.pets.get_pet(1)
        assert len(pets._pool.transport.requests) == 2
    assert count == 2


async def test_a_fixed_credential_is_not_replayed():
    async with client(lambda _: answer(401, {"error": "no"}), auth=petstore.Token("t")) as pets:
        with pytest.raises(UnauthorizedError):
            await pets.pets.get_pet(1)
        assert len(pets._pool.transport.requests) == 1


async def test_a_secret_that_the_server_echoes_is_not_in_the_message():
    async with client(
        lambda _: answer(403, {"error": "bad value hunter2-x"}), auth=petstore.Token("hunter2-x")
    ) as pets:
        with pytest.raises(StatusError) as caught:
            await pets.pets.get_pet(1)
    assert "hunter2" not in f"{caught.value} {caught.value!r}"
    assert caught.value.body == models.Problem(error="bad value hunter2-x")


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/x",
        "http://pets.example:81/x",
        "https://pets.example/v1/x",
        "http://pets.example.other/v1",
        "http://pets.example@other.example/v1",
    ],
)
async def test_a_request_to_another_origin_gets_no_credentials(url):
    async with client(lambda _: answer(200, CAT), auth=[petstore.Token("t"), Always("b")]) as pets:
        await pets.send(Request("GET", url, security=(("token",),)))
        await pets.send(Request("GET", "http://pets.example/other", security=(("token",),)))
        away, home = pets._pool.transport.requests
    assert away.url == url
    assert "Authorization" not in away.headers
    assert home.url == "http://pets.example/other?token=t"
    assert home.headers["Authorization"] == "Bearer b"


# middleware, hooks, options


async def test_middleware_wraps_calls_and_may_send_again():
    seen: list[str] = []

    async def outer(request: Request, send: Send) -> Response:
        seen.append("outer")
        return await send(request)

    async def again(request: Request, send: Send) -> Response:
        seen.append(f"attempt {request.attempt}")
        response = await send(request)
        if response.status == 503:
            request.attempt += 1
            seen.append(f"attempt {request.attempt}")
            return await send(request)
        return response

    answers = iter([answer(503, b""), answer(404, {"error": "x"})])
    async with client(lambda _: next(answers), middleware=[outer, again], auth=petstore.Token("t")) as pets:
        with pytest.raises(StatusError, match=r"getPet, attempt 2"):
            await pets.pets.get_pet(1)
        assert [record.url for record in pets._pool.transport.requests] == [
            "http://pets.example/v1/pets/1/info?token=t"
        ] * 2
    assert seen == ["outer", "attempt 1", "attempt 2"]


async def test_hooks_see_every_attempt_without_its_credentials():
    seen: list[str] = []

    async def on_response(response: Response) -> None:
        await asyncio.sleep(0)
        seen.append(str(response.status))

    async with client(
        lambda _: answer(200, CAT),
        auth=petstore.Token("t"),
        on_request=lambda r: seen.append(r.url),
        on_response=on_response,
    ) as pets:
        await pets.pets.get_pet(1)
    assert seen == ["http://pets.example/v1/pets/1/info", "200"]


async def test_with_options_shares_the_connections_and_changes_the_rest():
    async with client(lambda _: answer(200, CAT), headers={"X-A": "1"}) as pets:
        other = pets.with_options(base_url="http://b.example", headers={"X-B": "2"}, auth=petstore.Token("t"))
        assert type(other) is petstore.Client
        async with other:
            await other.pets.get_pet(1)
        await pets.pets.get_pet(1)
        first, second = pets._pool.transport.requests
    assert first.url == "http://b.example/pets/1/info?token=t"
    assert "X-A" not in first.headers
    assert first.headers["X-B"] == "2"
    assert second.url == "http://pets.example/v1/pets/1/info"


async def test_headers_of_the_client_replace_those_of_the_operation():
    async with client(lambda _: answer(200, CAT), headers={"user-agent": "mine", "X-A": "1"}) as pets:
        await pets.pets.get_pet(1, extra_headers={"x-a": "2"})
        sent = pets._pool.transport.requests[0].headers
    assert (sent["user-agent"], sent["x-a"]) == ("mine", "2")


async def test_the_log_has_no_secret_and_lists_what_may_be_seen(caplog):
    caplog.set_level(logging.DEBUG, logger="petstore")
    async with client(
        lambda _: answer(200, CAT, headers={"Set-Cookie": "s3cr3t"}), auth=petstore.Token("s3cr3t")
    ) as pets:
        await pets.pets.get_pet(1)
    assert "getPet" in caplog.text
    assert "token=***" in caplog.text
    assert "s3cr3t" not in caplog.text


# limits


async def test_the_total_limit_is_over_everything():
    async def slow(_: Request) -> Response:
        await asyncio.sleep(30)
        return answer(200, CAT)

    async with client(slow, timeout=0.05) as pets:
        with pytest.raises(DeadlineError, match=r"getPet\): no whole answer within 0.05 s") as caught:
            await pets.pets.get_pet(1)
    assert caught.value.limit == "total"


async def test_a_call_may_have_a_limit_of_its_own():
    async def slow(_: Request) -> Response:
        await asyncio.sleep(30)
        return answer(200, CAT)

    async with client(slow) as pets:
        with pytest.raises(DeadlineError):
            await pets.pets.get_pet(1, timeout=Timeout(total=0.05))


async def test_a_timeout_of_somebody_else_is_not_taken_for_ours():
    def script(_: Request) -> Response:
        raise TimeoutError("of a middleware")

    async with client(script, timeout=10) as pets:
        with pytest.raises(TimeoutError, match="of a middleware") as caught:
            await pets.pets.get_pet(1)
    assert not isinstance(caught.value, DeadlineError)


async def test_a_cancelled_call_is_cancelled_and_not_sent_again():
    sent = asyncio.Event()

    async def slow(_: Request) -> Response:
        sent.set()
        await asyncio.sleep(30)
        return answer(200, CAT)

    async with client(slow, timeout=10) as pets:
        task = asyncio.create_task(pets.pets.get_pet(1))
        await sent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(pets._pool.transport.requests) == 1


async def test_an_answer_above_the_limit_is_refused():
    async with client(lambda _: answer(200, {"petType": "x" * 1000}), limits=Limits(max_body=100)) as pets:
        with pytest.raises(LimitError, match="getPet"):
            await pets.pets.get_pet(1)


async def test_a_limit_does_not_hold_for_streams():
    pets = client(lambda _: answer(200, b"x" * 1000, media="image/jpeg"), limits=Limits(max_body=100))
    async with pets, await pets.pets.download_photo(1) as stream:
        assert len(await stream.read()) == 1000


async def test_errors_of_the_transport_name_the_call():
    def script(_: Request) -> Response:
        raise TruncatedError("it stopped")

    async with client(script) as pets:
        with pytest.raises(TruncatedError, match=r"^GET http://pets.example/v1/pets/1/info \(getPet\): it stopped$"):
            await pets.pets.get_pet(1)


# state


async def test_a_closed_client_says_so():
    pets = client(lambda _: answer(200, CAT))
    await pets.close()
    await pets.close()
    with pytest.raises(RequestError, match="closed"):
        await pets.pets.get_pet(1)


def test_a_client_on_another_event_loop_says_so():
    pets = client(lambda _: answer(200, CAT))
    asyncio.run(pets.pets.get_pet(1))
    with pytest.raises(RequestError, match="another event loop"):
        asyncio.run(pets.pets.get_pet(1))


def test_a_client_can_be_pickled_with_its_options():
    pets = petstore.Client("http://x", auth=petstore.Token("t"), headers={"X-A": "1"}, timeout=3)
    found = pickle.loads(pickle.dumps(pets))  # noqa: S301 - our own bytes
    assert type(found) is petstore.Client
    assert found.base_url == "http://x"
    assert found._options.timeout == Timeout(total=3)
    assert found._options.headers == {"X-A": "1"}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "must be given"),
        ("example.com", "begin with http"),
        ("ftp://x", "begin with http"),
        ("http://", "name a host"),
        ("http://u:p@x/", "auth="),
        ("http://x/?a=1", "query"),
        ("http://x:port/", "not a URL"),
    ],
)
def test_a_base_url_that_cannot_be_one_is_refused(url, says):
    with pytest.raises(RequestError, match=says):
        petstore.Client(url)


def test_a_timeout_that_cannot_be_one_is_refused():
    with pytest.raises(ValueError, match="positive"):
        petstore.Client(timeout=0)


async def test_what_a_call_repeats_is_worked_out_once():
    operation: Operation[dict] = Operation(
        "g", "GET", ("/", Path("a", lambda: int)), replies=(Reply("200", Json("application/json", lambda: dict)),)
    )
    async with client(lambda _: answer(200, CAT), auth=petstore.Token("t")) as pets:
        for number in range(3):
            await pets.call(operation, (number,))
        assert len(pets._prepared) == 1
        assert len(pets._chosen) == 1


async def test_the_script_says_where_it_does_not_fit():
    async with client([("GET /v1/other", answer(200, CAT))]) as pets:
        with pytest.raises(RequestError, match="expects 'GET /v1/other'"):
            await pets.pets.get_pet(1)


async def test_a_401_after_a_redirect_sends_what_was_redirected_again_and_not_the_first_request():
    tokens = iter("abc")

    def script(request: Request) -> Response:
        if request.method == "POST":
            return answer(303, headers={"Location": "/result"})
        return answer(200 if request.headers["Authorization"] == "Bearer b" else 401)

    transport = ScriptedTransport(script)
    async with petstore.Client("http://x", auth=Always(lambda: next(tokens)), transport=transport) as pets:
        response = await pets.send(Request("POST", "http://x/orders", body=b"{}"))
    assert response.status == 200
    sent = [(request.method, request.url, request.headers["Authorization"]) for request in transport.requests]
    assert sent == [
        ("POST", "http://x/orders", "Bearer a"),
        ("GET", "http://x/result", "Bearer a"),
        ("GET", "http://x/result", "Bearer b"),
    ]


async def test_a_401_of_another_origin_is_not_answered_with_a_new_token():
    asked: list[str] = []

    def token() -> str:
        asked.append("token")
        return "t"

    def script(request: Request) -> Response:
        return answer(302, headers={"Location": "http://y/b"}) if "//x/" in request.url else answer(401)

    transport = ScriptedTransport(script)
    async with petstore.Client("http://x", auth=Always(token), transport=transport) as pets:
        assert (await pets.send(Request("GET", "http://x/a"))).status == 401
    assert [request.url for request in transport.requests] == ["http://x/a", "http://y/b"]
    assert asked == ["token"]


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_stream_is_closed_where_the_hook_after_its_answer_fails(cancelled):
    async def hook(_: Response) -> None:
        if cancelled:
            await asyncio.sleep(30)
        raise LookupError("hook")

    found = answer(200, b"x")
    source = found.source
    async with client(lambda _: found, on_response=hook) as pets:
        request = Request("GET", "http://pets.example/a", stream=True)
        with pytest.raises(TimeoutError if cancelled else LookupError):
            async with asyncio.timeout(0.05 if cancelled else None):
                await pets.send(request)
    assert source.closed


async def test_a_number_as_timeout_keeps_the_clients_other_limits():
    transport = ScriptedTransport(lambda _: answer(200, CAT))
    async with petstore.Client("http://x", timeout=Timeout(connect=2, read=7), transport=transport) as pets:
        await pets.pets.get_pet(1, timeout=300)
        await pets.with_options(timeout=3).pets.get_pet(1)
    assert [sent.request.timeout for sent in transport.requests] == [Timeout(300, 2, 300), Timeout(3, 2, 7)]


UPLOADS: Operation[None] = Operation("up", "GET", ("/up",), servers=(ServerUrl("https://uploads.example", {}),))


async def test_what_one_client_builds_for_a_server_of_the_operation_another_of_its_kind_may_send():
    transport = ScriptedTransport(lambda _: answer(200))
    async with petstore.Client(auth=Always("s3cr3t"), transport=transport) as pets:
        await pets.send(pets.build(UPLOADS, ()))
        await pets.with_options(timeout=3).send(pets.build(UPLOADS, ()))
        request = pets.with_options(timeout=3).build(UPLOADS, ())
        await pets.send(request)
        await pets.with_options(base_url="https://other.example").send(request)
    assert ["Authorization" in sent.headers for sent in transport.requests] == [True, True, True, False]


async def test_a_raw_response_of_a_stream_can_be_closed():
    found = answer(200, b"photo", media="image/jpeg")
    source = found.source
    async with client(lambda _: found) as pets, await pets.pets.with_raw_response.download_photo(1) as raw:
        assert (raw.status, source.closed) == (200, False)
    assert source.closed
