"""Messages beside their peers, as ratios of CPU time: `make bench`.

Each peer runs in a process of its own, in an environment of its own (they share import names), on the same bytes. The
peers take turns; the smallest time of all rounds counts. google's library stands beside them as a reference: its
`FromString` makes no Python values yet.
SPECBIND_BENCH_ROUNDS sets the rounds (default 5).
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from google.protobuf import message_factory  # noqa: E402 - the repository is not installed
from tests.support.compiled import compiled, google_pool  # noqa: E402

HERE = Path(__file__).parent
WORKER = HERE / "proto_peers" / "worker.py"
KINDS = {
    "query": "Query",
    "images": "Images",
    "readings": "Readings",
    "points": "Points",
    "numbers": "Numbers",
    "file": "File",
    "events": "Events",
}
PEERS = {
    "betterproto-1.2.5": "betterproto 1.2.5",
    "betterproto-2": "betterproto 2.0.0b7",
    "betterproto2": "betterproto2 0.10.0",
}
PROMISES = {"betterproto-1.2.5": (20.0, 10.0), "betterproto2": (10.0, 0.0)}
PLUGINS = {"betterproto-2": "protoc-gen-python_betterproto", "betterproto2": "protoc-gen-python_betterproto2"}
ROUNDS = int(os.environ.get("SPECBIND_BENCH_ROUNDS", "5"))


def samples(types: dict[str, Any]) -> dict[str, bytes]:
    """The bytes of each kind."""
    random = Random(3)  # noqa: S311 - the same messages every time
    makers = (query, images, readings, points, numbers, file, events)
    return {
        kind: maker(types[name], random).SerializeToString()
        for (kind, name), maker in zip(KINDS.items(), makers, strict=True)
    }


def moment(target: Any, number: int) -> None:
    """Set a time with microseconds."""
    target.seconds = 1_710_000_000 + 97 * number
    target.nanos = 7919 * number % 1_000_000 * 1000


def query(cls: Any, random: Random) -> Any:
    """A filter with short texts."""
    machine = f"{random.getrandbits(128):032x}"
    message = cls(
        device="camera-1",
        device_type="rdk:component:camera",
        call="ReadImage",
        machine="rover",
        machine_id=machine,
        part="rover-main",
        part_id=machine[::-1],
        locations=["north", "south"],
        owners=[machine],
        media_types=["image/jpeg", "image/png"],
        boxes=["cat", "dog"],
        collection="d1",
    )
    moment(message.span.begin, 1)
    moment(message.span.end, 2)
    message.labels.matching = 1
    message.labels.names.extend(["a", "b"])
    return message


def images(cls: Any, random: Random) -> Any:
    """A page of 100 records with everything that describes a picture."""
    message = cls(count=100, last="zzz")
    machine, part = (f"{random.getrandbits(128):032x}" for _ in range(2))
    for i in range(100):
        item = message.items.add(
            id=f"picture-{i:08}-aaaa-bbbb",
            name=f"2024/03/picture_{i}.jpeg",
            suffix=".jpeg",
            uri=f"https://app.example.org/pictures/{i}/a/long/path/to/the/object/in/a/store",
            size=37_777 * i,
            collections=["one", "two"][: i % 3],
        )
        moment(item.requested, i)
        moment(item.received, i + 1)
        item.origin.owner = "org-0000-1111-2222"
        item.origin.location = "north"
        item.origin.machine = "rover"
        item.origin.machine_id = machine
        item.origin.part = "rover-main"
        item.origin.part_id = part
        item.origin.device_type = "rdk:component:camera"
        item.origin.device = "camera-1"
        item.origin.call = "ReadImage"
        item.origin.media_type = "image/jpeg"
        item.origin.arguments.update({"mime_type": "image/jpeg", "fps": "10"})
        item.origin.tags.extend(["training", "v2"])
        for j in range(i % 4):
            item.notes.boxes.add(id=f"b{j}", label="cat", left=0.1 * j, top=0.2, right=0.5, bottom=0.75)
    return message


def readings(cls: Any, random: Random) -> Any:
    """100 records of free-form objects."""
    message = cls()
    for i in range(100):
        item = message.items.add(index=i)
        moment(item.requested, i)
        moment(item.received, i + 1)
        inner = {"temperature": 20.5 + i, "name": "sensor", "ok": True, "list": [1.0, 2.0, 3.0], "none": None}
        item.values.update({"velocity": {"x": random.random(), "y": 1.0, "z": 0.0}, "inner": inner, "count": i})
    return message


def points(cls: Any, random: Random) -> Any:
    """1,000 small messages of numbers."""
    message = cls()
    for i in range(1000):
        message.items.add(
            x=random.random(), y=random.random(), z=1.5, id=1001 * i, step=-i, weight=0.5, valid=bool(i % 2), mask=i
        )
    return message


def numbers(cls: Any, random: Random) -> Any:
    """Packed lists."""
    return cls(
        doubles=[random.random() for _ in range(10_000)],
        floats=[random.random() for _ in range(10_000)],
        wide=[random.randrange(1 << 40) for _ in range(5_000)],
        steps=[random.randrange(-5_000, 5_000) for _ in range(5_000)],
        small=[random.randrange(100) for _ in range(10_000)],
    )


def file(cls: Any, random: Random) -> Any:
    """1 MiB of bytes."""
    return cls(name="x.bin", content=random.randbytes(1 << 20))


def events(cls: Any, random: Random) -> Any:  # noqa: ARG001 - called as the others
    """200 members of a oneof."""
    message = cls()
    for i in range(200):
        item = message.items.add(sequence=i)
        if i % 4 == 0:
            item.text = f"hello {i}"
        elif i % 4 == 1:
            item.point.x = 1.0
            item.point.id = i
        elif i % 4 == 2:
            item.file.name = "b"
            item.file.content = b"1234567890" * 5
        else:
            item.code = i
    return message


class Peer:
    """A process that measures one library."""

    def __init__(self, name: str, python: Path | str, folder: Path) -> None:
        command = [str(python), str(WORKER), name, str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = self._read() == "ready"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def seconds(self, kind: str, direction: str) -> float:
        """CPU seconds of one call."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{kind} {direction}\n")
        self._process.stdin.flush()
        return float(self._read())

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()


