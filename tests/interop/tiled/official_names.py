"""Tells the public names of the official client and their parameters. Run with the Python that has it."""

from __future__ import annotations

import importlib
import inspect
import json
import sys

CLIENTS = {
    "array": ("ArrayClient", "DaskArrayClient"),
    "awkward": ("AwkwardClient",),
    "base": ("BaseClient", "MetadataRevisions"),
    "cache": ("Cache",),
    "composite": ("CompositeClient",),
    "container": ("Container", "DeepSearchResults"),
    "context": ("Admin", "Context"),
    "dataframe": ("DataFrameClient", "DaskDataFrameClient"),
    "ragged": ("RaggedClient",),
    "sparse": ("SparseClient",),
    "xarray": ("DatasetClient", "DaskDatasetClient"),
}
FUNCTIONS = (
    "tiled.client",
    "tiled.client.context",
    "tiled.client.sync",
    "tiled.client.xarray",
    "tiled.profiles",
    "tiled.queries",
)


def parameters(function: object) -> list[str]:
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []
    return [
        name
        for name, each in signature.parameters.items()
        if name != "self" and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
    ]


def members(cls: type[object]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in dir(cls):
        if name.startswith("_") or hasattr(object, name):
            continue
        value = inspect.getattr_static(cls, name)
        value = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        found[name] = [each for each in parameters(value) if each != "cls"] if inspect.isfunction(value) else []
    return found


def main() -> None:
    classes = {
        name: members(getattr(importlib.import_module(f"tiled.client.{module}"), name))
        for module, names in CLIENTS.items()
        for name in names
    }
    functions: dict[str, list[str]] = {}
    for module in FUNCTIONS:
        for name, value in vars(importlib.import_module(module)).items():
            own = getattr(value, "__module__", "") == module or module == "tiled.client"
            if not name.startswith("_") and own and (inspect.isfunction(value) or inspect.isclass(value)):
                functions[name] = parameters(value)
    sys.stdout.write(json.dumps({"classes": classes, "functions": functions}) + "\n")


if __name__ == "__main__":
    main()
