"""Formats of strings that have a Python type of their own."""

from __future__ import annotations

import datetime
import decimal
import uuid

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, refusal

ID = uuid.UUID("0f6ec7a2-1111-4222-8333-444455556666")
NOON = datetime.datetime(2024, 2, 29, 12, 0, 0, 250_000, tzinfo=datetime.timezone.utc)  # noqa: UP017

WIRE = {
    "at": "2024-02-29T12:00:00.25Z",
    "day": "2024-02-29",
    "clock": "12:30:00",
    "lasts": "PT90S",
    "id": str(ID),
    "blob": "AAH/",
    "price": "1.10",
    "big": 2**53 + 1,
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
        lasts=datetime.timedelta(seconds=90),
        id=ID,
        blob=b"\x00\x01\xff",
        price=decimal.Decimal("1.10"),
        big=2**53 + 1,
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


@pytest.mark.parametrize(("name", "text"), [("at", "soon"), ("day", "2023-02-29"), ("id", "x"), ("blob", "%%%")])
async def test_text_that_is_not_of_the_format_says_where(sdk, name, text):
    found = await refusal(sdk, lambda c: c.api.add_event(body=sdk.models.Event()), Reply(200, {name: text}))
    assert found.error.path == f"$.{name}"