def prepare(folder: Path) -> None:
    """Write the bytes, and the peers' classes."""
    pool = google_pool(compiled([HERE / "messages.proto"], [HERE]))
    types = {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"bench.v1.{name}")) for name in KINDS.values()
    }
    for kind, content in samples(types).items():
        (folder / kind).write_bytes(content)
    specbind = [Path(sys.executable).with_name("specbind"), "generate", HERE / "messages.proto", "--package", "made"]
    subprocess.run([*specbind, "--out", folder / "specbind"], check=True, stdout=subprocess.DEVNULL)
    for peer, plugin in PLUGINS.items():
        program = ROOT / ".interop" / peer / "bin" / plugin
        if program.exists():
            out = folder / peer / "made"  # a package: what betterproto2 writes imports from above
            out.mkdir(parents=True)
            protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{HERE}", f"--plugin=protoc-gen-peer={program}"]
            environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
            command = [*protoc, f"--peer_out={out}", "messages.proto"]
            subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)


def start(folder: Path) -> dict[str, Peer]:
    """One process per library that is there."""
    peers = {"specbind": Peer("specbind", sys.executable, folder), "google": Peer("google", sys.executable, folder)}
    for name, title in PEERS.items():
        python = ROOT / ".interop" / name / "bin" / "python"
        if python.exists():
            peers[name] = Peer(name, python, folder)
        else:
            sys.stdout.write(f"{title} is not there: `make bench` makes its environment\n")
    return {name: peer for name, peer in peers.items() if peer.ready}


def main() -> None:
    """Measure and print one table per direction."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        peers = start(folder)
        best: dict[tuple[str, str, str], float] = {}
        for _ in range(ROUNDS):
            for kind in KINDS:
                for direction in ("decode", "encode"):
                    for peer, process in peers.items():
                        key = (peer, kind, direction)
                        best[key] = min(best.get(key, math.inf), process.seconds(kind, direction))
        for process in peers.values():
            process.stop()
    for direction in ("decode", "encode"):
        sys.stdout.write(f"{direction}: our time in us, then how many times longer the peers take\n")
        sys.stdout.write(" " * 22 + "".join(f"{kind:>10}" for kind in KINDS) + f"{'mean':>10}\n")
        ours = [best["specbind", kind, direction] for kind in KINDS]
        sys.stdout.write(f"{'specbind, us':<22}" + "".join(f"{value * 1e6:10.1f}" for value in ours) + "\n")
        for peer in list(peers)[1:]:
            ratios = [best[peer, kind, direction] / mine for kind, mine in zip(KINDS, ours, strict=True)]
            mean = math.prod(ratios) ** (1 / len(ratios))
            promise = PROMISES.get(peer)
            words = f"  promised {promise[0]:.0f}, none under {promise[1]:.0f}" if promise else ""
            title = PEERS.get(peer, peer)
            sys.stdout.write(f"{title:<22}" + "".join(f"{x:10.2f}" for x in ratios) + f"{mean:10.2f}{words}\n")


if __name__ == "__main__":
    main()
