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


@pytest.mark.parametrize(
    ("member", "value", "type_name"),
    [
        ("pause", "P1M", "DurationText"),
        ("pause", 3, "int"),
        ("either", "PT3S", "DurationText"),
        ("either", 3, "int"),
        ("either", None, "NoneType"),
        ("named", "P1Y", "DurationText"),
        ("named", "yearly", "str"),
        ("part", "P1Y", "DurationText"),
        ("part", {"name": "a"}, "Person"),
        ("list", "P1Y", "DurationText"),
        ("list", ["a"], "list"),
        ("maybe", "P1Y", "DurationText"),
        ("maybe", None, "NoneType"),
        ("big", "12", "Int64Text"),
        ("big", 12, "int"),
        ("wide", "12", "UInt64Text"),
        ("wide", True, "bool"),
        ("open", {"a": "b", "c": 3}, "Labels"),
        ("open", "x", "str"),
        ("ratio", 1.5, "Ratio"),
        ("ratio", "x", "str"),
    ],
)
async def test_types_that_the_runtime_reads_stand_beside_others(sdk, member, value, type_name):
    content = {member: value}
    first = await exchange(sdk, lambda c: c.api.put_mixture(body=sdk.models.Mixture()), Reply(200, content))
    again = await exchange(sdk, lambda c: c.api.put_mixture(body=first.value), Reply(200, content))
    assert msgspec.json.decode(again.request.content) == content
    assert type(getattr(first.value, member)).__name__ == type_name


async def test_types_that_the_runtime_reads_stand_beside_others_in_lists_and_maps(sdk):
    content = {"pauses": ["P1D", 1.5, True], "sizes": {"a": 1, "b": "2"}}
    found = await exchange(sdk, lambda c: c.api.put_mixture(body=sdk.models.Mixture()), Reply(200, content))
    assert [type(item).__name__ for item in found.value.pauses] == ["DurationText", "float", "bool"]
    assert [type(item).__name__ for item in found.value.sizes.values()] == ["int", "Int64Text"]


@pytest.mark.parametrize(("given", "sent", "type_name"), [("P1M", "P1M", "DurationText"), (3, "3", "int")])
async def test_a_parameter_is_a_duration_or_a_number(sdk, given, sent, type_name):
    def call(client):
        return client.api.put_mixture(every=given, body=sdk.models.Mixture())

    found = await exchange(sdk, call, Reply(200, {}))
    assert found.request.target.endswith(f"?every={sent}")
    parameter = next(item for item in sdk.Server.endpoints if item.operation.id == "putMixture").operation.query[0]
    read = msgspec.convert(sent, parameter.type(), strict=False, dec_hook=runtime_of(sdk).hooks.text_hook)
    assert (read, type(read).__name__) == (given, type_name)
