"""Formats of strings that have a Python type of their own."""

from __future__ import annotations

import datetime
import decimal
import uuid

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of
from tests.support.packages import document, generated

ID = uuid.UUID("0f6ec7a2-1111-4222-8333-444455556666")
NOON = datetime.datetime(2024, 2, 29, 12, 0, 0, 250_000, tzinfo=datetime.timezone.utc)  # noqa: UP017

WIRE = {
    "at": "2024-02-29T12:00:00.25Z",
    "day": "2024-02-29",
    "clock": "12:30:00",
    "lasts": "P1Y2M3D",
    "id": str(ID),
    "blob": "AAH/",
    "price": "1.10",
    "big": 2**53 + 1,
    "text": str(2**53 + 1),
    "wide": str(2**64 - 1),
    "small": 7,
    "ratio": 0.5,
    "mail": "a@b",
    "link": "x:y",
    "odd": "z",
    "inside": "aGk=",
}


def event(sdk):
    return sdk.models.Event(
        at=NOON,
        day=datetime.date(2024, 2, 29),
        clock=datetime.time(12, 30),
        lasts=runtime_of(sdk).DurationText("P1Y2M3D"),
        id=ID,
        blob=b"\x00\x01\xff",
        price=decimal.Decimal("1.10"),
        big=2**53 + 1,
        text=runtime_of(sdk).Int64Text(2**53 + 1),
        wide=runtime_of(sdk).UInt64Text(2**64 - 1),
        small=7,
        ratio=0.5,
        mail="a@b",
        link="x:y",
        odd="z",
        inside=b"hi",
    )


async def test_values_are_python_types(sdk):
    done = await exchange(sdk, lambda c: c.api.add_event(body=event(sdk)), Reply(200, WIRE))
    assert done.value == event(sdk)


async def test_values_are_written_as_the_format_says(sdk):
    done = await exchange(sdk, lambda c: c.api.add_event(body=event(sdk)), Reply(200, WIRE))
    sent = msgspec.json.decode(done.request.content)
    assert {**sent, "at": WIRE["at"]} == WIRE
    assert datetime.datetime.fromisoformat(sent["at"]) == NOON


async def test_parameters_too(sdk):
    body = sdk.models.Event()
    day = datetime.date(2024, 2, 29)
    done = await exchange(sdk, lambda c: c.api.add_event(body=body, since=NOON, day=day, owner=ID), Reply(200, {}))
    assert done.request.target == "/events?since=2024-02-29T12%3A00%3A00.250000Z&day=2024-02-29"
    assert done.request.headers["owner"] == str(ID)


@pytest.mark.parametrize(
    ("name", "text"), [("at", "soon"), ("day", "2023-02-29"), ("id", "x"), ("lasts", "P"), ("blob", "%%%")]
)
async def test_text_that_is_not_of_the_format_says_where(sdk, name, text):
    found = await refusal(sdk, lambda c: c.api.add_event(body=sdk.models.Event()), Reply(200, {name: text}))
    assert found.error.path == f"$.{name}"


@pytest.mark.parametrize("text", ["P1M", "P2W", "PT36H"])
async def test_a_duration_is_kept_as_it_is_written(sdk, text):
    found = (await exchange(sdk, lambda c: c.api.add_event(body=sdk.models.Event()), Reply(200, {"lasts": text}))).value
    assert found.lasts == text


async def test_integers_that_are_text_are_integers_of_python(sdk):
    found = (await exchange(sdk, lambda c: c.api.add_event(body=sdk.models.Event()), Reply(200, {"text": "-7"}))).value
    assert found.text + 1 == -6


@pytest.mark.parametrize("text", ["", "x", "1.5", str(2**63)])
async def test_text_that_is_no_such_integer_says_where(sdk, text):
    found = await refusal(sdk, lambda c: c.api.add_event(body=sdk.models.Event()), Reply(200, {"text": text}))
    assert found.error.path == "$.text"


async def test_a_decimal_of_a_number_is_a_number_with_all_its_digits(sdk):
    text = "0.10000000000000000000000000001"
    bill = sdk.models.Bill(cost=decimal.Decimal(text), parts=[decimal.Decimal("1.10")])
    content = f'{{"cost":{text},"parts":[1.10]}}'.encode()
    done = await exchange(sdk, lambda c: c.api.add_bill(body=bill), Reply(200, content, "application/json"))
    assert done.request.content == content
    assert done.value == bill


def test_decimals_of_both_kinds_in_one_body_are_said(tmp_path, capsys):
    properties = {"a": {"type": "number", "format": "decimal"}, "b": {"type": "string", "format": "decimal"}}
    content = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    operation = {"operationId": "o", "requestBody": {"content": content}, "responses": {"204": {"description": "d"}}}
    with generated(tmp_path, document({"/a": {"post": operation}}), "--without-core"):
        assert "SB413" in capsys.readouterr().err
