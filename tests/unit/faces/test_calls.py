"""What a caller of a face sees."""

from __future__ import annotations

import copy
import inspect
import pickle
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType


def test_async_methods_block_and_give_their_value(zoo: ModuleType):
    animal = zoo.Animal(zoo.Zoo("h"), "x")
    assert animal.feed("abc", times=2) == 6
    assert animal.feed() == 30 * 4


def test_signature_docstring_and_defaults_are_those_of_the_source(zoo: ModuleType):
    from zoo import aio  # noqa: PLC0415 - exists in the fixture's folder only

    for name in ("feed", "friend", "itself"):
        assert (
            inspect.signature(getattr(zoo.Animal, name)).parameters.keys()
            == inspect.signature(getattr(aio.Animal, name)).parameters.keys()
        )
    assert inspect.signature(zoo.Animal.feed).parameters["food"].default == 'a\\"b'
    assert 'what, without \\ and \\"""; "raw".' in zoo.Animal.feed.__doc__
    assert zoo.Zoo.host.__doc__ == "Where it is."


def test_examples_and_notes_in_docstrings_are_synchronous(zoo: ModuleType):
    assert '>>> animal = zoo.animal("x")' in zoo.Animal.__doc__
    assert ">>> with zoo: ..." in zoo.Animal.__doc__
    assert "called with percentages." in zoo.Animal.feed.__doc__


def test_async_objects_come_back_as_faces(zoo: ModuleType):
    place = zoo.Zoo("h")
    assert type(place.animal("x")) is zoo.Animal
    assert [type(animal) for animal in place.animals()] == [zoo.Animal, zoo.Bird]
    assert type(place.pair()[0]) is zoo.Animal
    assert place.pair()[1] == 1
    assert type(place.later()) is zoo.Animal
    assert type(zoo.open_zoo("k")) is zoo.Zoo
    assert type(zoo.Zoo.from_url("u")) is zoo.Zoo


def test_faces_are_taken_as_arguments(zoo: ModuleType):
    place = zoo.Zoo("h")
    animal = place.animal("x")
    assert place.move([animal], t="1") == {"xt": animal}
    assert animal.friend(animal) == animal
    assert animal.friend() is None
    assert place.find(animal) == animal
    assert place.find("name") == "name"
    assert zoo.count_legs(animal) == 4


def test_a_result_of_a_derived_class_gets_the_derived_face(zoo: ModuleType):
    bird = zoo.Zoo("h").animal("bird")
    assert type(bird) is zoo.Bird
    assert bird.fly() == "bird flies"
    assert bird.feed("ab", times=1) == 2


def test_class_methods_give_the_class_they_are_called_on(zoo: ModuleType):
    class Parrot(zoo.Bird):
        pass

    assert type(zoo.Bird.hatch(zoo.Zoo("h"))) is zoo.Bird
    assert type(Parrot.hatch(zoo.Zoo("h"))) is Parrot


def test_self_is_the_same_face(zoo: ModuleType):
    animal = zoo.Animal(zoo.Zoo("h"), "x")
    assert animal.itself() is animal


def test_declared_attributes_are_read_and_written_through(zoo: ModuleType):
    place = zoo.Zoo("h")
    place.host = "other"
    assert place.host == "other"
    assert place.title == "Zoo other"
    assert zoo.Animal.legs == 4
    assert zoo.Animal.KIND == "mammal"
    animal = zoo.Animal(place, "x")
    assert animal.zoo == place
    assert animal.name == "x"


def test_final_and_unknown_attributes_cannot_be_written(zoo: ModuleType):
    place = zoo.Zoo("h")
    with pytest.raises(AttributeError):
        zoo.Animal(place, "x").zoo = place
    with pytest.raises(AttributeError):
        place.hots = "typing error"


def test_async_with_is_with(zoo: ModuleType):
    with zoo.Zoo("h") as place:
        assert type(place) is zoo.Zoo
        assert not place.closed
    assert place.closed


def test_async_iterators_are_iterators(zoo: ModuleType):
    animal = zoo.Animal(zoo.Zoo("h"), "x")
    assert list(animal.wander()) == [0, 1, 2]
    assert [type(found) for found in zoo.Zoo("h").stream()] == [zoo.Animal, zoo.Bird]
    assert list(zoo.Walk(3)) == [2, 1, 0]


async def test_methods_whose_name_says_async_stay_so(zoo: ModuleType):
    animal = zoo.Animal(zoo.Zoo("h"), "x")
    assert await animal.weigh_async("g") == "5 g"
    assert [step async for step in animal.wander_async(3)] == [0, 1, 2]
    assert inspect.iscoroutinefunction(zoo.Animal.weigh_async)
    assert inspect.isasyncgenfunction(zoo.Animal.wander_async)


def test_a_class_with_async_for_is_a_collection(zoo: ModuleType):
    herd = zoo.Herd(["a", "b"])
    assert len(herd) == 2
    assert list(herd) == ["a", "b"]
    assert herd["a"].name == "a"
    assert herd.get("b", fresh=True).name == "b"
    with pytest.raises(KeyError):
        herd["c"]


