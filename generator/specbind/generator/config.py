"""`specs/specbind.toml`: which spec becomes which packages."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import msgspec
from msgspec import Struct

from .codes import Code
from .diagnostics import Diagnostic, Place, Severity, SpecError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ApiConfig", "Config", "Target", "load_config"]

Target: TypeAlias = Literal["python", "typescript"]
"""The languages."""


class ApiConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """One API.

    `spec` and `spec_overlays` (OAI Overlay documents, applied in order) are relative to the configuration's folder, and
    so are `protos` (files and folders, instead of `spec`) and `proto_roots`, the folders that their imports start from.
    `include` and `exclude` select operations; `face` is the async module that gets a synchronous face; `targets` are
    the languages that it is generated in.
    """

    spec: str = ""
    protos: tuple[str, ...] = ()
    proto_roots: tuple[str, ...] = ()
    spec_overlays: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    face: str = ""
    targets: tuple[Target, ...] = ("python",)


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. `output` is relative to the folder of the configuration."""

    output: str
    overlays: str
    api: dict[str, ApiConfig]


def load_config(path: Path) -> Config:
    """Read the configuration. Raises SpecError for a missing file, bad TOML or an unknown key."""
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _failure(
            path, f"cannot read the configuration: {error.strerror}", "give a spec or --config FILE"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _failure(path, f"the configuration is not TOML: {error}") from error
    _refuse_unknown(path, values, Config, "")
    apis: dict[str, Any] = values["api"] if isinstance(values.get("api"), dict) else {}
    for name, api in apis.items():
        if isinstance(api, dict):
            _refuse_unknown(path, cast("dict[str, Any]", api), ApiConfig, f"api.{name}.")
    try:
        config = msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise _failure(path, f"the configuration is not valid: {error}") from error
    for name, entry in config.api.items():
        if bool(entry.spec) == bool(entry.protos):
            raise _failure(path, f"api.{name} needs either spec or protos")
    return config


def _refuse_unknown(path: Path, values: dict[str, Any], model: type[Struct], prefix: str) -> None:
    known = model.__struct_fields__
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0)
            raise _failure(path, f"unknown key {prefix}{key}", f"did you mean {prefix}{near[0]}?" if near else "")


def _failure(path: Path, message: str, hint: str = "") -> SpecError:
    return SpecError(Diagnostic(str(Code.CONFIGURATION), Severity.ERROR, message, Place(file=str(path)), hint))
