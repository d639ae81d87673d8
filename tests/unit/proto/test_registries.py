"""Any finds types in the imported packages of its runtime, whatever else is imported, and refuses what is ambiguous."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

import pytest

from specbind.generator.targets.python._runtime.lazy import REGISTERED, lazy
from specbind.generator.targets.python._runtime.proto.message import Message
from specbind.generator.targets.python._runtime.proto.registry import Registry
from specbind.generator.targets.python._runtime.proto.wellknown import Any, Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from msgspec import UnsetType

Import: TypeAlias = "Callable[..., Registry]"


class Inner(Message):
    at: int = 0

    __proto__ = ("acme.Inner", ((1, "at", "int32"),))


class Row(Message):
    inner: Inner | UnsetType | None = None

    __proto__ = ("acme.Row", ((1, "inner", "message Inner"),))


class Again(Message):
    inner: Inner | UnsetType | None = None

    __proto__ = ("acme.Row", ((1, "inner", f"message {__name__}:Inner"),))


class OtherInner(Message):
    at: str = ""

    __proto__ = ("acme.Inner", ((1, "at", "string"),))


class Deep(Message):
    inner: OtherInner | UnsetType | None = None

    __proto__ = ("acme.Row", ((1, "inner", "message OtherInner"),))


PACKED = Any(type_url="x/acme.Row", value=b"\x0a\x02\x08\x05")


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[Import]:
    """Import a package that has these types."""

    def make(name: str, *types: type[Message]) -> Registry:
        module = ModuleType(name)
        module.REGISTRY = registry = Registry(types)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
        lazy(name, {"REGISTRY": "registry"}, registry=True)
        return registry

    before = dict(REGISTERED)
    monkeypatch.setattr("specbind.generator.targets.python._runtime.proto.registry._FOUND", {})
    yield make
    REGISTERED.clear()
    REGISTERED.update(before)


def test_the_first_imported_package_gives_the_type_of_a_message_that_several_have(imported: Import) -> None:
    imported("zeta", Row)
    assert type(PACKED.unpack()) is Row
    imported("alpha", Again)
    assert type(PACKED.unpack()) is Row


@pytest.mark.parametrize("other", [Deep, type("Row", (Message,), {"__proto__": ("acme.Row", ())})])
def test_a_name_that_two_packages_define_differently_is_refused(imported: Import, other: type[Message]) -> None:
    registry = imported("zeta", Row)
    assert type(PACKED.unpack()) is Row
    imported("alpha", other)
    with pytest.raises(LookupError, match=r"acme\.Row is defined differently by zeta and alpha.*`registry=`"):
        PACKED.unpack()
    assert type(PACKED.unpack(registry)) is Row


def test_types_of_google_are_those_of_the_runtime(imported: Import) -> None:
    imported("zeta", type("Timestamp", (Message,), {"__proto__": ("google.protobuf.Timestamp", ())}))
    assert Any.pack(Timestamp(seconds=1)).unpack() == Timestamp(seconds=1)


def test_imports_of_other_threads_do_not_matter(imported: Import) -> None:
    imported("zeta", Row)
    over = threading.Event()
    interval = sys.getswitchinterval()

    def load() -> None:
        number = 0
        while not over.is_set():
            number = (number + 1) % 2000
            if number:
                sys.modules[f"passing_{number}"] = sys
            else:
                for name in [name for name in list(sys.modules) if name.startswith("passing_")]:
                    del sys.modules[name]

    unknown = Any(type_url="x/no.such")
    thread = threading.Thread(target=load)
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        for _ in range(2000):
            with pytest.raises(LookupError, match=r"no\.such"):
                unknown.unpack()
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(interval)
        for name in [name for name in list(sys.modules) if name.startswith("passing_")]:
            del sys.modules[name]
