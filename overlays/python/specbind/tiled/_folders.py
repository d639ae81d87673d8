"""Folders of Tiled on this machine, the same that the official client uses."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_folder", "profile_folders", "user_profile_folder"]


def cache_folder() -> Path:
    """Where tokens and answers are kept: `TILED_CACHE_DIR`, or the user's cache folder of the platform."""
    if set_by_user := os.environ.get("TILED_CACHE_DIR"):
        return Path(set_by_user)
    if sys.platform == "win32":
        return _local_app_data() / "tiled" / "tiled" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "tiled"
    return _xdg("XDG_CACHE_HOME", Path.home() / ".cache") / "tiled"


def profile_folders() -> list[Path]:
    """Folders with profiles, the weakest first: system, environment, user. Each stands in the list once."""
    site = os.environ.get("TILED_SITE_PROFILES")
    own = os.environ.get("TILED_PROFILES")
    found = [
        Path(site or "/etc/tiled/profiles"),
        Path(site) if site else _site_config() / "profiles",
        Path(sys.prefix, "etc", "tiled", "profiles"),
        Path(own) if own else Path.home() / ".config" / "tiled" / "profiles",
        user_profile_folder(),
    ]
    return list(dict.fromkeys(found))


def user_profile_folder() -> Path:
    """The folder of the user's own profiles."""
    own = os.environ.get("TILED_PROFILES")
    return Path(own) if own else _user_config() / "profiles"


def _site_config() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", "C:\\ProgramData")) / "tiled" / "tiled"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/tiled")
    first = os.environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep)[0]
    return Path(first or "/etc/xdg") / "tiled"


def _user_config() -> Path:
    if sys.platform == "win32":
        return _local_app_data() / "tiled" / "tiled"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "tiled"
    return _xdg("XDG_CONFIG_HOME", Path.home() / ".config") / "tiled"


def _xdg(name: str, default: Path) -> Path:
    text = os.environ.get(name, "").strip()
    return Path(text) if text else default


def _local_app_data() -> Path:
    return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
