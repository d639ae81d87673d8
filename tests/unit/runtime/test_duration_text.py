"""Durations stay as they are written, since months and years are no fixed time."""

from __future__ import annotations

import pickle
from datetime import timedelta

import msgspec
import pytest
from petstore._runtime.duration_text import DurationText
from petstore._runtime.errors import DecodeError
from petstore._runtime.model import Model
from petstore._runtime.parameters import Path, Query
from petstore._runtime.parsing import parse_path
from petstore._runtime.payloads import Json, json_encoder
from petstore._runtime.unions import ShapedUnion, Variant


class Row(Model):
    lasts: DurationText
    more: list[DurationText | None] = msgspec.field(default_factory=list)


Either = ShapedUnion("Either", lambda: (Variant(DurationText), Variant(bool)))
LAWFUL = ["P1M", "P2W", "P1Y2M3D", "PT90S", "P1Y2M3DT4H5M6.7S", "-P1D", "+PT0,5H", "P1.5W", "P1W2D", "P0D", "PT36H"]


def decode(kind, content: bytes):
    return Json("application/json", lambda: kind).decode(content, "application/json")


@pytest.mark.parametrize("text", LAWFUL)
def test_it_comes_back_as_it_was_written(text):
    content = b'{"lasts":"%b","more":["%b",null]}' % (text.encode(), text.encode())
    row = decode(Row, content)
    assert (row.lasts, row.more) == (text, [text, None])
    assert json_encoder.encode(row) == content
    assert pickle.loads(pickle.dumps(row)) == row  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1", "1D", "P1S", "PT1D", "P1D ", "P-1D", "P1DT", "soon", "P\u0661D", f"P{10**300}D"],
)
def test_what_is_no_duration_says_where(text):
    with pytest.raises(DecodeError, match="duration of ISO 8601") as caught:
        decode(Row, msgspec.json.encode({"lasts": text}))
    assert caught.value.path == "$.lasts"


def test_a_number_is_no_duration():
    with pytest.raises(DecodeError, match="Expected `str`, got `int`"):
        decode(Row, b'{"lasts":90}')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P2W", timedelta(weeks=2)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("-PT90S", timedelta(seconds=-90)),
        ("PT0,5H", timedelta(minutes=30)),
        ("P0Y0M1D", timedelta(days=1)),
        ("P0,0Y1D", timedelta(days=1)),
        ("PT99999999999.000001S", timedelta(seconds=99999999999, microseconds=1)),
        ("-PT99999999999.000001S", -timedelta(seconds=99999999999, microseconds=1)),
        ("PT0.0000005S", timedelta()),
        ("PT0.0000015S", timedelta(microseconds=2)),
        ("PT0.00000050001S", timedelta(microseconds=1)),
        ("P0.1WT0.1M", timedelta(seconds=60486)),
    ],
)
def test_what_has_a_fixed_length_is_a_timedelta(text, expected):
    assert DurationText(text).timedelta() == expected


@pytest.mark.parametrize("text", ["P1M", "P1Y", "P0.5Y"])
def test_months_and_years_have_no_fixed_length(text):
    with pytest.raises(ValueError, match="years or months"):
        DurationText(text).timedelta()


@pytest.mark.parametrize("length", [timedelta(), timedelta(days=400, microseconds=1), timedelta(seconds=-5)])
def test_it_is_made_of_a_timedelta(length):
    assert DurationText(length).timedelta() == length


def test_it_is_a_parameter_and_a_variant():
    assert Path("for", lambda: DurationText).write(DurationText("P1M")) == "P1M"
    assert Query("for", lambda: list[DurationText]).write([DurationText("P1M")]) == [("for", "P1M")]
    assert parse_path(Path("for", lambda: DurationText), "P1M") == "P1M"
    assert decode(Either, b'"P1M"') == "P1M"


@pytest.mark.parametrize("value", [3, None, 1.5, b"P1D"])
def test_what_is_no_text_is_a_value_error(value):
    with pytest.raises(ValueError, match="not a duration"):
        DurationText(value)
