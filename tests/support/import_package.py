"""Imports every module of a generated package and makes every decoder. Arguments: its folder and name.

Prints JSON: the number of modules, types, endpoints of the server and of the receiver of webhooks.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys

import msgspec


def main(folder: str, name: str) -> None:
    sys.path.insert(0, folder)
    package = importlib.import_module(name)
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(package.__path__, f"{name}.")]
    hook = importlib.import_module(f"{name}._runtime.hooks").decode_hook
    models = importlib.import_module(f"{name}.models")
    for each in models.__all__:
        msgspec.json.Decoder(getattr(models, each), dec_hook=hook)
    receiver = sys.modules.get(f"{name}.webhooks")
    counts = {
        "modules": len(modules),
        "types": len(models.__all__),
        "endpoints": len(package.Server.endpoints),
        "webhooks": len(receiver.Webhooks.endpoints) if receiver else 0,
    }
    sys.stdout.write(json.dumps(counts))


main(sys.argv[1], sys.argv[2])
