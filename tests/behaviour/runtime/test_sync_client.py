"""The synchronous client does what the asynchronous one does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import petstore
import pytest
from petstore import models
from petstore._runtime import ScriptedTransport, StatusError, UnauthorizedError, answer

if TYPE_CHECKING:
    from petstore._runtime.http import Request, Response

CAT = {"petType": "cat"}


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
