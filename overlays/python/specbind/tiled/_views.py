"""Views of metadata that cannot be changed by mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["DictView", "ListView", "Spec", "checked_specs", "spec_json", "specs_json"]

_SPECS, _LETTERS = 20, 255  # of servers

K = TypeVar("K")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Spec(NamedTuple):
    """Name and version of a specification that metadata or data follow."""

    name: str
    version: str | None = None

    def __repr__(self) -> str:
        version = "" if self.version is None else f", version={self.version!r}"
        return f"Spec({self.name!r}{version})"


class DictView(Mapping[K, V]):
    """A dict that cannot be changed; what is in it can. `copy.deepcopy(dict(view))` gives one to change."""

    __slots__ = ("_internal",)

    def __init__(self, internal: Mapping[K, V]) -> None:
        self._internal = internal

    def __getitem__(self, key: K) -> V:
        return self._internal[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._internal)

    def __len__(self) -> int:
        return len(self._internal)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self._internal)!r})"

    def _ipython_key_completions_(self) -> list[K]:
        return list(self._internal)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ANN401 - IPython's printer
        printer.text(type(self).__name__ + "(...)") if cycle else printer.pretty(dict(self._internal))


class ListView(Sequence[V_co]):
    """A list that cannot be changed."""

    __slots__ = ("_internal",)

    def __init__(self, internal: Iterable[V_co]) -> None:
        self._internal = list(internal)

    @overload
    def __getitem__(self, index: int) -> V_co: ...
    @overload
    def __getitem__(self, index: slice) -> ListView[V_co]: ...
    def __getitem__(self, index: int | slice) -> V_co | ListView[V_co]:
        return ListView(self._internal[index]) if isinstance(index, slice) else self._internal[index]

    def __len__(self) -> int:
        return len(self._internal)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ListView):
            return self._internal == cast("ListView[object]", other)._internal
        return self._internal == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as lists

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._internal!r})"


def spec_json(spec: Spec | str | Mapping[str, Any]) -> dict[str, Any]:
    """JSON of a spec given as Spec, as its name, or as an object.

    Raises:
        TypeError: it is none of them.
    """
    if isinstance(spec, str):
        return {"name": spec, "version": None}
    if isinstance(spec, Spec):
        return {"name": spec.name, "version": spec.version}
    if isinstance(spec, Mapping) and isinstance(spec.get("name"), str):  # pyright: ignore[reportUnnecessaryIsInstance]
        return {"name": spec["name"], "version": spec.get("version")}
    convert: Callable[[], dict[str, Any]] | None = getattr(spec, "model_dump", None)  # the official client's Spec
    if callable(convert):
        return spec_json(convert())
    raise TypeError(f"a spec is a name, a Spec or a mapping with a name, not {spec!r:.80}")


def specs_json(specs: Iterable[Spec | str | Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """JSON of specs; none for None. Raises TypeError, also for one name in place of a list of names."""
    if isinstance(specs, str):
        raise TypeError(f"specs is a list; for one, write [{specs!r}]")
    return [spec_json(spec) for spec in specs or ()]


def checked_specs(specs: Iterable[Spec | str | Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """JSON of specs that are sent.

    Raises:
        TypeError: as `specs_json`; or a version is no text.
        ValueError: one is there twice, there are more than 20, or a name or version has more than 255 letters.
    """
    found = specs_json(specs)
    if len(found) > _SPECS:
        raise ValueError(f"a node has at most {_SPECS} specs, not {len(found)}")
    for number, spec in enumerate(found):
        version: object = spec["version"]
        if version is not None and not isinstance(version, str):
            raise TypeError(f"the version of the spec {spec['name']!r:.80} is a text, not {version!r:.80}")
        if max(len(spec["name"]), len(version or "")) > _LETTERS:
            raise ValueError(f"name and version of a spec have at most {_LETTERS} letters: {spec['name']!r:.80}")
        if spec in found[:number]:
            raise ValueError(f"the spec {spec['name']!r:.80} is there twice")
    return found
