"""Real documents of strangers: everything in them is generated, imports, is typed, and one real call works."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
import yaml
from tests.contract.replay import Python
from tests.support.exchange import Reply, exchange, runtime_of
from tests.support.packages import generated
from tests.support.witness import shared_path

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.pipeline import lower, make_standalone
from specbind.generator.vectors import derive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_CASES = 150
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Stranger(NamedTuple):
    """A document, a call, what the server answers, what must be sent, and what a user reads from the result."""

    document: str
    call: Callable[[Any, Any], Any]
    reply: Reply
    request: str
    content: str
    read: Callable[[Any], object]
    value: object


STRANGERS = (
    Stranger(
        "upstream/tiled-openapi.json",
        lambda client, _: client.api.about_api_v1_get(),
        Reply(200, {
            "api_version": 0, "library_version": "0.2.9", "formats": {"array": ["application/octet-stream"]},
            "aliases": {"array": {}}, "queries": ["fulltext"],
            "authentication": {"required": False, "providers": [], "links": None},
            "links": {"self": "https://tiled.test/api/v1", "documentation": "https://tiled.test/docs"},
            "meta": {"root_path": "/api/v1"},
        }),
        "GET /api/v1/",
        "",
        lambda found: (found.library_version, found.authentication.required, found.formats),
        ("0.2.9", False, {"array": ["application/octet-stream"]}),
    ),
    Stranger(
        "corpus/openapi/bump--train-travel.yaml",
        lambda client, _: client.stations.get_stations(page=2, search="Zürich HB"),
        Reply(200, {
            "data": [{"id": "efdbb9d1-02c2-4bc3-afb7-6788d8782b1e", "name": "Berlin Hauptbahnhof",
            "address": "Invalidenstraße 10557",
                      "country_code": "DE", "timezone": "Europe/Berlin"}],
            "links": {"self": "https://api.example.com/stations?page=2",
            "next": "https://api.example.com/stations?page=3"},
        }),
        "GET /stations?page=2&search=Z%C3%BCrich%20HB",
        "",
        lambda found: (found.data[0].name, str(found.data[0].id)),
        ("Berlin Hauptbahnhof", "efdbb9d1-02c2-4bc3-afb7-6788d8782b1e"),
    ),
    Stranger(
        "corpus/openapi/stripe--api.yaml",
        lambda client, models: client.api.post_customers(
            body=models.PostCustomersBody(email="a+b@example.com", metadata={"k": "v 1"}, name="Ä")
        ),
        Reply(200, {"id": "cus_1", "object": "customer", "created": 1709209800, "livemode": False,
        "email": "a+b@example.com"}),
        "POST /v1/customers",
        "email=a%2Bb%40example.com&metadata%5Bk%5D=v%201&name=%C3%84",
        lambda found: (found.id, found.email),
        ("cus_1", "a+b@example.com"),
    ),
    Stranger(
        "corpus/openapi/qdrant--api.json",
        lambda client, _: client.aliases.get_collections_aliases(),
        Reply(200, {"time": 0.002, "status": "ok", "result": {"aliases": [{"alias_name": "a",
        "collection_name": "c"}]}}),
        "GET /aliases",
        "",
        lambda found: found.result.aliases[0].alias_name,
        "a",
    ),
    Stranger(
        "corpus/openapi/twilio--messaging-v1.yaml",
        lambda client, models: client.messaging_v1_service.create_service(
            body=models.CreateServiceBody(friendly_name="a & b", inbound_method="POST", sticky_sender=True)
        ),
        Reply(201, {"sid": "MG0123456789abcdef0123456789abcdef", "friendly_name": "a & b",
        "date_created": "2024-02-29T12:30:00Z"}),
        "POST /v1/Services",
        "FriendlyName=a%20%26%20b&InboundMethod=POST&StickySender=true",
        lambda found: (found.sid, found.date_created.year),
        ("MG0123456789abcdef0123456789abcdef", 2024),
    ),
    Stranger(
        "corpus/openapi/adyen--checkoutservice-v71.json",
        lambda client, models: client.payments.post_payments(
            idempotency_key="k1",
            body=models.PaymentRequest(
                amount=models.Amount(currency="EUR", value=1000),
                merchant_account="Me",
                payment_method=models.IdealDetails(type="ideal", issuer="1121"),
                reference="r",
                return_url="https://shop.test/",
            ),
        ),
        Reply(200, {"pspReference": "V4HZ4RBFJGXXGN82", "resultCode": "Authorised", "action": {
            "type": "redirect", "method": "GET", "paymentMethodType": "ideal", "url": "https://bank.test/"}}),
        "POST /payments",
        '{"amount":{"currency":"EUR","value":1000},"merchantAccount":"Me","paymentMethod":{"issuer":"1121","type":"ideal"},'
        '"reference":"r","returnUrl":"https://shop.test/"}',
        lambda found: (found.psp_reference, found.result_code, found.action.url),
        ("V4HZ4RBFJGXXGN82", "Authorised", "https://bank.test/"),
    ),
    Stranger(
        "corpus/openapi/oxide--nexus.json",
        lambda client, _: client.system_status.ping(),
        Reply(200, {"status": "ok"}),
        "GET /v1/ping",
        "",
        lambda found: found.status,
        "ok",
    ),
    Stranger(
        "corpus/openapi/readme--parameters-extreme.json",
        lambda client, models: client.api.post_anything_all_param_types_by_id_by_id2(
            1, 2, body=models.Pet(name="a", status=models.PetStatus.SOLD), query_param="a b", cookie_int=3,
            x_header_value="h"
        ),
        Reply(200),
        "POST /anything/all-param-types/1/2?queryParam=a%20b",
        '{"name":"a","status":"sold"}',
        lambda found: found,
        None,
    ),
)  # fmt: skip
IDS = [stranger.document.rpartition("/")[2] for stranger in STRANGERS]


@pytest.fixture(scope="module", params=STRANGERS, ids=IDS)
def stranger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A document with the package made of it: (stranger, document, package, folder)."""
    path = shared_path(*request.param.document.split("/"))
    folder = tmp_path_factory.mktemp("stranger")
    with generated(folder, path.read_text(encoding="utf-8"), "--without-core") as package:
        yield request.param, read(path), package, folder


