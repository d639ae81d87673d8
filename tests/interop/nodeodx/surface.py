"""Run the whole surface of a client module against a node, and print what each step gave as JSON.

    python surface.py MODULE URL TOKEN

It needs the module and the standard library only, so that it runs in the official client's environment as well. What
differs from run to run (identifiers, times) is replaced by a word, so that two runs can be compared.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
import tempfile
import zipfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

OWN_UUID = "6f1c9a52-0d1e-4b7a-9c55-3f2f6f6f0a01"
MISSING = "00000000-0000-4000-8000-000000000000"


class Surface:
    """The steps and what they gave."""

    def __init__(self, module: str, url: str, token: str, folder: Path) -> None:
        self.package = importlib.import_module(module)
        self.module = module
        self.url = url
        self.token = token
        self.folder = folder
        self.steps: dict[str, Any] = {}
        self.words: dict[str, str] = {url: "<url>", url.partition("://")[2]: "<place>", str(folder): "<folder>"}

    def step(self, name: str, call: Callable[[], Any]) -> Any:
        """Run one step; its value or its error goes into the table."""
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 - every error is a result here
            self.steps[name] = {"error": type(error).__name__, "message": self.plain(str(error))}
            return None
        self.steps[name] = self.plain(value)
        return value

    def plain(self, value: Any) -> Any:
        """A value as JSON, without what changes from run to run."""
        if isinstance(value, str):
            for text, word in self.words.items():
                value = value.replace(text, word)
            return value
        if isinstance(value, dict):
            return {self.plain(key): self.plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(each) for each in value]
        return value if value is None or isinstance(value, bool | int | float) else f"<{type(value).__name__}>"

    def named(self, task: Any, word: str) -> Any:
        """Replace the identifier of a task by a word from now on."""
        if task is not None:
            self.words[task.uuid] = word
        return task

    # --- groups of steps

    def run(self) -> dict[str, Any]:
        """All steps."""
        host, _, port = self.url.partition("://")[2].partition(":")
        node = self.package.Node(host, int(port), self.token)
        self.about_the_node(node)
        self.one_task(node)
        self.other_tasks(node, node.info)
        self.errors(node)
        return self.steps

    def about_the_node(self, node: Any) -> None:
        """Calls that need no task."""
        self.step("url ports", lambda: [self.package.Node("h", port).url("/i") for port in (80, 443, 3000)])
        found = self.package.Node.from_url(f"{self.url}/?token=a%20b", timeout=7)
        self.step("from_url", lambda: [found.host, f":{found.port}" in self.url, found.token, found.timeout])
        self.step("url", lambda: [found.url("/info"), found.url("/a", {"line": 3, "q": "x y"})])
        self.step("info", lambda: vars(node.info()))
        self.step("info prints", lambda: str(node.info()))
        self.step("options", lambda: [vars(option) for option in node.options()])
        self.step("option prints", lambda: str(node.options()[0]))
        for version in ("1.4.0", "2.3.0", "2.3.1", "10.0.0"):
            self.step(f"at least {version}", partial(node.version_greater_or_equal_than, version))

    def one_task(self, node: Any) -> None:
        """A task from creation to removal."""
        progress: list[float] = []
        states: list[Any] = []
        task = node.create_task(
            self.files(5),
            {
                "orthophoto-resolution": 2.5,
                "dsm": True,
                "feature-quality": "low",
                "mesh-octree-depth": 9,
                "nonsense": 1,
            },
            name="A name",
            progress_callback=progress.append,
            parallel_uploads=2,
        )
        self.named(task, "<task>")
        self.step("upload progress ends", lambda: [progress[-1], progress == sorted(progress), len(progress) > 0])
        self.step("task", lambda: [task.uuid, task.node is node or task.node == node])
        task.wait_for_completion(states.append, interval=0.05)
        self.step("last state", lambda: str(states[-1].status))
        self.step("info of the task", lambda: self.state(task.info()))
        self.step("output in info", lambda: task.info(-2).output)
        for line in (0, 3, -1, 1000):
            self.step(f"output from {line}", partial(task.output, line))
        progress.clear()
        self.step("zip", lambda: self.archive(task.download_zip(str(self.folder / "zip"), progress.append, 4, 1)))
        self.step("download progress ends", lambda: [progress[-1], progress == sorted(progress)])
        self.step("assets", lambda: task.download_assets(str(self.folder / "assets")))
        self.step("assets on disk", lambda: self.tree(self.folder / "assets"))
        self.step("get_task", lambda: self.state(node.get_task(task.uuid).info()))
        self.step("restart", lambda: task.restart({"dtm": "true"}))
        task.wait_for_completion(interval=0.05)
        self.step("after restart", lambda: self.state(task.info()))
        self.step("cancel", task.cancel)
        self.step("after cancel", lambda: self.state(task.info()))
        self.step("wait for a canceled task", task.wait_for_completion)
        self.step("download of a canceled task", lambda: task.download_zip(str(self.folder / "zip")))
        self.step("remove", task.remove)
        self.step("after remove", task.info)

    def other_tasks(self, node: Any, info: Callable[[], Any]) -> None:
        """The arguments of create_task that the first task did not use."""
        task = self.named(node.create_task(self.files(1), task_uuid=OWN_UUID), "<own>")
        self.step("own uuid", lambda: task.uuid == OWN_UUID)
        task.wait_for_completion(interval=0.05)
        self.step("task without a name", lambda: self.state(task.info()))
        self.step("own uuid again", lambda: node.create_task(self.files(1), task_uuid=OWN_UUID))
        self.step("bad uuid", lambda: node.create_task(self.files(1), task_uuid="nonsense"))
        self.step("remove own", task.remove)
        few = self.named(
            node.create_task(
                self.files(2), name="few", skip_post_processing=True, outputs=["odm_report", "../images/image_1.jpg"]
            ),
            "<few>",
        )
        few.wait_for_completion(interval=0.05)
        self.step("skipped post processing", lambda: self.state(few.info()))
        self.step("chosen outputs", lambda: self.archive(few.download_zip(str(self.folder / "few"))))
        self.step("remove few", few.remove)
        self.step("queue is empty", lambda: info().task_queue_count)

    def errors(self, node: Any) -> None:
        """What goes wrong."""
        ghost = node.get_task(MISSING)
        self.step("unknown task: info", ghost.info)
        self.step("unknown task: output", ghost.output)
        self.step("unknown task: cancel", ghost.cancel)
        self.step("unknown task: remove", ghost.remove)
        self.step("unknown task: restart", ghost.restart)
        self.step("unknown task: wait", ghost.wait_for_completion)
        self.step("unknown task: download", lambda: ghost.download_assets(str(self.folder / "ghost")))
        self.step("no files", lambda: node.create_task([]))
        self.step("missing file", lambda: node.create_task([str(self.folder / "not-there.jpg")]))
        bad = {"orthophoto-resolution": -1, "feature-quality": "best", "dsm": "True", "mesh-octree-depth": 99}
        self.step("bad options", lambda: node.create_task(self.files(1), bad))
        stranger = self.package.Node(node.host, node.port, "wrong")
        self.step("wrong token", stranger.info)
        self.step("nobody listens", lambda: self.package.Node("127.0.0.1", 9, "", 2).info() and None)
        self.steps["nobody listens"].pop("message", None)

    # --- parts

    def files(self, count: int) -> list[str]:
        """Images with contents that are the same in every run."""
        found: list[str] = []
        for number in range(1, count + 1):
            path = self.folder / f"image_{number}.jpg"
            path.write_bytes(b"\xff\xd8\xff" + bytes(number * i % 251 for i in range(20_000 * number)) + b"\xff\xd9")
            found.append(str(path))
        return found

    def state(self, info: Any) -> dict[str, Any]:
        """A task's state, its times judged and left out."""
        found = dict(vars(info))
        age = datetime.now(UTC).replace(tzinfo=None) - found.pop("date_created")
        found["is new"] = timedelta(seconds=-2) < age < timedelta(minutes=5)
        found["took time"] = found.pop("processing_time") > 0
        found["status"] = str(found["status"])
        if found["name"].startswith("Task of "):
            found["name"] = "Task of <time>"
        return found

    def archive(self, path: str) -> list[Any]:
        """Name and content of an archive."""
        name = Path(path).name
        parts = name.split("_")
        with zipfile.ZipFile(path) as found:
            content = {
                each: hashlib.sha256(found.read(each)).hexdigest()
                for each in found.namelist()
                if not each.endswith(".json")
            }
        return [parts[0], parts[1].isdecimal(), parts[2:], content]

    def tree(self, folder: Path) -> dict[str, str]:
        """Files below a folder with their digests."""
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".json")
        return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def main() -> int:
    module, url, token = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as folder:
        steps = Surface(module, url, token, Path(folder)).run()
    json.dump(steps, sys.stdout, indent=1, sort_keys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
