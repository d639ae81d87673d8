"""`RESPONSE_BYTESIZE_LIMIT` bounds one answer, on the class where programs set it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from tests.support.tiled_script import HOME, Tree, context_over, entry

import specbind.tiled
from specbind.bindings._runtime import answer
from specbind.tiled import aio

if TYPE_CHECKING:
    from specbind.bindings._runtime import Request, Response

VALUES = np.arange(6 * 50, dtype="<i8").reshape(6, 50)
STRUCTURE = {
    "data_type": {"endianness": "little", "kind": "i", "itemsize": 8, "dt_units": None},
    "chunks": [[2, 2, 2], [50]],
    "shape": [6, 50],
    "dims": None,
    "resizable": False,
}


class Served(Tree):
    def __init__(self) -> None:
        super().__init__([])
        self.sizes: list[int] = []

    def node(self, path: str) -> dict[str, Any] | None:
        return {"data": entry("a", family="array", structure=STRUCTURE)} if path == "a" else super().node(path)

    def __call__(self, request: Request) -> Response | Exception:
        query = parse_qs(urlsplit(request.url).query)
        if "/array/" not in request.url:
            return super().__call__(request)
        rows, columns = (_slice(text) for text in query.get("slice", ["0:6,0:50"])[0].split(","))
        number = int(query.get("block", ["0"])[0].partition(",")[0])
        values = VALUES[number * 2 : number * 2 + 2] if "/block/" in request.url else VALUES
        content = values[rows, columns].tobytes()
        self.sizes.append(len(content))
        return answer(200, content, media="application/octet-stream")


def _slice(text: str) -> slice:
    return slice(*(int(part) if part else None for part in text.split(":")))


async def array_over(served: Served) -> aio.ArrayClient:
    root = await aio.from_context(context_over(served))
    assert isinstance(root, aio.Container)
    found = await root.lookup("a")
    assert isinstance(found, aio.ArrayClient)
    return found


@pytest.mark.parametrize("limit", [8, 100, 400, 1000, 10_000])
@pytest.mark.parametrize("kind", [aio.ArrayClient, specbind.tiled.ArrayClient])
async def test_no_answer_is_larger(limit: int, kind: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kind, "RESPONSE_BYTESIZE_LIMIT", limit)
    served = Served()
    array = await array_over(served)
    assert (await array.read() == VALUES).all()
    assert (await array.read((slice(1, 5), slice(3, 47))) == VALUES[1:5, 3:47]).all()
    assert (await array.read_block((1, 0)) == VALUES[2:4]).all()
    assert max(served.sizes) <= limit


async def test_without_a_limit_the_array_is_one_answer():
    served = Served()
    await (await array_over(served)).read()
    assert served.sizes == [VALUES.nbytes]


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "1"])
async def test_what_is_no_number_of_bytes_is_told(limit: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(aio.ArrayClient, "RESPONSE_BYTESIZE_LIMIT", limit)
    array = await array_over(Served())
    with pytest.raises(ValueError, match="RESPONSE_BYTESIZE_LIMIT"):
        await array.read()
    assert array.uri.startswith(HOME)
