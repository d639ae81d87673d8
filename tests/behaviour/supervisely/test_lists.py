"""The list calls that every part of the API has."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from specbind.supervisely import Api as BlockingApi
from specbind.supervisely import ApiAnswerError, VersionInfo

from .conftest import TOKEN

if TYPE_CHECKING:
    from specbind.supervisely import ProjectInfo
    from specbind.supervisely.aio import Api

    from .conftest import Emulated

METHOD = "projects.versions.list"


@pytest.fixture
def listed(emulator: Emulated, project: ProjectInfo) -> list[int]:
    """Ids of 25 versions."""
    values = {"projectId": project.id, "teamId": emulator.world.team_id, "status": "committed"}
    return [emulator.world.add("version", {**values, "version": number})["id"] for number in range(1, 26)]


async def test_all_pages(api: Api, project: ProjectInfo, listed: list[int]) -> None:
    asked = {"projectId": project.id, "per_page": 10}
    counts: list[int] = []
    found = await api.project.version.get_list_all_pages(METHOD, asked, counts.append)
    assert [version.id for version in found] == listed
    assert counts == [10, 10, 5]
    assert asked == {"projectId": project.id, "per_page": 10}


async def test_all_pages_with_a_limit_and_the_first_answer(api: Api, project: ProjectInfo, listed: list[int]) -> None:
    asked = {"projectId": project.id, "per_page": 10}
    found, first = await api.project.version.get_list_all_pages(METHOD, asked, limit=13, return_first_response=True)
    assert [version.id for version in found] == listed[:13]
    assert (first["total"], first["pagesCount"], first["perPage"]) == (25, 3, 10)


async def test_entries_become_what_a_function_makes_of_them(api: Api, project: ProjectInfo, listed: list[int]) -> None:
    async def number(entry: dict[str, Any]) -> int:
        return int(entry["version"])

    versions = api.project.version
    asked = {"projectId": project.id}
    assert await versions.get_list_all_pages(METHOD, asked, convert_json_info_cb=number) == list(range(1, 26))
    assert len(listed) == 25


@pytest.mark.parametrize("mode", [{}, {"pagination_mode": "token"}])
async def test_page_by_page(api: Api, project: ProjectInfo, listed: list[int], mode: dict[str, str]) -> None:
    asked = {"projectId": project.id, "per_page": 10, **mode}
    pages = [page async for page in api.project.version.get_list_all_pages_generator(METHOD, asked)]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [version.id for page in pages for version in page] == listed
    pages = [page async for page in api.project.version.get_list_all_pages_generator(METHOD, asked, limit=12)]
    assert [len(page) for page in pages] == [10, 2]


async def test_pages_by_their_number(api: Api, project: ProjectInfo, listed: list[int]) -> None:
    asked = {"projectId": project.id, "per_page": 10}
    versions = api.project.version
    count, second = await versions.get_list_idx_page_async(METHOD, {**asked, "page": 2})
    assert count == 3
    assert [version.id for version in second] == listed[10:20]
    pages = [page async for page in versions.get_list_page_generator_async(METHOD, asked)]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert "page" not in asked
    few = [page async for page in versions.get_list_page_generator_async(METHOD, asked, 2, asyncio.Semaphore(1))]
    assert [len(page) for page in few] == [10, 10]


async def test_the_async_calls_of_the_blocking_side(
    emulator: Emulated, project: ProjectInfo, listed: list[int]
) -> None:
    asked = {"projectId": project.id, "per_page": 10}
    with BlockingApi(emulator.url, TOKEN) as api:
        count, first = await api.project.version.get_list_idx_page_async(METHOD, asked)
        assert (count, [version.id for version in first]) == (3, listed[:10])
        pages = [page async for page in api.project.version.get_list_page_generator_async(METHOD, asked)]
        assert [len(page) for page in pages] == [10, 10, 5]
        blocking = await asyncio.to_thread(
            lambda: list(api.project.version.get_list_all_pages_generator(METHOD, asked))
        )
        assert blocking == pages
        assert type(pages[0][0]) is VersionInfo
        await asyncio.to_thread(api.close)


async def test_entries_that_are_missing_are_told(
    api: Api, emulator: Emulated, project: ProjectInfo, listed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from specbind.emulators.supervisely import server  # noqa: PLC0415 - only here

    whole = server.page_of

    def short(entities: Any, asked: Any) -> dict[str, Any]:
        return {**whole(entities, asked), "total": 26}

    monkeypatch.setattr(server, "page_of", short)
    with pytest.raises(ApiAnswerError, match="25 entries where it says that there are 26"):
        await api.project.version.get_list(project.id)
    assert listed
    assert emulator.calls


@pytest.mark.parametrize(
    "answer", [{}, {"entities": 5}, {"entities": [], "total": 0}, [], {"entities": [5], "total": 1, "pagesCount": 1}]
)
async def test_what_is_no_page_is_told(api: Api, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    import msgspec  # noqa: PLC0415 - only here

    async def post(*_: object, **__: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, msgspec.json.encode(answer)

    monkeypatch.setattr(api._wire, "post", post)
    with pytest.raises(ApiAnswerError, match="no page"):
        await api.project.version.get_list(1)


async def test_a_list_that_never_ends_ends(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    async def post(*_: object, **__: object) -> tuple[int, dict[str, str], bytes]:
        nonlocal calls
        calls += 1
        return 200, {}, b'{"entities": [], "total": 1, "pagesCount": 1000000000, "perPage": 1, "after": "same"}'

    monkeypatch.setattr(api._wire, "post", post)
    for mode in ({}, {"pagination_mode": "token"}):
        with pytest.raises(ApiAnswerError, match="0 entries"):
            await api.project.version.get_list_all_pages(METHOD, {"projectId": 1, **mode})
    assert calls <= 4


async def test_a_list_ends_with_an_empty_page_whatever_number_of_pages_is_told(
    api: Api, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty: dict[str, Any] = {"total": 0, "perPage": 10, "pagesCount": 10**9, "entities": []}
    monkeypatch.setattr("specbind.emulators.supervisely.server.page_of", lambda *_: empty)
    pages = api.project.version.get_list_page_generator_async("projects.versions.list", {"projectId": project.id})
    async with asyncio.timeout(20):
        assert [page async for page in pages] == [[]]
