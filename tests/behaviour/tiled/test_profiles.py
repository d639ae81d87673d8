"""Profiles: files that the official client reads too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.tiled_script import Tree, context_over

from specbind.tiled import (
    Cache,
    ProfileError,
    ProfileExists,
    ProfileNotFound,
    aio,
    create_profile,
    delete_profile,
    get_default_profile_name,
    list_profiles,
    load_profiles,
    profiles,
    set_default_profile_name,
)
from specbind.tiled.profiles import profile_arguments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the user's profiles are."""
    found = tmp_path / "profiles"
    found.mkdir()
    return found


def test_a_profile_of_the_user_goes_before_one_of_the_site(folder: Path, tmp_path: Path):
    site = tmp_path / "site-profiles"
    site.mkdir()
    (site / "all.yml").write_text("lab: {uri: http://site.test}\nother: {uri: http://other.test}\n")
    (folder / "own.yaml").write_text("lab: {uri: http://own.test, api_key: k}\n")
    (folder / ".hidden.yml").write_text("hidden: {uri: http://x}\n")
    (folder / "notes.txt").write_text("no: {uri: http://x}\n")
    assert list_profiles() == {"lab": folder / "own.yaml", "other": site / "all.yml"}
    assert load_profiles()["lab"][1]["uri"] == "http://own.test"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "a: 1",
        "a: {}",
        "a: {uri: x, direct: {}}",
        "a: {uri: x, unknown: 1}",
        "a: {uri: x",
        "? !!python/none {}",
    ],
)
def test_a_file_that_cannot_be_used_is_left_out_with_a_warning(folder: Path, text: str):
    (folder / "bad.yml").write_text(text)
    (folder / "good.yml").write_text("good: {uri: http://x.test}")
    with pytest.warns(UserWarning, match="bad.yml"):
        assert list(list_profiles()) == ["good"]


def test_a_name_with_two_meanings_is_left_out(folder: Path):
    (folder / "a.yml").write_text("lab: {uri: http://a.test}")
    (folder / "b.yml").write_text("lab: {uri: http://b.test}")
    with pytest.warns(UserWarning, match="several files"):
        assert list_profiles() == {}


async def test_a_missing_profile_names_those_that_there_are(folder: Path):
    (folder / "a.yml").write_text("lab: {uri: http://a.test}")
    with pytest.raises(ProfileNotFound, match="lab") as caught:
        await aio.from_profile("lib")
    assert isinstance(caught.value, KeyError)
    assert str(folder) in str(caught.value)


def test_what_a_profile_says_becomes_arguments(folder: Path, tmp_path: Path):
    (folder / "clients.py").write_text("class Own: ...\n")
    (folder / "a.yml").write_text(
        f"lab:\n  uri: http://a.test\n  timeout: {{connection: 2, read: 9}}\n  cache: {{filepath: {tmp_path}/c.db}}\n"
        "  structure_clients: {array: 'clients:Own'}\n  username: old\n"
    )
    with pytest.warns(UserWarning, match="username"):
        found = profile_arguments("lab", {"uri": "http://b.test", "verify": False})
    assert found["uri"] == "http://b.test"
    assert found["verify"] is False
    assert found["timeout"] == {"connect": 2, "read": 9}
    assert "username" not in found
    cache = found["cache"]
    assert isinstance(cache, Cache)
    cache.close()
    clients = found["structure_clients"]
    assert isinstance(clients, dict)
    assert clients["array"].__name__ == "Own"


@pytest.mark.parametrize("member", ["cache: {capacity: 1}", "structure_clients: {array: 'nowhere:X'}"])
def test_a_profile_that_cannot_be_used_names_its_file(folder: Path, member: str):
    (folder / "a.yml").write_text(f"lab: {{uri: http://a.test, {member}}}")
    with pytest.raises(ProfileError, match=r"a\.yml"):
        profile_arguments("lab", {})


def test_the_default_profile_stands_beside_the_folder(tmp_path: Path):
    assert get_default_profile_name() is None
    set_default_profile_name("lab")
    assert (tmp_path / "default_profile").read_text() == "lab"
    assert get_default_profile_name() == "lab"
    set_default_profile_name(None)
    assert get_default_profile_name() is None


def test_a_profile_is_written_and_deleted(tmp_path: Path):
    path = create_profile("http://127.0.0.1:8000", "lab", verify=False)
    assert path == tmp_path / "profiles" / "lab.yml"
    assert profile_arguments("lab", {}) == {"uri": "http://127.0.0.1:8000", "verify": False}
    with pytest.raises(ProfileExists, match="overwrite=True"):
        create_profile("http://127.0.0.1:8001", "lab")
    create_profile("http://127.0.0.1:8001", "lab", overwrite=True)
    assert profile_arguments("lab", {})["uri"] == "http://127.0.0.1:8001"
    assert delete_profile("lab") == path
    assert not path.exists()
    assert delete_profile("lab") is None


@pytest.mark.parametrize("name", ["", "../lab", ".lab", "a/b", "a\\b", "a\0b"])
def test_the_name_of_a_profile_is_no_path(name: str):
    with pytest.raises(ValueError, match="name of a file"):
        create_profile("http://127.0.0.1:8000", name)
    with pytest.raises(ValueError, match="name of a file"):
        delete_profile(name)


def test_no_key_is_written_to_a_profile():
    with pytest.raises(ValueError, match="readable"):
        create_profile("http://127.0.0.1:8000?api_key=secret", "lab")


@pytest.mark.parametrize("uri", ["http://alice:hunter2@127.0.0.1:8000", "no uri at all", "file:///etc"])
def test_what_is_no_address_of_a_server_is_not_written(tmp_path: Path, uri: str):
    with pytest.raises(ValueError, match="URI") as caught:
        create_profile(uri, "lab")
    assert "hunter2" not in str(caught.value)
    assert not (tmp_path / "profiles").exists()


def test_variables_of_the_environment_are_put_in(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LAB_KEY", "s3cr3t$HOME")
    monkeypatch.setenv("LAB_HOST", "a.test")
    (folder / "a.yml").write_text(
        "lab:\n  uri: http://${LAB_HOST}/x\n  api_key: $LAB_KEY\n  headers: {X-Key: 'a ${LAB_KEY} $ 5$'}\n"
    )
    found = profile_arguments("lab", {})
    assert found["uri"] == "http://a.test/x"
    assert found["api_key"] == "s3cr3t$HOME"
    assert found["headers"] == {"X-Key": "a s3cr3t$HOME $ 5$"}
    assert load_profiles()["lab"][1]["api_key"] == "$LAB_KEY"


def test_a_variable_that_is_not_set_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    (folder / "a.yml").write_text("lab:\n  uri: http://a.test\n  headers: {X-Key: [1, '${NO_SUCH_KEY}']}\n")
    with pytest.raises(ProfileError, match=r"a\.yml.*'lab'.*NO_SUCH_KEY"):
        profile_arguments("lab", {})
    assert profile_arguments("lab", {"headers": {"X": "$NO_SUCH_KEY"}})["headers"] == {"X": "$NO_SUCH_KEY"}


async def test_a_server_in_this_process_takes_the_other_members(folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "a.yml").write_text("lab: {direct: {trees: []}, verify: false, trust_env: false, api_key: k}\n")
    monkeypatch.setattr(profiles, "_application", lambda *_: "the application")
    asked: dict[str, object] = {}

    async def from_app(app: object, **given: object) -> aio.Context:
        asked.update(given, app=app)
        return context_over(Tree([]), api_key="k")

    monkeypatch.setattr(aio.Context, "from_app", from_app)
    assert isinstance(await aio.from_profile("lab"), aio.Container)
    assert asked == {"app": "the application", "api_key": "k"}
