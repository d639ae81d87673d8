"""Decoders are made for every graph of types."""

from __future__ import annotations

import sys
import types

import msgspec
import pytest
from petstore._runtime.decoders import make_decoder

LENGTH = 2000


@pytest.fixture
def chain(monkeypatch) -> type:
    """The first of 2,000 models that each refer to the next."""
    lines = ["from __future__ import annotations", "import msgspec"]
    for number in range(LENGTH):
        following = f"M{number + 1} | msgspec.UnsetType" if number + 1 < LENGTH else "int | msgspec.UnsetType"
        lines += [f"class M{number}(msgspec.Struct):", f"    next: {following} = msgspec.UNSET"]
    module = types.ModuleType("chain_of_models")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec("\n".join(lines), module.__dict__)  # noqa: S102 - our own text
    return module.M0


def test_a_chain_of_thousands_of_models_is_decoded(chain):
    with pytest.raises(RecursionError):
        msgspec.json.Decoder(chain)
    found = make_decoder(chain).decode(b'{"next": {"next": {}}}')
    assert type(found.next.next).__name__ == "M2"


class Node(msgspec.Struct):
    child: Node | None = None
    others: list[Node] = []


def test_a_type_that_refers_to_itself_is_decoded():
    assert make_decoder(list[Node]).decode(b'[{"child": {}, "others": [{}]}]')[0].others == [Node()]