def read(path: Path) -> dict[str, Any]:
    """The document by a reader that is not ours."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, yaml.CSafeLoader)


def declared(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, item in document["paths"].items() for method in METHODS if method in item}


def test_every_operation_has_a_method(stranger):
    _, document, package, folder = stranger
    manifest = json.loads(next(folder.glob("sdk_*/MANIFEST.json")).read_text())
    (api,) = manifest["apis"].values()
    assert len(api["operations"]) == len(declared(document))
    assert len(package.Server.endpoints) == len(declared(document))
    assert len({operation["id"] for operation in api["operations"]}) == len(api["operations"])


def test_every_module_imports_and_every_model_has_a_decoder(stranger):
    _, _, package, _ = stranger
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    hook = importlib.import_module(f"{runtime_of(package).__name__}.hooks").decode_hook
    for name in package.models.__all__:
        msgspec.json.Decoder(getattr(package.models, name), dec_hook=hook)


async def test_a_real_call(stranger):
    wanted, _, package, _ = stranger
    done = await exchange(package, lambda c: wanted.call(c, package.models), wanted.reply, base_url="https://api.test")
    assert f"{done.request.method} {done.request.target}" == wanted.request
    assert done.request.content.decode() == wanted.content
    assert wanted.read(done.value) == wanted.value


@pytest.mark.filterwarnings("ignore:.* is deprecated by the API:DeprecationWarning")
async def test_contract_cases(stranger):
    """Both clients send what the rules of OpenAPI ask for; of a large document every n-th case."""
    wanted, _, package, _ = stranger
    cases = derive(lower(shared_path(*wanted.document.split("/")), Diagnostics())).cases
    python = Python(package)
    for case in cases[:: max(1, len(cases) // MOST_CASES)]:
        if case.request.method != "HEAD":  # tests/cases/services has those
            await python.replay(case)


def test_two_runs_are_the_same(stranger):
    wanted, _, _, folder = stranger
    package = next(folder.glob("sdk_*")).glob("sample_*")
    name = next(found.name for found in package if found.is_dir())
    files, _ = make_standalone(shared_path(*wanted.document.split("/")), Diagnostics(), package=name, with_core=False)
    written = next(folder.glob("sdk_*"))
    for path in files:
        if "/_runtime/" in path:  # copied byte for byte
            continue
        assert (written / path).read_bytes() == files[path], path


@pytest.mark.slow
def test_a_package_is_clean_under_mypy(tmp_path):
    path = shared_path("upstream", "tiled-openapi.json")
    with generated(tmp_path, path.read_text(encoding="utf-8"), "--without-core") as package:
        folder = next(tmp_path.glob("sdk_*"))
        command = [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--cache-dir",
            tmp_path / "cache",
            "-p",
            package.__name__,
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout
