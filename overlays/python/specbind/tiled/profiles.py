"""Profiles: connections with names, in YAML files that the official client reads too.

    lab:
      uri: https://tiled.example.org/api/v1
      structure_clients: dask

Files are looked for in the folders of `profile_folders`; a user's own profile goes before one of the system. `$NAME`
and `${NAME}` stand for variables of the environment, and are put in when a profile is used.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import warnings
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ._folders import profile_folders, user_profile_folder
from .cache import Cache
from .exceptions import ProfileError, ProfileExists, ProfileNotFound

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

__all__ = [
    "create_profile",
    "delete_profile",
    "get_default_profile_name",
    "list_profiles",
    "load_profiles",
    "profile_arguments",
    "profile_folders",
    "set_default_profile_name",
]

_LONGEST = 4 * 1024 * 1024
_PLAIN = (
    "uri",
    "headers",
    "verify",
    "api_key",
    "include_data_sources",
    "max_connections",
    "show_progress",
    "trust_env",
)
_KNOWN = frozenset({*_PLAIN, "direct", "structure_clients", "cache", "timeout", "remember_me"})
_WITHOUT_EFFECT = frozenset({"username", "auth_provider", "prompt_for_reauthentication", "offline", "token_cache"})
_VARIABLE = re.compile(r"\$(?:(\w+)|\{([^{}]*)\})", re.ASCII)


def load_profiles() -> dict[str, tuple[Path, dict[str, Any]]]:
    """All profiles: name to file and content, as it is written. Files are read anew each time.

    A file that cannot be read is left out with a warning, and so is a name that two files of one folder give different
    meanings, unless a folder closer to the user has it too.
    """
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for folder in profile_folders():
        level = _level(folder)
        for name, places in level.items():
            if len(places) == 1:
                found[name] = places[0]
            else:
                found.pop(name, None)
                files = ", ".join(str(path) for path, _ in places)
                _warn(f"profile {name!r} stands in several files of one folder and is left out: {files}")
    return found


def list_profiles() -> dict[str, Path]:
    """Names of all profiles, and the files that they stand in."""
    return {name: path for name, (path, _) in load_profiles().items()}


def get_default_profile_name() -> str | None:
    """Name of the user's default profile, None where none was chosen."""
    try:
        return (user_profile_folder().parent / "default_profile").read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def set_default_profile_name(name: str | None) -> None:
    """Choose the user's default profile; None takes the choice back."""
    path = user_profile_folder().parent / "default_profile"
    if name is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name, encoding="utf-8")


def create_profile(uri: str, name: str, verify: bool = True, overwrite: bool = False) -> Path:
    """Write a profile of the user, and give its file. No key is written: what stands in the URI is refused.

    Args:
        uri: address of the server or node.
        name: its name, which is that of its file, too.
        verify: False accepts every certificate.
        overwrite: take the place of one that is there.

    Raises:
        ValueError: the name cannot be that of a file, the URI is none of a server, or has a key or a user in it.
        ProfileExists: there is one already.
    """
    import yaml  # noqa: PLC0415 - only profiles are written in YAML

    from .aio._address import Address  # noqa: PLC0415 - the package of it reads profiles

    if "?" in uri:
        raise ValueError("a profile is readable text: leave the query, and the key in it, out of the URI")
    Address.parse(uri)
    path = user_profile_folder() / f"{_file_name(name)}.yml"
    text = yaml.safe_dump({name: {"uri": uri, "verify": verify}}, sort_keys=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ProfileExists(f"there is a profile {name!r} already, in {path}; overwrite=True replaces it") from None
    return path


def delete_profile(name: str) -> Path | None:
    """Delete the file of that name that is closest to the user, and give its path; None where there is none.

    Raises:
        ValueError: the name cannot be that of a file.
    """
    own = _file_name(name)
    for folder in reversed(profile_folders()):
        for ending in (".yml", ".yaml"):
            path = folder / f"{own}{ending}"
            if path.is_file():
                path.unlink()
                return path
    return None


def _file_name(name: str) -> str:
    if not name or name.startswith(".") or any(part in name for part in ("/", "\\", "\0", ":")):
        raise ValueError(f"{name!r:.80} cannot be the name of a file")
    return name


def profile_arguments(name: str, changes: Mapping[str, object]) -> dict[str, object]:
    """Arguments of `from_uri` that a profile stands for; with `app` for one that describes its server.

    Raises:
        ProfileNotFound: there is no such profile.
        ProfileError: it cannot be used as it is written.
    """
    profiles = load_profiles()
    if name not in profiles:
        folders = ", ".join(str(folder) for folder in profile_folders())
        known = ", ".join(sorted(profiles)) or "none"
        raise ProfileNotFound(f"there is no profile {name!r}; there are: {known}; looked for in {folders}")
    path, content = profiles[name]
    used = {key: value for key, value in content.items() if key not in _WITHOUT_EFFECT and key not in changes}
    merged = {**cast("dict[str, Any]", _expanded(used, f"{path}: profile {name!r}")), **changes}
    for key in _WITHOUT_EFFECT & content.keys():
        _warn(f"{path}: {key} in profile {name!r} has no effect any more")
    if isinstance(merged.get("cache"), dict):
        merged["cache"] = _made(path, name, partial(Cache, **cast("dict[str, Any]", merged["cache"])))
    limits = merged.get("timeout")
    if isinstance(limits, dict):
        own = cast("dict[str, object]", limits)
        merged["timeout"] = {"connect" if key == "connection" else key: value for key, value in own.items()}
    clients = merged.get("structure_clients")
    with _importing_from(path.parent):
        if isinstance(clients, dict):
            classes = cast("dict[str, object]", clients)
            merged["structure_clients"] = {key: _imported(path, value) for key, value in classes.items()}
        if "direct" in merged:
            merged["app"] = _application(path, merged.pop("direct"))
    return merged


def _level(folder: Path) -> dict[str, list[tuple[Path, dict[str, Any]]]]:
    """The profiles of one folder, by name, each with the files that have it."""
    found: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in {".yml", ".yaml"})
    except OSError:
        return {}
    for path in files:
        if path.name.startswith("."):
            continue
        try:
            content = _read(path)
        except ProfileError as error:
            _warn(f"{path} is left out: {error}")
            continue
        for name, profile in content.items():
            found.setdefault(name, []).append((path, profile))
    return found


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        import yaml  # noqa: PLC0415 - only profiles are written in YAML
    except ImportError as error:
        raise ProfileError("profiles need PyYAML, which is not installed: pip install 'specbind[tiled]'") from error
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST + 1)
        if len(text) > _LONGEST:
            raise ProfileError(f"it is larger than {_LONGEST} bytes")
        content: object = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        raise ProfileError(" ".join(str(error).split())[:300]) from error
    if not isinstance(content, dict) or not content:
        raise ProfileError("it is no mapping of names to profiles")
    for name, profile in cast("dict[object, object]", content).items():
        _check(name, profile)
    return cast("dict[str, dict[str, Any]]", content)


def _check(name: object, profile: object) -> None:
    if not isinstance(name, str) or not isinstance(profile, dict):
        raise ProfileError(f"{name!r:.80} is no name with a mapping")
    keys = cast("dict[object, object]", profile).keys()
    unknown = sorted(str(key) for key in keys - _KNOWN - _WITHOUT_EFFECT)
    if unknown:
        raise ProfileError(f"profile {name!r} has members that are not known: {', '.join(unknown)[:200]}")
    if ("uri" in keys) == ("direct" in keys):
        raise ProfileError(f"profile {name!r} needs either uri or direct")


def _expanded(value: object, where: str) -> object:
    """The same with variables of the environment put in, once: what they hold is taken as it is."""
    if isinstance(value, dict):
        return {key: _expanded(each, where) for key, each in cast("dict[object, object]", value).items()}
    if isinstance(value, list):
        return [_expanded(each, where) for each in cast("list[object]", value)]
    if not isinstance(value, str):
        return value

    def put_in(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        text = os.environ.get(name) if name else None
        if text is None:
            raise ProfileError(f"{where} has {found[0]} in it, and that variable of the environment is not set")
        return text

    return _VARIABLE.sub(put_in, value)


def _made(path: Path, name: str, make: Any) -> object:  # noqa: ANN401 - what a class makes
    try:
        return make()
    except (TypeError, ValueError) as error:
        raise ProfileError(f"{path}: profile {name!r}: {error}") from error


def _imported(path: Path, place: object) -> object:
    """The object that `package.module:name` means; what is an object already is given as it is."""
    if not isinstance(place, str):
        return place
    module, _, name = place.partition(":")
    try:
        return cast("object", getattr(importlib.import_module(module), name))
    except (ImportError, AttributeError, ValueError) as error:
        raise ProfileError(f"{path}: {place!r} cannot be imported: {error}") from error


def _application(path: Path, config: object) -> object:
    """The server that a profile describes, in this process."""
    try:
        build = cast("Any", importlib.import_module("tiled.server.app")).build_app_from_config
    except ImportError as error:
        message = f"{path}: a profile with `direct` runs a server in this process, and tiled[server] is not installed"
        raise ProfileError(message) from error
    return cast("object", build(config))


@contextmanager
def _importing_from(folder: Path) -> Generator[None, None, None]:
    text = os.fspath(folder)
    sys.path.insert(0, text)
    try:
        yield
    finally:
        if text in sys.path:
            sys.path.remove(text)


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=4)
