"""Run in a folder of its own: imports every module of a package and says what it has. Arguments: its folder and name.

Prints JSON: the wire names of every model, the values of every enum, the operations of the manifest, and the models
that do not give back what they read.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from enum import Enum
from pathlib import Path

import msgspec
from msgspec import inspect


def main(folder: str, name: str) -> None:
    sys.path.insert(0, folder)
    package = importlib.import_module(name)
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(package.__path__, f"{name}.")]
    hooks = importlib.import_module(f"{name}._runtime.hooks")
    models = importlib.import_module(f"{name}.models")
    kinds = {each: getattr(models, each) for each in models.__all__}
    structs = {
        each: kind for each, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    }
    for kind in kinds.values():
        msgspec.json.Decoder(kind, dec_hook=hooks.decode_hook)
    enums = [kind for kind in kinds.values() if isinstance(kind, type) and issubclass(kind, Enum)]
    manifest = json.loads((Path(folder) / "MANIFEST.json").read_text())
    print(  # noqa: T201  # it is a program
        json.dumps(
            {
                "modules": len(modules),
                "wire": {each: list(kind.__struct_encode_fields__) for each, kind in structs.items()},
                "values": [member.value for kind in enums for member in kind],
                "operations": [
                    (operation["method"], operation["path"])
                    for api in manifest["apis"].values()
                    for operation in api["operations"]
                ],
                "changed": [each for each, kind in structs.items() if not _comes_back(kind, hooks.decode_hook)],
            }
        )
    )


def _comes_back(kind: type, hook) -> bool:
    value = _sample(inspect.type_info(kind), 0)
    try:
        decoded = msgspec.json.decode(msgspec.json.encode(value), type=kind, dec_hook=hook)
    except msgspec.ValidationError:
        return False
    return msgspec.json.decode(msgspec.json.encode(decoded)) == value


def _shaped(kind: inspect.Type) -> bool:
    """Whether a type is a union that msgspec knows nothing about."""
    return isinstance(kind, inspect.CustomType) or (
        isinstance(kind, inspect.UnionType) and any(_shaped(each) for each in kind.types)
    )


def _sample(kind: inspect.Type, depth: int) -> object:  # noqa: C901, PLR0911, PLR0912  # a row per kind
    match kind:
        case inspect.StructType():
            needed = [field for field in kind.fields if field.required or (depth < 2 and not _shaped(field.type))]
            return {field.encode_name: _sample(field.type, depth + 1) for field in needed}
        case inspect.UnionType():
            return _sample(kind.types[0], depth)
        case inspect.ListType():
            return [_sample(kind.item_type, depth + 1)]
        case inspect.TupleType():
            return [_sample(item, depth + 1) for item in kind.item_types]
        case inspect.DictType():
            return {"k": _sample(kind.value_type, depth + 1)}
        case inspect.EnumType():
            return next(iter(kind.cls)).value
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.BoolType():
            return True
        case inspect.IntType():
            return 7
        case inspect.FloatType():
            return 1.5
        case inspect.NoneType():
            return None
        case inspect.DateTimeType():
            return "2024-01-01T00:00:00Z"
        case inspect.TimeDeltaType():
            return "PT1S"
        case inspect.TimeType():
            return "12:00:00"
        case inspect.DateType():
            return "2024-01-01"
        case inspect.UUIDType():
            return "0f6ec7a2-1111-4222-8333-444455556666"
        case inspect.BytesType():
            return "AAH/"
        case inspect.DecimalType():
            return "1.5"
        case _:
            return "text"


main(sys.argv[1], sys.argv[2])
