"""Enums: open sets of strings, integers and mixed values."""

from __future__ import annotations

import importlib
from pathlib import Path

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, runtime_of


async def lamp(sdk, content):
    return (await exchange(sdk, lambda c: c.api.list_lamps(), Reply(200, [content]))).value[0]


def encoded(sdk, value):
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=encode_hook(sdk)))


def encode_hook(sdk):
    return __import__(runtime_of(sdk).__name__ + ".hooks", fromlist=["encode_hook"]).encode_hook


async def test_known_values_are_members(sdk):
    found = await lamp(sdk, {"color": "dark-blue", "level": -1, "rank": 2, "shape": "round"})
    assert found.color is sdk.models.Color.DARK_BLUE
    assert found.level is sdk.models.Level.MINUS_1
    assert found.rank is sdk.models.Named.SECOND
    assert found.shape is sdk.models.LampShape.ROUND


async def test_unknown_values_are_kept_and_go_back_as_they_came(sdk):
    found = await lamp(sdk, {"color": "ultra", "level": 99})
    assert (found.color, found.level) == ("ultra", 99)
    assert not runtime_of(sdk).is_known(found.color)
    assert encoded(sdk, found) == {"color": "ultra", "level": 99}


async def test_null_of_an_enum_is_none(sdk):
    assert (await lamp(sdk, {"color": "red", "answer": None})).answer is None
    assert (await lamp(sdk, {"color": "red", "answer": "yes"})).answer is sdk.models.Maybe.YES


@pytest.mark.parametrize("value", ["auto", 1, 2.5, True, None, "something else"])
async def test_mixed_values_are_plain_values(sdk, value):
    found = await lamp(sdk, {"color": "red", "mode": value})
    assert found.mode == value
    assert type(found.mode) is type(value)


def test_values_whose_names_would_be_the_same_are_numbered_in_order(sdk):
    kinds = sdk.models.Collapsing
    assert [kinds.A_B.value, kinds.A_B_2.value, kinds.A_B_3.value] == ["a b", "a-b", "A_B"]
    assert {member.value for member in kinds} == {"a b", "a-b", "A_B", "", "+1", "-1", "1", "mro", "name", "class"}


async def test_members_and_plain_values_are_parameters(sdk):
    color, level = sdk.models.Color, sdk.models.Level
    done = await exchange(sdk, lambda c: c.api.list_lamps(color=color.GREEN, level=[level.VALUE_10]), Reply(200, []))
    assert done.request.target == "/lamps?color=GREEN&level=10"
    done = await exchange(sdk, lambda c: c.api.list_lamps(color=color("new")), Reply(200, []))
    assert done.request.target == "/lamps?color=new"


async def test_an_enum_of_booleans_is_a_boolean(sdk):
    assert (await lamp(sdk, {"color": "red", "on": True})).on is True


def test_the_values_of_a_mixed_enum_are_told(sdk):
    path = importlib.import_module(f"{sdk.__name__}.models.group_1").__file__
    assert "auto" in Path(path).read_text()


async def test_an_enum_of_one_value_is_open_too(sdk):
    assert (await lamp(sdk, {"color": "red", "socket": {"kind": "bayonet"}})).socket.kind == "bayonet"
