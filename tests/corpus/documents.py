"""Which documents there are, what each of them needs, and what stands in them, counted by a reader that is not ours."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import yaml
from tests.support.witness import missing, shared_path

__all__ = ["SPREAD", "SWITCHES", "TYPED", "Counted", "corpus_folder", "counted", "documents"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_ENDINGS = {".json", ".yaml", ".yml"}

SWITCHES = {
    "digitalocean--multi/DigitalOcean-public.v2.yaml": ("--allow-files", "the document stands in 2,907 files"),
    "sendgrid--multi/oas_v3.json": ("--allow-files", "the document stands in 63 files"),
    "dcg--paths-external-ref/openapi.yaml": ("--allow-files", "its schemas stand in another file"),
    "dcg--external-relative-ref/model_b/module.openapi.yaml": (
        "--allow-partial",
        "it refers to a file outside its folder, which no switch opens",
    ),
}
"""What must be said for a document to be generated, and why. The others need nothing."""

SPREAD = (
    "openapi/bump--train-travel.yaml",  # examples, links, several media types
    "openapi/dcg--anyof.yaml",
    "openapi/dcg--paths-external-ref/openapi.yaml",  # another file
    "openapi/kiota--responsewithmultiplereturnformats.yaml",  # integer status codes
    "openapi/oai--callback-example.yaml",
    "openapi/oai--webhook-example.json",  # no paths
    "openapi/opc--3.1-enums.yaml",
    "openapi/oxide--gateway.json",
    "openapi/paypal--customer-disputes-v1.json",  # enum values that collapse to one name
    "openapi/readme--parameters-extreme.json",
    "openapi/readme--schema-circular.yaml",
    "openapi/redocly--cafe.yaml",  # 3.2
    "openapi/tiled--api.json",
    "openapi/twilio--insights-v1.json",
    "openapi/xero--webhooks.yaml",
    "swagger2/nodeodm--api.json",
)
"""Documents of many features that cost little; the whole corpus is read by `make corpus`."""

TYPED = (
    "openapi/adyen--transferservice-v4.json",
    "openapi/airflow--v2.yaml",
    "openapi/bump--train-travel.yaml",
    "openapi/opc--3.1-enums.yaml",
    "openapi/oxide--gateway.json",
    "openapi/paypal--checkout-orders-v2.json",
    "openapi/redocly--cafe.yaml",
    "openapi/spotify--official.yaml",
    "openapi/twilio--video-v1.yaml",
    "swagger2/docusign--rooms.json",
)
"""Documents whose packages mypy checks."""


def corpus_folder() -> Path:
    """The corpus: SPECBIND_CORPUS, or `corpus` in the shared collection."""
    given = os.environ.get("SPECBIND_CORPUS")
    if not given:
        return shared_path("corpus")
    path = Path(given).resolve()
    if not path.is_dir():
        missing("shared", f"SPECBIND_CORPUS names {given}, which is no folder")
    return path


def documents(folder: Path) -> list[str]:
    """The documents of a corpus, as its manifest names them; without one, every file that is a document."""
    manifest = folder / "manifest.json"
    if manifest.exists():
        return [entry["file"] for entry in json.loads(manifest.read_text(encoding="utf-8"))["documents"]]
    found = sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS and path.is_file())
    return [path.relative_to(folder).as_posix() for path in found if _is_document(path)]


def _is_document(path: Path) -> bool:
    head = path.read_bytes()[:2000]
    return b"openapi" in head or b"swagger" in head


class Counted(NamedTuple):
    """What a document holds: its operations as (method, path), their ids, how many a server calls, named schemas."""

    operations: set[tuple[str, str]]
    ids: dict[tuple[str, str], str]
    webhooks: int
    schemas: int


def counted(path: Path) -> Counted:
    """Count a document: path items times methods, references followed, also into other files."""
    files: dict[Path, Any] = {}

    def followed(value: Any, file: Path) -> tuple[Any, Path]:
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            name, _, pointer = value["$ref"].partition("#")
            file = (file.parent / unquote(name)).resolve() if name else file
            value = _load(file, files)
            for token in unquote(pointer).split("/")[1:]:
                value, file = followed(value, file)
                key = token.replace("~1", "/").replace("~0", "~")
                value = value[int(key)] if isinstance(value, list) else value[key]
        return value, file

    document = _load(path, files)
    operations = {
        (method.upper(), name): operation for name, method, operation in _operations(document, "paths", path, followed)
    }
    ids = {key: found["operationId"] for key, found in operations.items() if found.get("operationId")}
    alone = {key: name for key, name in ids.items() if list(ids.values()).count(name) == 1}
    webhooks = len(list(_operations(document, "webhooks", path, followed)))
    components, file = followed(document.get("components") or {}, path)
    schemas, _ = followed(components.get("schemas") or document.get("definitions") or {}, file)
    return Counted(set(operations), alone, webhooks, len(schemas))


def _operations(document: dict[str, Any], member: str, path: Path, followed: Any) -> Any:
    """(name, method, operation) of every operation below a map of path items."""
    items, file = followed(document.get(member) or {}, path)
    for name, item in items.items():
        if name.startswith("x-"):
            continue
        found, place = followed(item, file)
        pairs = [(method, found[method]) for method in _METHODS if found.get(method) is not None]
        pairs += (found.get("additionalOperations") or {}).items()
        for method, operation in pairs:
            yield name, method, followed(operation, place)[0]


def _load(path: Path, files: dict[Path, Any]) -> Any:
    if path not in files:
        text = path.read_text(encoding="utf-8-sig")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        files[path] = json.loads(text) if path.suffix == ".json" else yaml.load(text, loader)  # noqa: S506 - a safe one
    return files[path]
