"""What a schema allows comes back as it was: decoded, encoded, decoded it is the same value, and valid JSON of it."""

from __future__ import annotations

import importlib
import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from referencing.exceptions import Unresolvable
from ruamel.yaml import YAML
from tests.properties.payloads import Payloads
from tests.properties.schemas import validator
from tests.support.exchange import runtime_of
from tests.support.packages import generated
from tests.support.witness import ROOT, shared_path

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.passes import open_recursive_aliases
from specbind.generator.pipeline import lower
from specbind.generator.targets.python.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHERS = {"files", "parts", "published"}
"""Cases whose schemas stand in other files, are all of multipart bodies, or are no JSON Schema."""
CASES = sorted(
    path.parent.name
    for path in (ROOT / "tests" / "cases").glob("*/spec.yaml")
    if "schemas:" in path.read_text() and path.parent.name not in OTHERS
)
EXAMPLES = int(os.environ.get("SPECBIND_EXAMPLES", "60"))
CORPUS = (
    "adyen--transferservice-v4.json",
    "bump--train-travel.yaml",
    "opc--3.1-enums.yaml",
    "oxide--gateway.json",
    "paypal--customer-disputes-v1.json",
    "readme--schema-types.json",
    "typesense--api.yaml",
)


class Subject(NamedTuple):
    """A document with the codecs of the package made from it."""

    document: dict[str, Any]
    payloads: Payloads
    types: dict[str, Any]
    decoders: dict[str, msgspec.json.Decoder]
    encoders: dict[str, msgspec.json.Encoder]
    validators: dict[str, Any]
    packed: dict[str, Any]


def path_of(name: str) -> Path:
    if name in CASES:
        return ROOT / "tests" / "cases" / name / "spec.yaml"
    return shared_path("corpus", "openapi", name)


@pytest.fixture(scope="module", params=[*CASES, *CORPUS])
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    path = path_of(request.param)
    text = path.read_text(encoding="utf-8")
    document = (
        json.loads(text) if path.suffix == ".json" else YAML(typ="safe", pure=True).load(text)
    )  # 1.2: `on` is a text
    api = open_recursive_aliases(lower(path, Diagnostics()), Diagnostics())
    context = Context(api, (), Diagnostics(), 0, {}, 1)
    names = {
        name: found for name, found in context.names.items() if name not in context.usage.multipart
    }  # those hold files
    with generated(tmp_path_factory.mktemp("round"), text, "--without-core") as package:
        hooks = importlib.import_module(f"{runtime_of(package).__name__}.hooks")
        msgpack = importlib.import_module(f"{runtime_of(package).__name__}.msgpack")
        schemas = document.get("components", {}).get("schemas", {})
        # what is only sent keeps the members that nobody receives
        kept = [
            name
            for name in schemas
            if name in context.usage.answers or "writeOnly" not in json.dumps(schemas[name], default=str)
        ]

        def numbers(name: str) -> bool:
            return _decimals(schemas[name]) == "number"

        types = {name: getattr(package.models, names[name]) for name in kept if name in names}
        yield Subject(
            document,
            Payloads(document),
            types,
            {name: msgspec.json.Decoder(kind, dec_hook=hooks.decode_hook) for name, kind in types.items()},
            {
                name: msgspec.json.Encoder(enc_hook=hooks.encode_hook, decimal_format=_decimals(schemas[name]))
                for name in types
            },
            {name: validator(document, name) for name in types},
            {
                name: msgpack.Msgpack("application/msgpack", lambda kind=kind: kind, decimal_numbers=numbers(name))
                for name, kind in types.items()
            },
        )


def test_values_come_back(subject: Subject):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(subject.types)))
        payload = data.draw(subject.payloads.of(subject.document["components"]["schemas"][name]))
        assume(payload is not None)  # a component is named without its null
        try:
            assume(subject.validators[name].is_valid(payload))
        except Unresolvable:  # an anchor, which the validator looks for in schemas alone
            assume(condition=False)
        first = subject.decoders[name].decode(json.dumps(payload))
        written = subject.encoders[name].encode(first)
        assert subject.decoders[name].decode(written) == first
        again = json.loads(written)
        assert not [error.message for error in subject.validators[name].iter_errors(again)]
        assert differences(payload, again) == []
        # MessagePack: in its own forms, and in those of JSON
        codec = subject.packed[name]
        assert codec.decode(codec.encode(first)[1], codec.media) == first
        assert codec.decode(msgspec.msgpack.encode(payload), codec.media) == first

    check()


def _decimals(schema: Any) -> str:
    """How decimals of a schema are written, as a client does for a body of it."""
    if isinstance(schema, dict):
        if schema.get("type") == "number" and schema.get("format") == "decimal":
            return "number"
        schema = list(schema.values())
    parts = [_decimals(part) for part in schema] if isinstance(schema, list) else []
    return "number" if "number" in parts else "string"


def differences(one: Any, other: Any, place: str = "$") -> list[str]:
    """Members and items that only one of two values has, and plain values that differ.

    Texts may differ: a date can be written in several ways.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        alone = [f"{place}.{name}" for name in sorted(one.keys() ^ other.keys())]
        shared = [differences(one[name], other[name], f"{place}.{name}") for name in one.keys() & other.keys()]
        return alone + [found for part in shared for found in part]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = [differences(*pair, f"{place}[{number}]") for number, pair in enumerate(zip(one, other, strict=True))]
        return [found for part in parts for found in part]
    if isinstance(one, str) and isinstance(other, str):
        return []
    return [] if one == other else [f"{place}: {one!r} is not {other!r}"]