def test_a_class_with_all_members_of_a_mapping_is_one(zoo: ModuleType):
    shelf = zoo.Shelf(zoo.Zoo("h"), ["a", "b", "c"])
    assert isinstance(shelf, Mapping)
    assert not isinstance(zoo.Herd([]), Mapping)
    assert shelf["b"].name == "b"
    assert [animal.name for animal in shelf[1:]] == ["b", "c"]
    assert all(type(animal) is zoo.Animal for animal in shelf[:])
    assert (shelf.get("x"), shelf.get("x", 3), shelf.get("a").name) == (None, 3, "a")
    assert ("a" in shelf, "x" in shelf, len(shelf)) == (True, False, 3)
    assert list(shelf) == ["a", "b", "c"]
    with pytest.raises(KeyError):
        shelf["x"]


def test_a_description_is_the_repr_and_notebooks_find_their_names(zoo: ModuleType):
    shelf = zoo.Shelf(zoo.Zoo("h"), ["a"])
    assert repr(shelf) == shelf.describe() == "<Shelf of 1>"
    assert shelf._repr_html_() == "<b>shelf</b>"


def test_a_base_without_a_face_does_not_hide_those_behind_it(zoo: ModuleType):
    assert issubclass(zoo.Penguin, zoo.Bird)
    assert zoo.Penguin(zoo.Zoo("h"), "p").swim() == "p swims"


def test_an_object_may_name_the_face_that_it_wants(zoo: ModuleType):
    class Pet(zoo.Animal):
        def call(self) -> str:
            return f"here, {self.name}"

    place = zoo.Zoo("h")
    animal = place.animal("x")
    animal._async._face = Pet
    assert type(place.find(animal)) is Pet
    assert place.find(animal).call() == "here, x"
    animal._async._face = zoo.Zoo  # none of the kind that the call gives
    assert type(place.find(animal)) is zoo.Animal


def test_one_or_several_faces_are_taken_as_arguments(zoo: ModuleType):
    place = zoo.Zoo("h")
    assert zoo.name_all(place.animal("x")) == ["x"]
    assert zoo.name_all([place.animal("x"), place.animal("y")]) == ["x", "y"]


def test_generic_classes_stay_generic(zoo: ModuleType):
    page = zoo.Page([1, 2])
    assert zoo.Page[int]
    assert page.following().items == [2]


def test_overloaded_methods_answer_by_their_arguments(zoo: ModuleType):
    animal = zoo.Animal(zoo.Zoo("h"), "x")
    assert animal.mood(text=True) == "calm"
    assert animal.mood() is zoo.Mood.CALM


def test_callbacks_run_in_the_thread_of_the_caller(zoo: ModuleType):
    seen: list[tuple[float, int]] = []
    zoo.Animal(zoo.Zoo("h"), "x").feed(progress_callback=lambda share: seen.append((share, threading.get_ident())))
    assert seen == [(50.0, threading.get_ident())]


def test_errors_are_those_of_the_source(zoo: ModuleType):
    with pytest.raises(zoo.ZooError, match="x"):
        zoo.Animal(zoo.Zoo("h"), "x").fail()


def test_shared_names_are_the_same_objects(zoo: ModuleType):
    from zoo import aio, types  # noqa: PLC0415 - exists in the fixture's folder only

    assert zoo.Mood is types.Mood
    assert zoo.ZooError is types.ZooError
    assert zoo.stride is aio.stride
    assert sorted(zoo.__all__) == sorted(aio.__all__)


def test_equality_hash_and_repr_are_those_of_the_async_object(zoo: ModuleType):
    place = zoo.Zoo("h")
    one, same, other = zoo.Animal(place, "x"), zoo.Animal(place, "x"), zoo.Animal(place, "y")
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "x"
    assert repr(one) == "Animal('x')"
    assert repr(place).startswith("<Zoo of ")


def test_pickle_and_copy_make_a_face_again(zoo: ModuleType):
    animal = zoo.Bird(zoo.Zoo("h"), "x")
    for again in (pickle.loads(pickle.dumps(animal)), copy.copy(animal), copy.deepcopy(animal)):  # noqa: S301 - our own bytes
        assert type(again) is zoo.Bird
        assert again == animal
        assert again.fly() == "x flies"


def test_classes_inside_of_classes_are_the_same(zoo: ModuleType):
    assert zoo.Zoo.Mood is zoo.Mood
    assert isinstance(zoo.Zoo("host").ticket(), zoo.Zoo.Ticket)
    assert isinstance(zoo.Zoo("host").common_mood(), zoo.Zoo.Mood)


def test_a_dataclass_is_made_of_its_fields(zoo: ModuleType):
    animal = zoo.Zoo("host").animal("x")
    assert zoo.Feeding(animal, 7).feed() == "x eats hay at 7"
    assert zoo.Feeding(animal=animal, hour=9, food="grass").hour == 9
