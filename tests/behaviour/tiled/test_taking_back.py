"""What a failed or cancelled call made is removed in one time, and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from tests.support.tiled_catalog import Catalog, root_of

from specbind.bindings._runtime import TruncatedError, answer
from specbind.tiled import ClientError, aio
from specbind.tiled.aio import _taking_back

if TYPE_CHECKING:
    from specbind.bindings._runtime import Request, Response

SAMPLE = np.arange(6.0)


@pytest.mark.parametrize("stops", ["making", "data"])
async def test_a_cancelled_dataset_has_one_time_for_all_that_it_takes_back(stops: str, monkeypatch: pytest.MonkeyPatch):
    tree = Catalog()
    root = await root_of(tree)
    begun = asyncio.Event()

    async def never() -> Response:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    tree.deletion = never
    if stops == "data":
        tree.data = lambda _: never()
    else:
        tree.creation = lambda: never() if "ds/a" in tree.sources else None
    monkeypatch.setattr(_taking_back, "_CANCELLED_SECONDS", 0.2)
    runs: list[_taking_back.Undo] = []
    run = _taking_back.Undo.run

    async def counted(self: _taking_back.Undo, error: BaseException) -> None:
        runs.append(self)
        await run(self, error)

    monkeypatch.setattr(_taking_back.Undo, "run", counted)
    writing = asyncio.create_task(aio.write_xarray_dataset(root, xr.Dataset({"a": ("x", [1.0])}), "ds"))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await writing
    assert len(runs) == 1
    (note,) = caught.value.__notes__
    assert "metadata/ds, " in note
    assert "metadata/ds/a;" in note


async def test_a_node_is_compared_before_each_try_to_remove_it():
    tree = Catalog()
    root = await root_of(tree)
    tree.data = lambda _: answer(400, {"detail": "no"})

    def replaced() -> Exception:
        tree.deletion = lambda: answer(200, None)
        return TruncatedError("cut")  # it is gone, and somebody makes one anew before the next try

    tree.deletion = replaced
    tree.sources = Replaced(tree.sources)
    with pytest.raises(ClientError):
        await root.write_array(SAMPLE, key="a")
    assert tree.calls[-3:] == ["GET metadata/a", "DELETE metadata/a", "GET metadata/a"]
    assert tree.sources == {"a": 99}


@pytest.mark.parametrize("other", [{"metadata": {"owner": "B"}}, {"data_sources": [{"structure": {}}]}])
async def test_a_successor_with_the_same_number_stays_and_is_named(other: dict[str, Any]):
    tree = Catalog()
    root = await root_of(tree)

    def replaced(_: Request) -> Response:
        tree.bodies["a"] = {**tree.bodies["a"], **other}
        return answer(400, {"detail": "no"})

    tree.data = replaced
    with pytest.raises(ClientError) as caught:
        await root.write_array(SAMPLE, key="a", metadata={"owner": "A"})
    assert tree.sources == {"a": 1}
    assert "it is not as it was made, so it may be somebody else's" in caught.value.__notes__[-1]


class Replaced(dict[str, int]):
    """Who is removed has a successor."""

    def pop(self, key: str, default: Any = None) -> Any:
        self[key] = 99
        return default


async def test_a_container_in_the_place_of_that_of_a_failed_dataset_stays():
    tree = Catalog()
    root = await root_of(tree)

    def replaced(_: Request) -> Response:
        tree.bodies["ds"] = {**tree.bodies["ds"], "metadata": {"owner": "somebody else"}}
        return answer(400, {"detail": "no"})

    tree.data = replaced
    with pytest.raises(ClientError):
        await aio.write_xarray_dataset(root, xr.Dataset({"a": ("x", [1.0])}), "ds")
    assert list(tree.sources) == ["ds"]
