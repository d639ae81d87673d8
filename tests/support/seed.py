"""Names of an official client, as `tests/behaviour/seed_names` lists them, against ours."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

__all__ = ["Seed"]

_FOLDER = Path(__file__).parents[1] / "behaviour" / "seed_names"


def _immutable(default: Any) -> Any:
    """A default that nobody can change; official clients have `{}` and `[]`."""
    return {"{}": None, "[]": ()}.get(json.dumps(default), default)


class Seed:
    """The list of one system, and where its names are with us."""

    def __init__(self, api: str) -> None:
        content = json.loads((_FOLDER / f"{api}.json").read_text(encoding="utf-8"))
        self.package = f"specbind.{api}"
        self.modules: dict[str, list[str]] = content["modules"]
        self.classes: dict[str, dict[str, Any]] = content["classes"]
        self.names = [(module, name) for module, names in self.modules.items() for name in names]
        self.methods = [(owner, name) for owner, each in self.classes.items() for name in each.get("methods", {})]

    def find(self, name: str, module: str | None = None) -> Any:
        """The object of a name, in the module that has it officially or in another one of the package."""
        where = next(each for each, names in self.modules.items() if each and name in names)
        return getattr(importlib.import_module(f"{self.package}.{where if module is None else module}"), name)

    def waits(self, owner: str, name: str) -> bool:
        """Whether a method asks a server, so that its async form is awaited."""
        expected = self.classes[owner]["methods"][name]
        return expected["kind"] in {"method", "classmethod"} and expected.get("blocks", True) and name != "__init__"

    def check_signature(self, cls: Any, owner: str, name: str) -> None:
        """A signature begins as the official one; what comes behind has defaults.

        It is by keyword, unless later official versions have it in this place (`later`).
        """
        expected = self.classes[owner]["methods"][name]
        raw = inspect.getattr_static(cls, name)
        assert isinstance(raw, staticmethod) is (expected["kind"] == "staticmethod")
        assert isinstance(raw, classmethod) is (expected["kind"] == "classmethod")
        parameters = list(inspect.signature(getattr(cls, name)).parameters.values())
        if expected["kind"] == "method":
            parameters = parameters[1:]
        seed, extra = parameters[: len(expected["parameters"])], parameters[len(expected["parameters"]) :]
        assert [parameter.name for parameter in seed] == [each[0] for each in expected["parameters"]]
        for parameter, (_, *default) in zip(seed, expected["parameters"], strict=True):
            assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
            assert [_immutable(each) for each in default] == (
                [] if parameter.default is parameter.empty else [parameter.default]
            )
        for parameter in extra:
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                continue
            if parameter.name not in expected.get("later", ()):
                assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
            assert parameter.default is not parameter.empty
