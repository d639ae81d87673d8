"""Unions: by discriminator, by shape, and those that msgspec tells apart alone."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of


async def drawing(sdk, content):
    """The answer decoded, and what is sent when it goes back."""
    first = await exchange(sdk, lambda c: c.api.put_shapes(body=sdk.models.Drawing()), Reply(200, content))
    again = await exchange(sdk, lambda c: c.api.put_shapes(body=first.value), Reply(200, content))
    assert msgspec.json.decode(again.request.content) == content
    return first.value


@pytest.mark.parametrize(
    ("kind", "type_name", "rest"),
    [("circle", "Circle", {"radius": 1.0}), ("square", "Square", {"side": 2.0}), ("quad", "Square", {"side": 2.0})],
)
async def test_a_discriminator_picks_the_variant(sdk, kind, type_name, rest):
    found = await drawing(sdk, {"shape": {"kind": kind, **rest}})
    assert type(found.shape) is getattr(sdk.models, type_name)
    assert found.shape.kind == kind


async def test_an_unknown_discriminator_is_kept_whole(sdk):
    found = await drawing(sdk, {"shape": {"kind": "blob", "spikes": [1, 2]}})
    assert isinstance(found.shape, runtime_of(sdk).UnknownVariant)
    assert (found.shape.tag, found.shape.value["spikes"]) == ("blob", [1, 2])


async def test_shape_picks_the_variant_with_most_members(sdk):
    assert type((await drawing(sdk, {"owner": {"name": "a"}})).owner) is sdk.models.Person
    assert type((await drawing(sdk, {"owner": {"name": "a", "age": 3}})).owner) is sdk.models.Person
    assert type((await drawing(sdk, {"owner": {"name": "a", "vat": "x"}})).owner) is sdk.models.Company


@pytest.mark.parametrize("value", ["a", 3, ["b"]])
async def test_json_kinds_tell_native_variants_apart(sdk, value):
    assert (await drawing(sdk, {"native": value})).native == value


@pytest.mark.parametrize("value", ["a", 1.5, True, None])
async def test_unions_of_scalars_keep_the_kind(sdk, value):
    found = (await drawing(sdk, {"scalars": value})).scalars
    assert found == value
    assert type(found) is type(value)


async def test_a_format_inside_a_union_counts(sdk):
    assert (await drawing(sdk, {"when": "2024-02-29"})).when == datetime.date(2024, 2, 29)
    assert (await drawing(sdk, {"when": 3})).when == 3


async def test_unions_stand_inside_lists(sdk):
    found = (await drawing(sdk, {"many": [{"name": "a"}, "b", None]})).many
    assert found == [sdk.models.Person(name="a"), "b", None]


async def test_constants_of_one_kind_are_an_enum(sdk):
    assert (await drawing(sdk, {"pick": "b"})).pick is sdk.models.DrawingPick.B


async def test_an_enum_of_one_value_tells_variants_apart(sdk):
    found = await drawing(sdk, {"step": {"action": "rename", "target": {"kind": "a", "name": "b"}}})
    assert type(found.step) is sdk.models.Rename


async def test_an_optional_enum_of_one_value_tells_variants_apart(sdk):
    found = await drawing(sdk, {"move": {"move": "down", "by": {"x": 1, "y": 2}}})
    assert type(found.move) is sdk.models.Down


async def test_an_answer_without_a_fitting_variant_says_where(sdk):
    body = sdk.models.Drawing()
    found = await refusal(sdk, lambda c: c.api.put_shapes(body=body), Reply(200, {"owner": {"age": 1}}))
    assert found.error.path == "$.owner"
    found = await refusal(
        sdk, lambda c: c.api.put_shapes(body=body), Reply(200, {"shape": {"kind": "circle", "radius": "x"}})
    )
    assert found.error.path == "$.shape.radius"
