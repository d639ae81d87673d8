"""JSON through a client's operation, without I/O: CPU as a ratio to a bare msgspec Decoder or Encoder of the same type.

Reading is `operation.parse`, writing is `operation.build`, so choosing the media type, the URL and the headers are part
of it. The peer is openapi-python-client with what its client does: `json.loads` and `from_dict`, `to_dict` and
`json.dumps`. Where msgspec alone cannot read a type, the bare decoder is that of a Struct with the union left untyped.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec
from measuring.documents import NODEODX, github, mend_peer, peer_command, shared, specbind_command
from measuring.processes import cpu_of_calls, in_turns, run_program
from measuring.rows import Report, Run, command_line
from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

ROUNDS = 15
PROMISE = 1.1
NODE = b'{"version":"2.3.0","taskQueueCount":0,"cpuCores":4,"maxImages":null,"engineVersion":"3.5.0","engine":"odx"}'
OPTION = {"name": "dsm", "type": "bool", "value": "false", "domain": "bool", "help": "Make a surface model. " * 4}
TREE_ITEM = {"path": "src/module/file.py", "mode": "100644", "type": "blob", "sha": "44b4fc6d56897b048c772eb4087f854f"}
ADDRESS = {"city": None, "country": "DE", "line1": None, "line2": None, "postal_code": None, "state": None}
OUTCOME = {
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "seller_message": "Payment complete.",
    "type": "authorized",
    "network_advice_code": None,
    "network_decline_code": None,
}
CHARGE = {
    "id": "ch_3MmlLrLkdIwHu7ix0snN0B15",
    "object": "charge",
    "amount": 1099,
    "amount_captured": 1099,
    "amount_refunded": 0,
    "application": None,
    "balance_transaction": "txn_3MmlLrLkdIwHu7ix0uke3Ezy",
    "billing_details": {"address": ADDRESS, "email": None, "name": "Ada", "phone": None, "tax_id": None},
    "captured": True,
    "created": 1679090539,
    "currency": "usd",
    "customer": "cus_NXW7kC8xZ",
    "description": None,
    "disputed": False,
    "fraud_details": {},
    "livemode": False,
    "metadata": {"order": "6735"},
    "outcome": OUTCOME,
    "paid": True,
    "payment_intent": "pi_3MmlLrLkdIwHu7ix",
    "payment_method": "card_1MmlLrLkdIwHu7ix",
    "receipt_email": None,
    "receipt_url": "https://pay.example/receipts/1",
    "refunded": False,
    "status": "succeeded",
}


class Contest:
    """Measures ours beside a bare codec and, where there is one, the peer."""

    def __init__(self, report: Report, rounds: int, least: int) -> None:
        self._report = report
        self._rounds = rounds
        self._least = least

    def run(
        self,
        name: str,
        size: int,
        ours: Callable[[], object],
        bare: Callable[[], object],
        peer: Callable[[], object] | None = None,
        *,
        promise: float | None = PROMISE,
    ) -> None:
        """Add a row; `size` is that of the body in bytes."""
        times = max(self._least, self._least * 10_000 // size)
        contestants = {"ours": ours, "bare": bare, **({} if peer is None else {"peer": peer})}
        fewer = {"peer": max(times // 10, 1)}
        cpu = in_turns(
            self._rounds,
            {key: partial(cpu_of_calls, call, fewer.get(key, times)) for key, call in contestants.items()},
        )
        ratio = cpu["peer"] / cpu["bare"] if peer is not None else None
        note = f"{cpu['ours'] * 1e6:.2f} us beside {cpu['bare'] * 1e6:.2f} us"
        self._report.row(f"{name}, {size} bytes", cpu["ours"] / cpu["bare"], promise=promise, peer=ratio, note=note)

    def read(
        self,
        name: str,
        operation: Any,
        kind: object,
        body: bytes,
        peer: Callable[[], object] | None = None,
        *,
        promise: float | None = PROMISE,
    ) -> None:
        """Read an answer of status 200."""
        runtime = importlib.import_module(type(operation).__module__.replace(".operation", ".http"))
        answer = runtime.Response(200, CIMultiDict({"Content-Type": "application/json; charset=utf-8"}), content=body)
        decoder = msgspec.json.Decoder(kind)
        self.run(
            f"decode {name}",
            len(body),
            lambda: operation.parse(answer),
            lambda: decoder.decode(body),
            peer,
            promise=promise,
        )


def packages(document: Path, name: str, folder: Path, *, peer: bool) -> Iterator[str]:
    """Make packages of ours and, if it can, the peer's; give the import names of those that are there."""
    if status := run_program([*specbind_command(document, folder / name)[:-1], f"{name}_ours"], folder).status:
        raise RuntimeError(f"specbind ended with {status} on {document.name}")
    sys.path.insert(0, str(folder / name))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield f"{name}_ours"
    if peer and run_program(peer_command(document, folder / f"{name}_peer"), folder).status == 0:
        mend_peer(folder / f"{name}_peer")  # else it cannot read GitHub's repositories
        yield f"{name}_peer"


def nodeodx(contest: Contest, folder: Path) -> None:
    """Answers of a node."""
    ours, *theirs = packages(NODEODX, "nodeodx", folder, peer=True)
    server = importlib.import_module(f"{ours}.operations.server")
    models = importlib.import_module(f"{ours}.models")
    peer = importlib.import_module(f"{theirs[0]}.models")
    options = msgspec.json.encode([OPTION] * 80)
    contest.read(
        "one node",
        server.GET_NODE_INFO,
        models.NodeInfo,
        NODE,
        lambda: peer.NodeInfo.from_dict(json.loads(NODE)),
    )
    contest.read(
        "80 options",
        server.GET_OPTIONS,
        GenericAlias(list, models.Option),
        options,
        lambda: [peer.Option.from_dict(one) for one in json.loads(options)],
    )


def repositories(contest: Contest, document: Path, folder: Path) -> None:
    """GitHub: a list of repositories as its document's example has it, a tree to be made, an issue to be opened."""
    ours, *theirs = packages(document, "github", folder, peer=True)
    models = importlib.import_module(f"{ours}.models")
    peer = importlib.import_module(f"{theirs[0]}.models")
    operations = {name: importlib.import_module(f"{ours}.operations.{name}") for name in ("repos", "git", "issues")}
    examples = msgspec.json.decode(document.read_bytes())["components"]["examples"]
    body = msgspec.json.encode(examples["minimal-repository-items"]["value"] * 30)
    contest.read(
        "30 repositories",
        operations["repos"].REPOS_LIST_FOR_ORG,
        GenericAlias(list, models.MinimalRepository),
        body,
        lambda: [peer.MinimalRepository.from_dict(one) for one in json.loads(body)],
    )
    repositories = msgspec.json.decode(body, type=GenericAlias(list, models.MinimalRepository))
    codec = operations["repos"].REPOS_LIST_FOR_ORG._replies.choose(200, "application/json").codec
    theirs_read = [peer.MinimalRepository.from_dict(one) for one in json.loads(body)]
    encoder = msgspec.json.Encoder()
    contest.run(
        "encode 30 repositories",
        len(body),
        lambda: codec.encode(repositories),
        lambda: encoder.encode(repositories),
        lambda: json.dumps([one.to_dict() for one in theirs_read]).encode(),
    )
    for number in (100, 1000):
        files = {"tree": [TREE_ITEM] * number, "base_tree": "9fb037999f264ba9a7fc6274d15fa3ae"}
        tree = msgspec.convert(files, models.GitCreateTreeBody)
        name = f"a tree of {number} files"
        written(contest, name, operations["git"].GIT_CREATE_TREE, ("octocat", "hello", tree), PROMISE)
    said = {"title": "Found a bug", "body": "It fails. " * 20, "labels": ["bug"]}
    issue = msgspec.convert(said, models.IssuesCreateBody)
    written(contest, "an issue", operations["issues"].ISSUES_CREATE, ("octocat", "hello", issue), None)


def written(contest: Contest, name: str, operation: Any, arguments: tuple[object, ...], promise: float | None) -> None:
    """Build a whole request, its last argument being the body."""
    encoder = msgspec.json.Encoder()
    body = arguments[-1]
    contest.run(
        f"build {name}",
        len(encoder.encode(body)),
        lambda: operation.build("https://api.example", arguments),
        lambda: encoder.encode(body),
        promise=promise,
    )


def charges(contest: Contest, document: Path, folder: Path) -> None:
    """Stripe: a charge whose customer is an id or an object, which msgspec alone refuses."""
    ours = next(iter(packages(document, "stripe", folder, peer=False)))
    models: ModuleType = importlib.import_module(f"{ours}.models")
    operation = importlib.import_module(f"{ours}.operations.api").GET_CHARGES_CHARGE
    plain = without_unions(models.Charge)
    unset = dict.fromkeys(("email", "default_source", "description", "shipping"))
    customer = {"id": "cus_NXW7kC8xZ", "object": "customer", "created": 1679090539, "livemode": False, **unset}
    alone = {name: value for name, value in CHARGE.items() if name != "customer"}
    contest.read("a charge, no union in it", operation, plain, msgspec.json.encode(alone))
    for name, value in (("id", "cus_NXW7kC8xZ"), ("object", customer)):
        body = msgspec.json.encode({**CHARGE, "customer": value})
        contest.read(f"a charge, customer an {name} (fallback)", operation, plain, body, promise=None)


def without_unions(struct: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The Struct with unions of ours among its fields left untyped."""
    hints = get_type_hints(struct, include_extras=True)
    fields: list[tuple[str, object, object]] = []
    for field in msgspec.structs.fields(struct):
        hint = hints[field.name]
        shaped = any(type(part).__name__ == "ShapedUnion" for part in (hint, *get_args(hint)))
        fields.append((field.name, Any if shaped else hint, msgspec.UNSET if not field.required else msgspec.NODEFAULT))
    named = [(name, hint) if default is msgspec.NODEFAULT else (name, hint, default) for name, hint, default in fields]
    return msgspec.defstruct(struct.__name__, named, kw_only=True)


def main(run: Run) -> None:
    """Measure the shapes whose documents are there."""
    report = Report("json bodies", run)
    contest = Contest(report, run.rounds, 20 if run.quick else 1000)
    with tempfile.TemporaryDirectory() as folder:
        nodeodx(contest, Path(folder))
        large = {
            "GitHub": (github(), repositories, "install @octokit/openapi with `make bench`"),
            "Stripe": (shared("corpus", "openapi", "stripe--api.yaml"), charges, "SPECBIND_SHARED says where it is"),
        }
        for name, (document, measure, hint) in large.items():
            if run.quick:
                report.skip(name, "a short look makes no package of a large document")
            elif document is None:
                report.skip(name, f"the document is not there; {hint}")
            else:
                measure(contest, document, Path(folder))
    report.close()


if __name__ == "__main__":
    main(command_line(__doc__ or "", ROUNDS))
