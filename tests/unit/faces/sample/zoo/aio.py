"""A zoo, asynchronous."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, TypeVar, overload

from . import types
from .types import Mood, ZooError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
    from typing import Self, TypeAlias

    Progress: TypeAlias = "Callable[[float], Awaitable[None] | None]"

__all__ = [
    "Animal",
    "Bird",
    "Feeding",
    "Herd",
    "Mood",
    "Page",
    "Penguin",
    "Shelf",
    "Walk",
    "Zoo",
    "ZooError",
    "count_legs",
    "name_all",
    "open_zoo",
    "stride",
]

DEFAULT = 30
T = TypeVar("T")


class _Named:
    name: str
    """Its name."""


class Animal(_Named):
    """One animal.

    Example:
        >>> animal = await zoo.animal("x")
        >>> async with zoo: ...
    """

    zoo: Final[Zoo]
    legs: ClassVar[int] = 4
    """How many legs."""
    KIND: Final = "mammal"

    def __init__(self, zoo: Zoo, name: str) -> None:
        self.zoo = zoo
        self.name = name

    def __repr__(self) -> str:
        return f"Animal({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Animal) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    async def feed(
        self, food: str = 'a\\"b', *, times: int = DEFAULT, progress_callback: Progress | None = None
    ) -> int:
        r"""Feed it.

        Args:
            food: what, without \ and \"""; "raw".
            times: how often.
            progress_callback: called with percentages; may be asynchronous.
        """
        if progress_callback is not None:
            result = progress_callback(50.0)
            if result is not None:
                await result
        return times * len(food)

    @overload
    async def mood(self, *, text: Literal[True]) -> str: ...
    @overload
    async def mood(self, *, text: Literal[False] = False) -> Mood: ...
    async def mood(self, *, text: bool = False) -> str | Mood:
        """How it feels."""
        return "calm" if text else Mood.CALM

    async def weigh_async(self, unit: str = "kg") -> str:
        """Its weight, awaited on both sides."""
        return f"5 {unit}"

    async def wander_async(self, most: int = 2) -> AsyncIterator[int]:
        """Steps, awaited on both sides."""
        for step in range(most):
            yield step

    async def wander(self) -> AsyncIterator[int]:
        """Steps."""
        for step in range(3):
            yield step

    async def itself(self) -> Self:
        """The same animal."""
        return self

    async def friend(self, other: Animal | None = None) -> Animal | None:
        """The other one."""
        return other

    async def fail(self) -> None:
        """Never works."""
        raise ZooError(self.name)


class Bird(Animal):
    """A bird."""

    async def fly(self) -> str:
        """Fly."""
        return f"{self.name} flies"

    @classmethod
    def hatch(cls, zoo: Zoo) -> Self:
        """A new one."""
        return cls(zoo, "chick")


class Walk:
    """An iterator of its own."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> int:
        if not self._left:
            raise StopAsyncIteration
        self._left -= 1
        return self._left


class Page(Generic[T]):
    """Some items."""

    items: list[T]

    def __init__(self, items: list[T]) -> None:
        self.items = items

    async def following(self) -> Page[T]:
        """The next page."""
        return Page(self.items[1:])


@dataclass(order=True)
class Feeding:
    """When an animal is fed."""

    animal: Animal
    hour: int
    """0 to 23."""
    food: str = "hay"

    async def feed(self) -> str:
        """Feed it."""
        return f"{self.animal.name} eats {self.food} at {self.hour}"


class Herd:
    """Animals by name."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._keys = list(keys)

    async def get(self, key: str, *, fresh: bool = False) -> Animal:
        """One animal."""
        del fresh
        if key not in self._keys:
            raise KeyError(key)
        return Animal(Zoo("herd"), key)

    async def count(self) -> int:
        """How many."""
        return len(self._keys)

    async def __aiter__(self) -> AsyncIterator[str]:
        for key in self._keys:
            yield key


class _Moody:
    async def common_mood(self) -> Mood:
        """The mood of most."""
        return Mood.CALM


