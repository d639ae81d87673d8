"""A value goes in the media type that is declared for its type."""

from __future__ import annotations

from typing import Annotated

import msgspec
from petstore._runtime.fitting import fits
from petstore._runtime.model import Model
from petstore._runtime.operation import Body, Form, Json, Multipart, Text
from petstore._runtime.part_headers import with_part_headers
from petstore._runtime.unions import ShapedUnion, UnknownVariant, Variant


class Cat(Model):
    lives: int


class Dog(Model):
    good: bool


PET = ShapedUnion("Pet", lambda: (Variant(Cat, tags=("cat",)), Variant(Dog, tags=("dog",))), discriminator="kind")


def of(kind: object) -> Json:
    return Json("application/json", lambda: kind)


def test_a_value_fits_json_of_its_kind():
    assert not fits(Json("application/json", lambda: dict[str, int]), "text")
    assert fits(Json("application/json", lambda: dict[str, int] | str), "text")
    assert fits(Text("text/plain"), "text")


def test_an_object_fits_its_own_class_only():
    cat = Cat(9)
    assert fits(of(Cat), cat)
    assert fits(of(Annotated[Dog | Cat, msgspec.Meta()]), cat)
    assert fits(of(PET), cat)
    assert fits(of(dict[str, object]), cat)
    assert not fits(of(Dog), cat)
    assert not fits(Form("application/x-www-form-urlencoded", lambda: Dog), cat)
    assert fits(of(PET), UnknownVariant("bird", {}))
    assert not fits(of(Cat), UnknownVariant("bird", {}))


def test_headers_of_parts_change_nothing():
    multipart = Multipart("multipart/form-data", lambda: Cat)
    assert fits(multipart, with_part_headers(Cat(9), {}))
    assert not fits(multipart, with_part_headers(Dog(good=True), {}))


def test_a_body_goes_in_the_media_type_of_its_type():
    body = Body(of(Cat), Json("application/vnd.dog+json", lambda: Dog), Text("text/plain"))
    assert body.encode(Dog(good=True)) == ("application/vnd.dog+json", b'{"good":true}')
    assert body.encode(Cat(9)) == ("application/json", b'{"lives":9}')
    assert body.encode("tom")[1] == b"tom"
    assert body.encode([1]) == ("application/json", b"[1]")  # of no declared type: the first that can write it
