"""Several writers of versions at the same time: nothing that one of them wrote is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from specbind.emulators.supervisely.world import refusal
from specbind.supervisely import Api as BlockingApi
from specbind.supervisely import ApiStatusError
from specbind.supervisely.aio import Api
from specbind.supervisely.aio._create import Draft
from specbind.supervisely.aio.data_version import DataVersion

from .conftest import TOKEN, Emulated, make_project

if TYPE_CHECKING:
    from specbind.supervisely import ProjectInfo


async def entries(api: Api, project: ProjectInfo) -> set[str]:
    return {key for key in await api.project.version.get_map(project.id) if key.isdigit()}


async def until(emulator: Emulated, call: str, times: int) -> None:
    async with asyncio.timeout(20):
        while emulator.calls.count(call) < times:  # noqa: ASYNC110 - the emulator has no event for it
            await asyncio.sleep(0.01)


async def test_a_writer_that_waited_for_another_one_keeps_its_version(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await api.project.version.create(project.id)
    emulator.world.touch(project.id)
    may_go_on = asyncio.Event()
    store = Draft._store

    async def slow(self: Draft, *given: Any) -> None:
        if self._api is api:
            await may_go_on.wait()
        await store(self, *given)

    async def sleep(_seconds: float) -> None:
        may_go_on.set()
        async with asyncio.timeout(20):
            await one
        emulator.world.touch(project.id)

    monkeypatch.setattr(Draft, "_store", slow)
    async with Api(emulator.url, TOKEN, sleep=sleep) as other:
        one = asyncio.create_task(api.project.version.create(project.id))
        await until(emulator, "projects.versions.reserve", 2)
        second = await other.project.version.create(project.id)
    found = await api.project.version.get_map(project.id)
    assert {key for key in found if key.isdigit()} == {str(first), str(one.result()), str(second)}
    assert (found[str(second)]["previous"], found["latest"]) == (one.result(), second)


async def test_a_version_that_is_given_up_takes_only_itself_out_of_the_map(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await api.project.version.create(project.id)
    emulator.world.touch(project.id)
    later: list[int | None] = []
    cancel = DataVersion.cancel_reservation

    async def then_another(self: DataVersion, version_id: int, commit_token: str) -> bool:
        done = await cancel(self, version_id, commit_token)
        async with Api(emulator.url, TOKEN) as other:
            later.append(await other.project.version.create(project.id))
        return done

    monkeypatch.setattr(DataVersion, "cancel_reservation", then_another)
    emulator.faults.add("403:projects.versions.commit")
    with pytest.raises(ApiStatusError):
        await api.project.version.create(project.id)
    found = await api.project.version.get_map(project.id)
    assert {key for key in found if key.isdigit()} == {str(first), str(later[0])}
    assert (found[str(later[0])]["previous"], found["latest"]) == (first, later[0])


async def test_a_preview_keeps_what_others_wrote_into_the_map_meanwhile(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    later: list[int | None] = []
    enable = DataVersion.enable_preview

    async def meanwhile(self: DataVersion, *given: Any, **named: Any) -> ProjectInfo:
        emulator.world.touch(project.id)
        async with Api(emulator.url, TOKEN) as other:
            later.append(await other.project.version.create(project.id))
        return await enable(self, *given, **named)

    monkeypatch.setattr(DataVersion, "enable_preview", meanwhile)
    version_id = await api.project.version.create(project.id, enable_preview=True)
    found = await api.project.version.get_map(project.id)
    assert {key for key in found if key.isdigit()} == {str(version_id), str(later[0])}
    assert found["latest"] == later[0]
    assert found[str(version_id)]["preview"]


async def test_previews_of_two_projects_do_not_mix(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    other = make_project(emulator, "other")

    async def noise() -> None:
        while True:
            await api.project.version.initialize(other.id)

    running = asyncio.create_task(noise())
    try:
        made = await asyncio.gather(
            *(api.project.version.create(each.id, enable_preview=True) for each in (project, other))
        )
    finally:
        running.cancel()
    for version_id, each in zip(made, (project, other), strict=True):
        found = await api.project.version.get_map(each.id)
        assert set(found) == {"format", "latest", str(version_id)}
        assert found[str(version_id)]["preview"]


async def test_threads_with_previews_do_not_mix(emulator: Emulated) -> None:
    projects = [make_project(emulator, f"p{number}") for number in range(3)]
    with BlockingApi(emulator.url, TOKEN) as blocking:

        def make(project_id: int) -> int | None:
            return blocking.project.version.create(project_id, enable_preview=True)

        made = await asyncio.gather(*(asyncio.to_thread(make, each.id) for each in projects))
        maps = [await asyncio.to_thread(blocking.project.version.get_map, each.id) for each in projects]
    assert [set(found) for found in maps] == [{"format", "latest", str(number)} for number in made]


async def test_an_unchanged_project_gives_its_last_version_also_when_the_server_does_not_name_it(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_id = await api.project.version.create(project.id)

    def unchanged(_project_id: int) -> dict[str, Any]:
        raise refusal(400, "Bad request", {"useExistingVersion": True})

    monkeypatch.setattr(emulator.version_list, "reserve", unchanged)
    assert await api.project.version.create(project.id) == version_id
    emulator.world.get("version", version_id or 0)["teamFileId"] = None
    assert await api.project.version.create(project.id) == version_id


async def test_a_cancelled_call_is_cancelled_though_its_version_was_made(
    api: Api, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = DataVersion.commit
    committed = asyncio.Event()

    async def late(self: DataVersion, *given: Any, **named: Any) -> None:
        await commit(self, *given, **named)
        committed.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(DataVersion, "commit", late)
    running = asyncio.create_task(api.project.version.create(project.id))
    async with asyncio.timeout(20):
        await committed.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await running
    assert "was made all the same" in " ".join(caught.value.__notes__)
    versions = await api.project.version.get_list(project.id)
    assert await entries(api, project) == {str(version.id) for version in versions}