class Zoo(_Moody):
    """A zoo."""

    Mood: TypeAlias = types.Mood
    """How animals feel."""

    class Ticket:
        """What visitors buy."""

        price = 3

    host: str
    """Where it is."""
    timeout: float | None
    closed: bool

    def __init__(self, host: str, timeout: float | None = None) -> None:
        self.host = host
        self.timeout = timeout
        self.closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.closed = True

    @staticmethod
    def from_url(url: str, timeout: float | None = DEFAULT) -> Zoo:
        """From a URL."""
        return Zoo(url, timeout)

    @property
    def title(self) -> str:
        """What stands over the door."""
        return f"Zoo {self.host}"

    async def animal(self, name: str) -> Animal:
        """One animal; `bird` is a bird."""
        return Bird(self, name) if name == "bird" else Animal(self, name)

    async def ticket(self) -> Zoo.Ticket:
        """One ticket."""
        return Zoo.Ticket()

    async def animals(self) -> list[Animal]:
        """All animals."""
        return [Animal(self, "a"), Bird(self, "b")]

    def stream(self) -> AsyncIterator[Animal]:
        """All animals, one by one."""
        return self._stream()

    async def _stream(self) -> AsyncIterator[Animal]:
        for animal in await self.animals():
            yield animal

    async def move(
        self, animals: Sequence[Animal], body: Iterable[bytes] | AsyncIterable[bytes] = (), **tags: str
    ) -> dict[str, Animal]:
        """Animals by name."""
        del body
        return {animal.name + "".join(tags): animal for animal in animals if isinstance(animal, Animal)}

    def pair(self) -> tuple[Animal, int]:
        """An animal and a number."""
        return Animal(self, "p"), 1

    def find(self, wanted: str | Animal) -> Animal | str:
        """What was asked for."""
        return wanted

    def later(self) -> Coroutine[Any, Any, Animal]:
        """An animal, later."""
        return self.animal("later")


class _Swimmer(Bird):
    async def swim(self) -> str:
        """Swim."""
        return f"{self.name} swims"


class Penguin(_Swimmer):
    """A bird behind a class without a face."""


class Shelf:
    """Animals by name, as a Mapping."""

    def __init__(self, zoo: Zoo, names: Sequence[str]) -> None:
        self._animals = {name: Animal(zoo, name) for name in names}

    def __repr__(self) -> str:
        return "<Shelf>"

    async def describe(self) -> str:
        """What is on it."""
        return f"<Shelf of {len(self._animals)}>"

    def _repr_html_(self) -> str:
        return "<b>a shelf</b>"

    async def describe_html(self) -> str:
        """The same for notebooks."""
        return "<b>shelf</b>"

    async def __aiter__(self) -> AsyncIterator[str]:
        for name in self._animals:
            yield name

    async def lookup(self, name: str) -> Animal:
        """The animal of a name. Raises KeyError."""
        return self._animals[name]

    async def section(self, part: slice) -> list[Animal]:
        """Those of a slice."""
        return list(self._animals.values())[part]

    async def get(self, name: str, default: T | None = None) -> Animal | T | None:
        """The animal of a name, or something else."""
        return self._animals.get(name, default)

    async def count(self) -> int:
        """How many."""
        return len(self._animals)

    async def contains(self, name: object) -> bool:
        """Whether it is there."""
        return name in self._animals

    def keys(self) -> AsyncIterator[str]:
        """Names."""
        return self.__aiter__()

    async def values(self) -> AsyncIterator[Animal]:
        """Animals."""
        for animal in self._animals.values():
            yield animal

    async def items(self) -> AsyncIterator[tuple[str, Animal]]:
        """Both."""
        for pair in self._animals.items():
            yield pair


async def name_all(animals: Animal | Sequence[Animal]) -> list[str]:
    """The names of one or of several."""
    return [animals.name] if isinstance(animals, Animal) else [animal.name for animal in animals]


async def open_zoo(host: str) -> Zoo:
    """Open one."""
    return Zoo(host)


def count_legs(animal: Animal) -> int:
    """How many legs it has."""
    return animal.legs


def stride(legs: int) -> int:
    """The same on both sides."""
    return legs * 2
