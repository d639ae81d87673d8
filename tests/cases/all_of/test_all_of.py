"""allOf: members of all parts in one type, and hierarchies with a discriminator."""

from __future__ import annotations

import inspect

import msgspec
import pytest
from tests.support.exchange import Reply, exchange


async def animal(sdk, content):
    return (await exchange(sdk, lambda c: c.api.list_animals(), Reply(200, [content]))).value[0]


async def test_a_base_with_a_discriminator_is_the_union_of_its_heirs(sdk):
    assert await animal(sdk, {"type": "cat", "name": "Tom", "lives": 9}) == sdk.models.Cat(
        type="cat", name="Tom", lives=9
    )
    assert await animal(sdk, {"type": "dog", "good": True}) == sdk.models.Dog(type="dog", good=True)


async def test_an_heir_without_a_mapping_goes_by_its_schema_name(sdk):
    found = await animal(sdk, {"type": "Puppy", "created": "2024-01-01T00:00:00Z", "weeks": 3})
    assert type(found) is sdk.models.Puppy


def test_members_of_all_levels_are_there(sdk):
    assert set(sdk.models.Puppy.__struct_fields__) == {"type", "name", "good", "created", "weeks"}


def test_a_part_may_make_an_inherited_member_required(sdk):
    with pytest.raises(TypeError, match="name"):
        sdk.models.Cat(type="cat")
    assert inspect.signature(sdk.models.Dog).parameters["name"].default is not inspect.Parameter.empty


def test_a_part_that_adds_words_only_is_the_same_type(sdk):
    assert sdk.models.Described is sdk.models.Timestamps


def test_members_of_a_union_among_the_parts_become_optional(sdk, said):
    assert "SB211 #/components/schemas/Means" in said
    payment = sdk.models.Payment
    assert msgspec.json.encode(payment(amount=1, card="c")) == b'{"amount":1,"card":"c"}'
    assert msgspec.json.decode(b'{"amount":1,"iban":"i"}', type=payment) == payment(amount=1, iban="i")
