"""The synchronous client does what the asynchronous one does."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import TYPE_CHECKING

import petstore
import pytest
from petstore import models
from petstore._runtime import (
    Bearer,
    RequestError,
    ScriptedTransport,
    StatusError,
    UnauthorizedError,
    answer,
    get_portal,
    sync_client,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from petstore._runtime.http import Request, Response

CAT = {"petType": "cat"}


class Always(Bearer):
    """Applies to every operation."""


def script(request: Request) -> Response:
    if "photo" in request.url:
        return answer(200, b"photo", media="image/jpeg")
    return answer(200, CAT) if "/1/" in request.url else answer(404, {"error": "none"})


@pytest.fixture
def pets():
    with petstore.SyncClient("http://x", transport=ScriptedTransport(script)) as client:
        yield client


def test_a_call_gives_its_type(pets):
    assert pets.pets.get_pet(1) == models.Cat(pet_type="cat")


def test_an_error_is_raised_in_the_calling_thread(pets):
    with pytest.raises(StatusError, match="getPet"):
        pets.pets.get_pet(2)


def test_a_raw_response_is_parsed_later(pets):
    raw = pets.pets.with_raw_response.get_pet(2)
    assert raw.status == 404
    with pytest.raises(StatusError):
        raw.parse()


def test_a_stream_is_iterated_or_read(pets):
    with pets.pets.download_photo(1) as stream:
        assert b"".join(stream) == b"photo"
    assert pets.pets.download_photo(1).read() == b"photo"
    with pets.pets.with_raw_response.download_photo(1).parse() as stream:
        assert (stream.status, stream.content_type, stream.read()) == (200, "image/jpeg", b"photo")


def test_threads_share_a_client(pets):
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(pets.pets.get_pet(1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [models.Cat(pet_type="cat")] * 8


def test_with_options_shares_the_connections(pets):
    other = pets.with_options(headers={"X-A": "1"})
    with other:
        other.pets.get_pet(1)
    pets.pets.get_pet(1)
    sent = pets._transport.requests
    assert ["X-A" in record.headers for record in sent] == [True, False]


def test_a_token_may_come_from_a_function():
    class Always(petstore.BearerAuth):
        scheme = ""

    with petstore.SyncClient(
        "http://x", auth=Always(lambda: "t"), transport=ScriptedTransport(lambda _: answer(401))
    ) as pets:
        with pytest.raises(UnauthorizedError):
            pets.pets.get_pet(1)
        assert pets._transport.requests[0].headers["Authorization"] == "Bearer t"


async def test_it_works_within_a_running_event_loop(pets):
    assert pets.pets.get_pet(1) == models.Cat(pet_type="cat")


def test_a_closed_client_says_so(pets):
    pets.close()
    pets.close()
    with pytest.raises(petstore.Error, match="closed"):
        pets.pets.get_pet(1)


def test_a_raw_response_of_a_stream_can_be_closed():
    found = answer(200, b"photo", media="image/jpeg")
    source = found.source
    with (
        petstore.SyncClient("http://x", transport=ScriptedTransport(lambda _: found)) as client,
        client.pets.with_raw_response.download_photo(1) as raw,
    ):
        assert (raw.status, source.closed) == (200, False)
    assert source.closed


@pytest.mark.parametrize("closes", [True, False])
def test_clients_that_nobody_has_are_collected(closes):
    found = []
    for _ in range(50):
        client = petstore.SyncClient("http://x", transport=ScriptedTransport(script))
        client.pets.get_pet(1)
        found.append(weakref.ref(client.enter()[1]))
        if closes:
            client.close()
    del client
    for _ in range(100):
        gc.collect()
        get_portal().run(asyncio.sleep(0.01))  # the others are closed over there
        if not any(reference() for reference in found):
            break
    assert not any(reference() for reference in found)


def test_a_stream_keeps_its_client():
    client = petstore.SyncClient("http://x", transport=ScriptedTransport(script))
    alive = weakref.ref(client)
    stream = client.pets.download_photo(1)
    del client
    gc.collect()
    assert alive() is not None
    assert stream.read() == b"photo"
    del stream
    gc.collect()
    assert alive() is None


def test_a_closed_client_stays_closed():
    client = petstore.SyncClient("http://x", transport=ScriptedTransport(script))
    other = client.with_options(timeout=3)
    client.pets.get_pet(1)
    client.close()
    client.close()
    for closed in (client, other):
        with pytest.raises(RequestError, match="closed"):
            closed.pets.get_pet(1)


def test_closing_a_client_that_was_never_used_starts_nothing(monkeypatch):
    monkeypatch.setattr(sync_client, "get_portal", lambda: pytest.fail("a portal was started"))
    client = petstore.SyncClient("http://x")
    client.close()
    with pytest.raises(RequestError, match="closed"):
        client.pets.get_pet(1)


def test_plain_hooks_run_in_the_callers_thread_and_may_call():
    seen: list[object] = []
    with petstore.SyncClient("http://x", transport=ScriptedTransport(script)) as other:

        def on_request(_: Request) -> None:
            seen.append((threading.get_ident(), other.pets.get_pet(1)))

        async def on_response(_: Response) -> None:
            seen.append(threading.get_ident())

        def awaited(response: Response) -> Awaitable[None]:
            return on_response(response)

        for hook in (on_response, awaited):
            options = {"on_request": on_request, "on_response": hook}
            with petstore.SyncClient("http://x", transport=ScriptedTransport(script), **options) as client:
                client.with_options(timeout=30).pets.get_pet(1)
    assert [seen[0], seen[2]] == [(threading.get_ident(), models.Cat(pet_type="cat"))] * 2
    assert seen[1] == seen[3] != threading.get_ident()


def test_a_plain_source_of_tokens_may_block_and_call():
    with petstore.SyncClient("http://x", transport=ScriptedTransport(script)) as other:
        auth = Always(lambda: other.pets.get_pet(1).pet_type)
        transport = ScriptedTransport(script)
        with petstore.SyncClient("http://x", auth=auth, transport=transport) as client:
            client.pets.get_pet(1)
    assert transport.requests[0].headers["Authorization"] == "Bearer cat"


def test_a_source_of_tokens_that_fails_says_why():
    def token() -> str:
        raise LookupError("the vault is shut")

    with (
        petstore.SyncClient("http://x", auth=Always(token), transport=ScriptedTransport(script)) as client,
        pytest.raises(RequestError, match="LookupError: the vault is shut"),
    ):
        client.pets.get_pet(1)
