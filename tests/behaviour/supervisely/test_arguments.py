"""Bad input is told before anything is sent."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from specbind.supervisely import ApiClosedError, SuperviselyError
from specbind.supervisely.aio import Api

from .conftest import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Emulated

CALLS: list[tuple[str, Callable[[Api], Any]]] = [
    ("project_id", lambda api: api.project.version.get_list("")),
    ("project_id", lambda api: api.project.version.get_list(0)),
    ("project_id", lambda api: api.project.version.get_list(None)),
    ("project_id", lambda api: api.project.version.reserve(project_id=True)),
    ("retries", lambda api: api.project.version.reserve(1, -1)),
    ("retries", lambda api: api.project.version.reserve(1, 1000)),
    ("version_id", lambda api: api.project.version.get_info_by_id(1, "")),
    ("version_num", lambda api: api.project.version.get_info_by_number(1, 0)),
    ("project_info", lambda api: api.project.version.create("")),
    ("project_info", lambda api: api.project.version.create(None)),
    ("project_info", lambda api: api.project.version.restore(1.5, 1)),
    ("version_id or version_num", lambda api: api.project.version.restore(1)),
    ("workspace_id", lambda api: api.project.version.restore(1, 1, workspace_id=0)),
    ("version_id", lambda api: api.project.version.update(0, "name")),
    ("name", lambda api: api.project.version.update(1, 5)),
    ("commit_token", lambda api: api.project.version.commit(1, "", "", 1)),
    ("commit_token", lambda api: api.project.version.cancel_reservation(1, "")),
    ("file_id", lambda api: api.project.version.commit(1, "t", "", 0)),
    ("version_id", lambda api: api.project.version.download_snapshot(1, None)),
    ("project_info", lambda api: api.project.version.enable_preview("1", 1)),
    ("id", lambda api: api.project.get_info_by_id("")),
    ("workspace_id", lambda api: api.project.create("", "name")),
    ("one of workspace_id and team_id", lambda api: api.project.get_list()),
    ("one of workspace_id and team_id", lambda api: api.project.get_list(1, team_id=2)),
    ("data", lambda api: api.project.update_custom_data(1, [])),
    ("classes", lambda api: api.project.update_meta(1, {})),
    ("team_id", lambda api: api.workspace.get_list("")),
    ("project_id", lambda api: api.dataset.create("", "name")),
    ("team_id", lambda api: api.file.list("", "/")),
    ("return_type", lambda api: api.file.list(1, "/", return_type="list")),
    ("path", lambda api: api.file.remove(1, "/")),
    ("path", lambda api: api.file.remove(1, "")),
    ("path", lambda api: api.file.remove(1, "/a/../..")),
    ("path", lambda api: api.file.remove(1, "/.")),
    ("path", lambda api: api.file.remove(1, "/./")),
    ("path", lambda api: api.file.remove(1, "/a/./b")),
    ("version_id", lambda api: api.project.version.restore(7, 0)),
    ("version_id", lambda api: api.project.version.restore(7, "1")),
    ("version_num", lambda api: api.project.version.restore(7, version_num=0)),
    ("skip_missed", lambda api: api.project.version.restore(7, 1, skip_missed_entities="no")),
    ("project_name", lambda api: api.project.version.restore(7, 1, project_name=5)),
    ("project_name", lambda api: api.project.version.restore(7, 1, project_name="")),
    ("project_description", lambda api: api.project.version.restore(7, 1, project_description=5)),
    ("local_binary_path", lambda api: api.project.version.restore(7, 1, local_binary_path="")),
    ("local_binary_path", lambda api: api.project.version.restore(7, 1, local_binary_path=5)),
    ("local_binary_path", lambda api: api.project.version.restore(7, 1, local_binary_path=tempfile.gettempdir())),
    ("version_title", lambda api: api.project.version.create(7, 5)),
    ("enable_preview", lambda api: api.project.version.create(7, enable_preview="yes")),
    ("dest_path", lambda api: api.project.version.download_snapshot(7, 1, "")),
    ("dest_path", lambda api: api.project.version.download_snapshot(7, 1, tempfile.gettempdir())),
    ("overwrite", lambda api: api.project.version.enable_preview(7, 1, "no")),
    ("version_id", lambda api: api.project.version.enable_preview(7, 0)),
    ("title", lambda api: api.project.version.commit(1, "t", "x", 1, title=5)),
    ("filters", lambda api: api.project.version.get_list(7, "x")),
    ("filters", lambda api: api.project.version.get_list(7, [1])),
    ("filters", lambda api: api.project.version.get_list(7, [{"field": "id"}])),
    ("method", lambda api: api.project.version.get_list_all_pages("../x", {})),
    ("method", lambda api: api.project.version.get_list_all_pages("projects.list?x=1", {})),
    ("method", lambda api: api.project.version.get_list_idx_page_async("a b", {})),
    ("data", lambda api: api.project.version.get_list_idx_page_async("projects.list", [1])),
    ("data", lambda api: api.post("projects.list", "x")),
    ("method", lambda api: api.post("", {})),
    ("method", lambda api: api.post("../../other", {})),
    ("method", lambda api: api.project.version.get_list_all_pages(None, {})),
    ("data", lambda api: api.project.version.get_list_all_pages("projects.list", [])),
    ("limit", lambda api: api.project.version.get_list_all_pages("projects.list", {}, limit=0)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "call"), CALLS, ids=[f"{number} {name}" for number, (name, _) in enumerate(CALLS)])
async def test_a_wrong_argument_is_named_and_nothing_is_sent(
    api: Api, emulator: Emulated, name: str, call: Callable[[Api], Any]
) -> None:
    with pytest.raises((TypeError, ValueError), match=name):
        await call(api)
    assert emulator.calls == []


async def test_a_snapshot_that_is_not_there_is_told(api: Api, emulator: Emulated, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="local_binary_path"):
        await api.project.version.restore(7, 1, local_binary_path=str(tmp_path / "missing"))
    assert emulator.calls == []


async def test_files_of_no_bytes_are_told(api: Api, emulator: Emulated, tmp_path: Path) -> None:
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.touch()
    full.write_bytes(b"1")
    with pytest.raises(ValueError, match=r"empty.*no bytes"):
        await api.file.upload_bulk(1, [full, empty], ["/full", "/empty"])
    with pytest.raises(ValueError, match="no image"):
        await api.image.upload_paths(1, ["a"], [empty])
    with pytest.raises(ValueError, match="one for each"):
        await api.file.upload_bulk(1, [full], [])
    with pytest.raises(ValueError, match="not of a folder"):
        await api.file.upload(1, full, "/folder/")
    with pytest.raises(TypeError, match="list of paths"):
        await api.file.upload_bulk(1, str(full), ["/full"])
    with pytest.raises(FileNotFoundError):
        await api.file.upload(1, tmp_path / "missing", "/missing")
    assert emulator.calls == []


async def test_id_and_number_of_two_versions_are_told(api: Api, emulator: Emulated, project: Any) -> None:
    first = await api.project.version.create(project.id)
    assert first is not None
    with pytest.raises(ValueError, match="has the number 1, not 2"):
        await api.project.version.restore(project.id, first, 2)
    assert len(emulator.world.find("project")) == 1


@pytest.mark.parametrize(
    "address",
    ["", "   ", "ftp://host", "http://", "http://user:pw@host", "http://host?x=1", "http://ho st", "http://h:99999"],
)
def test_a_wrong_address_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVER_ADDRESS", raising=False)
    with pytest.raises(ValueError, match="server_address"):
        Api(address, TOKEN)


@pytest.mark.parametrize("token", [" ", " a", "a ", "a\nb", "a\n", "ключ"])
def test_a_wrong_key_is_told(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        Api("http://localhost", token)


def test_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SERVER_ADDRESS", "API_TOKEN", "ENV"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "supervisely.env"
    with pytest.raises(FileNotFoundError):
        Api.from_env(env_file=str(file))
    with pytest.raises(ValueError, match="env"):
        Api.from_env(env_file=str(tmp_path / "other.txt"))
    file.write_text("# comment\nSERVER_ADDRESS = 'https://one.example/'\nexport API_TOKEN=abc # of me\n")
    api = Api.from_env(env_file=str(file))
    assert (api.server_address, api.token) == ("https://one.example", "abc")
    monkeypatch.setenv("SERVER_ADDRESS", "two.example")
    assert Api.from_env(env_file=str(file)).server_address == "https://two.example"
    monkeypatch.setenv("ENV", "production")
    with pytest.raises(ValueError, match="API_TOKEN must be set"):
        Api.from_env(env_file=str(file))
    monkeypatch.setenv("API_TOKEN", "def")
    assert Api.from_env().token == "def"
    assert Api(token="x").server_address == "https://two.example"


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("one.example", "https://one.example"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("localhost.example", "https://localhost.example"),
        ("http://one.example", "http://one.example"),
    ],
)
def test_a_host_without_a_scheme_is_asked_by_https_unless_it_is_this_machine(address: str, whole: str) -> None:
    assert Api.normalize_server_address(address) == whole


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffSERVER_ADDRESS=https://one.example\nAPI_TOKEN=abc\n",
        "SERVER_ADDRESS = \"https://one.example\" # of us\nAPI_TOKEN='abc'   # of me\n",
        "export   SERVER_ADDRESS=https://one.example\nexport\tAPI_TOKEN='abc' #\n",
    ],
)
def test_files_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    for name in ("SERVER_ADDRESS", "API_TOKEN", "ENV"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "a.env").write_text(text, encoding="utf-8")
    api = Api.from_env(env_file=str(tmp_path / "a.env"))
    assert (api.server_address, api.token) == ("https://one.example", "abc")


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "9" * 5000])
def test_a_wrong_number_of_attempts_in_the_environment_is_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SUPERVISELY_PUBLIC_API_RETRIES", text)
    with pytest.raises(ValueError, match="SUPERVISELY_PUBLIC_API_RETRIES"):
        Api("http://localhost", TOKEN, retry_count=None)


def test_a_task_is_told_unless_it_is_to_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISELY_TASK_ID", "17")
    assert Api("http://localhost", TOKEN).headers == {"x-task-id": "17"}
    assert Api("http://localhost", TOKEN, ignore_task_id=True).headers == {}


async def test_a_closed_api_stays_closed(emulator: Emulated) -> None:
    api = Api(emulator.url, TOKEN)
    assert await api.get_instance_version() == "6.15.0"
    await api.close()
    with pytest.raises(ApiClosedError, match="closed") as caught:
        await api.get_instance_version()
    assert isinstance(caught.value, SuperviselyError)
    with pytest.raises(ApiClosedError):
        await api.get_instance_version()
