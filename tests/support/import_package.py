"""Imports every module of a generated package and makes every decoder: of models, parameters, bodies and answers.

Arguments: its folder and name.

Prints JSON: the number of modules, types, endpoints of the server and of the receiver of webhooks.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["make_decoders"]


def make_decoders(package: ModuleType) -> None:
    """Make the decoder of every model, parameter, body and answer; raises TypeError for a type that msgspec refuses."""
    name = package.__name__
    hook = importlib.import_module(f"{name}._runtime.hooks").decode_hook
    models = importlib.import_module(f"{name}.models")
    for each in models.__all__:
        msgspec.json.Decoder(getattr(models, each), dec_hook=hook)
    receiver = sys.modules.get(f"{name}.webhooks")
    for endpoint in (*package.Server.endpoints, *(receiver.Webhooks.endpoints if receiver else ())):
        operation = endpoint.operation
        codecs = [codec for reply in operation.replies for codec in reply.codecs]
        codecs += operation.body.codecs if operation.body else ()
        for each in (*operation.parameters, *codecs):
            if (type_ := getattr(each, "type", None)) is not None:
                msgspec.json.Decoder(type_(), dec_hook=hook)


def main(folder: str, name: str) -> None:
    sys.path.insert(0, folder)
    package = importlib.import_module(name)
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(package.__path__, f"{name}.")]
    make_decoders(package)
    models = importlib.import_module(f"{name}.models")
    receiver = sys.modules.get(f"{name}.webhooks")
    counts = {
        "modules": len(modules),
        "types": len(models.__all__),
        "endpoints": len(package.Server.endpoints),
        "webhooks": len(receiver.Webhooks.endpoints) if receiver else 0,
    }
    sys.stdout.write(json.dumps(counts))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
