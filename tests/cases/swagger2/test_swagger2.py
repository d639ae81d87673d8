"""A document of Swagger 2.0 makes the same package as its newer form."""

from __future__ import annotations

import email
import email.policy

import msgspec
import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, refusal, runtime_of, scripted

TOM = {"kind": "Cat", "name": "Tom", "lives": 9, "id": 2**53 + 1, "nick": None}


async def test_host_base_path_and_scheme_are_the_base_url(sdk):
    done = await exchange(sdk, lambda c: c.pets.get_pet(7), Reply(200, TOM))
    assert done.request.url == "https://api.test/v1/pets/7"


async def test_a_definition_with_a_discriminator_is_a_union_of_its_heirs(sdk):
    found = (await exchange(sdk, lambda c: c.pets.get_pet(7), Reply(200, TOM))).value
    assert found == sdk.models.Cat(kind="Cat", name="Tom", lives=9, id=2**53 + 1, nick=None)


async def test_a_body_parameter_is_the_body_without_what_is_read_only(sdk):
    tom = sdk.models.CatInput(kind="Cat", name="Tom", lives=9)
    request = (await exchange(sdk, lambda c: c.pets.add_pet(body=tom), Reply(201, TOM))).request
    assert msgspec.json.decode(request.content) == {"kind": "Cat", "name": "Tom", "lives": 9}
    assert "id" not in sdk.models.CatInput.__struct_fields__


async def test_collection_formats_are_styles(sdk):
    arguments = {"page": 2, "tags": ["a", "b"], "ids": [1, 2], "kinds": ["c", "d"]}
    done = await exchange(sdk, lambda c: c.pets.list_pets(**arguments), Reply(200, []))
    assert done.request.query == "page=2&tags=a,b&ids=1&ids=2&kinds=c%7Cd"


async def test_headers_of_an_answer_are_typed(sdk):
    transport = scripted(sdk, Reply(200, [], headers=(("X-Total", "3"),)))
    async with sdk.Client(BASE_URL, transport=transport) as client:
        raw = await client.pets.with_raw_response.list_pets()
    assert raw.typed_headers.x_total == 3


async def test_a_shared_response_is_an_error(sdk):
    found = await refusal(sdk, lambda c: c.pets.get_pet(7), Reply(404, {"error": "none"}))
    assert isinstance(found.error, runtime_of(sdk).NotFoundError)
    assert found.error.body == sdk.models.Problem(error="none")


async def test_form_data_with_a_file_is_multipart(sdk):
    body = sdk.models.AddPhotoBody(photo=runtime_of(sdk).File(b"png", filename="p.png"), note="hi")
    request = (await exchange(sdk, lambda c: c.pets.add_photo(7, body=body), Reply(204))).request
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    parts = [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_parts()]
    assert parts == [("p.png", b"png"), (None, b"hi")]


async def test_form_data_without_a_file_is_a_form(sdk):
    body = sdk.models.DescribePhotoBody(note="a b", marks=["x", "y"])
    request = (await exchange(sdk, lambda c: c.pets.describe_photo(7, body=body), Reply(204))).request
    assert request.content == b"note=a%20b&marks=x,y"


async def test_a_file_is_a_stream(sdk):
    transport = scripted(sdk, Reply(200, b"png", "image/png"))
    async with sdk.Client(BASE_URL, transport=transport) as client:
        assert await (await client.pets.get_photo(7)).read() == b"png"


@pytest.mark.parametrize("method", ["list_pets", "get_pet"])
async def test_security_of_the_document_goes_with_every_call(sdk, method):
    arguments = (7,) if method == "get_pet" else ()
    reply = Reply(200, TOM if arguments else [])
    done = await exchange(sdk, lambda c: getattr(c.pets, method)(*arguments), reply, auth=sdk.Key("k"))
    assert done.request.headers["X-Key"] == "k"
