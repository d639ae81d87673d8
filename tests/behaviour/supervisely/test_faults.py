"""What becomes of a version when the server, or the way to it, fails."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from specbind.emulators.supervisely import serve
from specbind.emulators.supervisely.world import refusal
from specbind.supervisely import (
    ApiAnswerError,
    ApiConnectionError,
    ApiStatusError,
    ReservationBusyError,
    VersionError,
)
from specbind.supervisely.aio import Api

from .conftest import TOKEN, Emulated, make_project, outline

if TYPE_CHECKING:
    from specbind.supervisely import ProjectInfo

    from .conftest import Waits


def archives(emulator: Emulated) -> list[str]:
    return [file["path"] for file in emulator.world.find("file") if file["path"].endswith(".tar.zst")]


async def test_a_failed_commit_leaves_nothing_behind(
    api: Api, emulator: Emulated, project: ProjectInfo, caplog: pytest.LogCaptureFixture
) -> None:
    first = await api.project.version.create(project.id)
    before = await api.project.version.get_map(project.id)
    kept = archives(emulator)
    emulator.world.touch(project.id)
    emulator.faults.add("500:projects.versions.commit:3")
    with caplog.at_level(logging.ERROR, "specbind.supervisely"):
        assert await api.project.version.create(project.id, raise_errors=False) is None
    assert "was not made" in caplog.text
    assert "500" in caplog.text
    assert emulator.calls.count("projects.versions.commit") == 1 + 3
    assert await api.project.version.get_map(project.id) == before
    assert archives(emulator) == kept
    assert [version.id for version in await api.project.version.get_list(project.id)] == [first]
    second = await api.project.version.create(project.id)
    assert (await api.project.version.get_map(project.id))[str(second)]["previous"] == first


async def test_a_failed_commit_is_raised(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    emulator.faults.add("500:projects.versions.commit:3")
    with pytest.raises(ApiStatusError) as caught:
        await api.project.version.create(project.id)
    assert caught.value.status == 500
    assert await api.project.version.get_map(project.id) == {"format": "v2.1.0"}


@pytest.mark.parametrize("fault", ["late-500", "late-502", "lose"])
async def test_a_commit_whose_answer_got_lost_counts(
    api: Api, emulator: Emulated, project: ProjectInfo, fault: str
) -> None:
    emulator.faults.add(f"{fault}:projects.versions.commit")
    version_id = await api.project.version.create(project.id)
    assert version_id is not None
    assert emulator.calls.count("projects.versions.commit") == 1
    assert (await api.project.version.get_map(project.id))["latest"] == version_id
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)


@pytest.mark.parametrize("call", ["versions.reserve", "versions.commit", "add", "meta"])
async def test_a_call_that_the_server_had_no_time_for_is_made_again(
    api: Api, emulator: Emulated, project: ProjectInfo, waits: Waits, call: str
) -> None:
    emulator.faults.add(f"429:projects.{call}")
    version_id = await api.project.version.create(project.id)
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)
    assert emulator.faults.played
    assert waits


@pytest.mark.parametrize("fault", ["500", "503", "late-503"])
async def test_a_commit_is_sent_again_when_the_server_has_not_done_it(
    api: Api, emulator: Emulated, project: ProjectInfo, fault: str
) -> None:
    emulator.faults.add(f"{fault}:projects.versions.commit")
    version_id = await api.project.version.create(project.id)
    assert [version.id for version in await api.project.version.get_list(project.id)] == [version_id]
    assert emulator.calls.count("projects.versions.commit") == (1 if fault.startswith("late") else 2)


@pytest.mark.parametrize("fault", ["503", "lose", "late-502", "429"])
async def test_giving_up_a_reservation_is_repeated(
    api: Api, emulator: Emulated, project: ProjectInfo, fault: str
) -> None:
    number, token = await api.project.version.reserve(project.id)
    assert number is not None
    assert token is not None
    emulator.faults.add(f"{fault}:projects.versions.cancel-reservation")
    assert await api.project.version.cancel_reservation(number, token) is True
    assert await api.project.version.get_list(project.id) == []


async def test_a_reservation_whose_answer_got_lost_is_not_asked_for_twice(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    emulator.faults.add("lose:projects.versions.reserve")
    with pytest.raises(ApiConnectionError):
        await api.project.version.reserve(project.id)
    assert emulator.calls.count("projects.versions.reserve") == 1


async def test_a_snapshot_that_fails_gives_the_reservation_up(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    emulator.faults.add("403:figures.list:*")
    with pytest.raises(ApiStatusError):
        await api.project.version.create(project.id)
    assert emulator.calls.count("projects.versions.cancel-reservation") == 1
    assert archives(emulator) == []
    assert await api.project.version.get_map(project.id) == {}
    emulator.faults.clear()
    assert await api.project.version.create(project.id)


async def test_a_reservation_that_cannot_be_given_up_is_told(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    emulator.faults.add("403:figures.list, 403:projects.versions.cancel-reservation")
    with pytest.raises(ApiStatusError) as caught:
        await api.project.version.create(project.id)
    assert "could not be given up" in " ".join(caught.value.__notes__)


async def test_a_cancelled_call_gives_the_reservation_up(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    team = emulator.world.team_id
    project = project._replace(version={})  # one that had versions before: the first upload is the archive
    emulator.faults.add("hang:file-storage.bulk.upload")
    running = asyncio.create_task(api.project.version.create(project))
    async with asyncio.timeout(20):
        while not emulator.faults.played:  # noqa: ASYNC110 - the emulator has no event for it
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "projects.versions.cancel-reservation" in emulator.calls
    assert emulator.world.find("file", teamId=team, path=f"/system/versions/{project.id}/versions.json") == []
    assert await api.project.version.create(project.id)


@pytest.mark.parametrize("fault", ["drop", "lose", "503", "late-502"])
async def test_an_upload_that_breaks_off_is_sent_again(
    api: Api, emulator: Emulated, project: ProjectInfo, waits: Waits, fault: str
) -> None:
    emulator.faults.add(f"{fault}:file-storage.bulk.upload:2")
    version_id = await api.project.version.create(project.id)
    assert version_id is not None
    assert len(emulator.faults.played) == 2
    assert waits
    assert len(archives(emulator)) == 1
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)


async def test_bytes_that_arrive_as_others_are_no_version(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = emulator.storage.put

    async def other(team_id: int, path: str, file: Any) -> dict[str, Any]:
        found = await put(team_id, path, file)
        if path.endswith(".zst"):
            found["hash"] = "A" * 43 + "="
        return found

    monkeypatch.setattr(emulator.storage, "put", other)
    with pytest.raises(ApiAnswerError, match="other bytes"):
        await api.project.version.create(project.id)
    assert await api.project.version.get_map(project.id) == {}


@pytest.mark.parametrize("ranges", [True, False])
async def test_a_download_that_breaks_off_goes_on(ranges: bool, waits: Waits) -> None:
    server = Emulated(token=TOKEN, ranges=ranges)
    async with serve(server) as url, Api(url, TOKEN, retry_count=5, sleep=waits) as api:
        project = make_project(server)
        version_id = await api.project.version.create(project.id)
        assert version_id is not None
        await api.project.version.get_map(project.id)
        server.faults.add("truncate:file-storage.download:0.5:3")
        made = await api.project.version.restore(project.id, version_id)
        assert made is not None
        assert outline(server, made.id) == outline(server, project.id)
        assert len(server.faults.played) == 3


async def test_an_archive_that_was_damaged_makes_no_project(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    version_id = await api.project.version.create(project.id)
    assert version_id is not None
    path = archives(emulator)[0]
    content = emulator.storage.content(emulator.storage.named(emulator.world.team_id, path)["id"])
    damaged = bytearray(content.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    content.write_bytes(damaged)
    projects = len(emulator.world.find("project"))
    with pytest.raises(ApiAnswerError, match="sha256"):
        await api.project.version.restore(project.id, version_id)
    assert len(emulator.world.find("project")) == projects


async def test_an_archive_that_is_gone_is_told(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    version_id = await api.project.version.create(project.id)
    emulator.storage.remove(emulator.world.team_id, archives(emulator)[0])
    with pytest.raises(VersionError, match="not in the team files any more"):
        await api.project.version.restore(project.id, version_id)


async def test_a_restore_that_fails_names_the_project_that_was_begun(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    version_id = await api.project.version.create(project.id)
    emulator.faults.add("400:figures.bulk.add")
    with pytest.raises(ApiStatusError) as caught:
        await api.project.version.restore(project.id, version_id)
    begun = emulator.world.find("project", name="lemons, from ver. 1")[0]["id"]
    assert f"project {begun} was begun" in " ".join(caught.value.__notes__)


async def test_somebody_elses_version_is_waited_for_as_documented(
    api: Api, emulator: Emulated, project: ProjectInfo, waits: Waits
) -> None:
    emulator.version_list.reserve(project.id)
    with pytest.raises(ReservationBusyError, match="126 s"):
        await api.project.version.reserve(project.id)
    assert waits == [2, 4, 8, 16, 32, 64]
    assert emulator.calls.count("projects.versions.reserve") == 7


async def test_somebody_elses_version_is_seen_also_in_a_list_of_particulars(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_project_id: int) -> dict[str, Any]:
        raise refusal(400, "Bad request", [{"message": "Another version is already committing"}])

    monkeypatch.setattr(emulator.version_list, "reserve", busy)
    with pytest.raises(ReservationBusyError):
        await api.project.version.reserve(project.id, 1)


async def test_the_wait_ends_when_the_other_version_does(emulator: Emulated, project: ProjectInfo) -> None:
    other = emulator.version_list.reserve(project.id)
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            emulator.version_list.cancel(other["id"], other["commitToken"])

    async with Api(emulator.url, TOKEN, sleep=sleep) as api:
        number, token = await api.project.version.reserve(project.id, retries=3)
        assert waited == [2, 4]
        assert number is not None
        assert token is not None
        assert await api.project.version.cancel_reservation(number, token) is True


async def test_a_wrong_key_says_so(emulator: Emulated, project: ProjectInfo) -> None:
    async with Api(emulator.url, "wrong") as api:
        with pytest.raises(ApiStatusError, match="Is the token right"):
            await api.project.version.get_list(project.id)


async def test_a_server_that_is_not_there_says_so(waits: Waits) -> None:
    async with Api("http://127.0.0.1:1", TOKEN, retry_count=3, sleep=waits) as api:
        with pytest.raises(ApiConnectionError):
            await api.project.get_info_by_id(1)
        assert len(waits) == 2
