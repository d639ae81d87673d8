"""Run the whole surface of a data client against a platform, and print what each step gave as JSON.

    python surface.py PACKAGE HOST:PORT API_KEY_ID API_KEY ORGANIZATION LOCATION PART

PACKAGE is `viam` or one with the same modules. It needs the package and grpclib only, so that it runs in the official
client's environment as well. What differs from run to run (identifiers, times, addresses) is replaced by a word, so
that two runs can be compared.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import inspect
import json
import re
import sys
import tempfile
import warnings
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grpclib.client import Channel
from grpclib.exceptions import GRPCError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DAY = datetime(2024, 5, 6, 7, 8, 9, 250_000)  # noqa: DTZ001 - as the official client gives times
MISSING = "0" * 24
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?")
WORDS = (
    (re.compile(r"http://[\d.:]+"), "<url>"),
    (re.compile(r"expires=\d+&signature=[0-9a-f]+"), "<signed>"),
)
# the calls whose first form, which gave less, keeps the name in a client that has both
ABSENT = "not there"  # a call, or one of its arguments, that a client does not have
PAGES = ("tabular_data_by_filter", "binary_data_by_filter")


class Surface:
    """The steps and what they gave."""

    def __init__(self, package: str, organization: str, location: str, part: str, folder: Path) -> None:
        self.package = package
        self.organization = organization
        self.place = f"{organization}/{location}"
        self.part = part
        self.folder = folder
        self.steps: dict[str, Any] = {}
        self.called: set[str] = set()
        self.ids: dict[str, str] = {}
        self.client: Any = None
        self.data = importlib.import_module(f"{package}.proto.app.data")
        self.dataset = importlib.import_module(f"{package}.proto.app.dataset")
        self.create_filter = importlib.import_module(f"{package}.utils").create_filter

    async def step(self, name: str, call: str, *arguments: Any, **named: Any) -> Any:
        """Make one call; its value or its error goes into the table."""
        self.called.add(call)
        function = getattr(self.client, call, None)
        if call in PAGES and self.package != "viam":
            function = getattr(self.client, f"{call}_page", None)
        if function is None or not takes(function, *arguments, **named):
            self.steps[name] = ABSENT
            return None
        return await self.watch(name, lambda: function(*arguments, **named))

    async def watch(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        assert name not in self.steps, name
        try:
            value = await call()
        except GRPCError as error:
            self.steps[name] = {"status": error.status.name, "message": self.plain(error.message)}
            return None
        except Exception as error:  # noqa: BLE001 - every error is a result here
            self.steps[name] = {"error": type(error).__name__, "message": self.plain(str(error))}
            return None
        if isinstance(value, str):
            self.ids[value[-24:]] = f"<{name}>"
        self.steps[name] = self.plain(value)
        return value

    def plain(self, value: Any) -> Any:  # noqa: C901, PLR0911 - a table
        """A value as JSON, without what changes from run to run."""
        match value:
            case str():
                return self.text(value)
            case bytes():
                return base64.b64encode(value).decode()
            case datetime():
                return self.text(value.isoformat())
            case dict():
                return {self.text(key): self.plain(each) for key, each in value.items()}
            case bool() | None | float():
                return value
            case int():
                return int(value)
        if hasattr(value, "DESCRIPTOR"):
            from google.protobuf.json_format import MessageToDict  # noqa: PLC0415 - in the official environment only

            return self.plain(MessageToDict(value, preserving_proto_field_name=True))
        if hasattr(value, "SerializeToString"):
            from specbind.bindings._runtime.proto.json_write import to_dict  # noqa: PLC0415 - not in the official one

            return self.plain(to_dict(value, proto_names=True))
        if hasattr(value, "__struct_fields__"):
            return {name: self.plain(getattr(value, name)) for name in public(value.__struct_fields__)}
        if is_dataclass(value):
            return {name: self.plain(getattr(value, name)) for name in public(value.__dataclass_fields__)}
        if hasattr(value, "metadata") and isinstance(value.data, bytes):  # a pair of the two
            members = {"binary": value.data, "metadata": value.metadata}
            return {name: self.plain(each) for name, each in members.items() if each}
        if hasattr(value, "__len__"):
            return [self.plain(each) for each in value]
        return f"<{type(value).__name__}>"

    def text(self, value: str) -> str:
        for pattern, word in WORDS:
            value = pattern.sub(word, value)
        value = re.sub(r"[0-9a-f]{24}", lambda found: self.ids.get(found[0], "<id>"), value)
        return TIME.sub(recent, value)

    # --- groups of steps

    async def run(self, client: Any) -> dict[str, Any]:
        self.client = client
        await self.tabular()
        file_ids = await self.uploads()
        await self.binary(file_ids)
        await self.labels(file_ids)
        await self.datasets(file_ids)
        await self.sequences()
        await self.queries()
        await self.pipelines()
        await self.deletions(file_ids)
        if self.package == "viam":
            found = inspect.getmembers(type(client), inspect.iscoroutinefunction)
            self.steps["calls that no step makes"] = sorted({name for name, _ in found if name[0] != "_"} - self.called)
        return self.steps

    async def tabular(self) -> None:
        rows = [{"readings": {"celsius": n + 0.5, "ok": n > 0, "note": None, "list": [n, "x"]}} for n in range(3)]
        times = [(DAY + timedelta(minutes=n), DAY + timedelta(minutes=n, seconds=1)) for n in range(3)]
        of = ("rdk:component:sensor", "probe", "Readings")
        resource = (self.part, "probe", "rdk:component:sensor", "Readings")
        await self.step(
            "upload rows", "tabular_data_capture_upload", rows, self.part, *of, data_request_times=times, tags=["dry"]
        )
        await self.step(
            "upload of uneven lists", "tabular_data_capture_upload", rows, self.part, *of, data_request_times=times[:1]
        )
        await self.step(
            "upload of a strange part", "tabular_data_capture_upload", rows, "part", *of, data_request_times=times
        )
        await self.step("latest", "get_latest_tabular_data", *resource)
        await self.step("latest of nothing", "get_latest_tabular_data", self.part, "no", "rdk:component:sensor", "M")
        await self.step("export", "export_tabular_data", *resource)
        late = {"start_time": times[1][0], "end_time": times[2][0]}
        await self.step("export of an interval", "export_tabular_data", *resource, **late)
        await self.step("export with parameters", "export_tabular_data", *resource, additional_params={"a": 1})
        await self.step("rows", "tabular_data_by_filter")
        page = await self.step(
            "first page", "tabular_data_by_filter", self.create_filter(component_name="probe"), limit=2
        )
        last = page[2] if isinstance(page, tuple) else ""
        await self.step(
            "second page", "tabular_data_by_filter", self.create_filter(component_name="probe"), 2, None, last
        )
        order = self.data.Order.ORDER_DESCENDING
        await self.step("rows, newest first", "tabular_data_by_filter", sort_order=order)
        await self.step("rows, count only", "tabular_data_by_filter", count_only=True)
        await self.step("rows by tag", "tabular_data_by_filter", self.create_filter(tags=["wet"]))
        await self.step("rows after an unknown place", "tabular_data_by_filter", last="nowhere")

    async def uploads(self) -> list[str]:
        of = (self.part, "camera", "cam", "GetImages")
        times = [(DAY + timedelta(hours=n), DAY + timedelta(hours=n, seconds=2)) for n in range(2)]
        found = [
            await self.step(
                "upload a reading", "binary_data_capture_upload", b"\xff\xd8one", *of, ".jpg",
                tags=["dusk"], data_request_times=times[0],
            ),
            await self.step(
                "upload a stream", "streaming_data_capture_upload", bytes(range(256)) * 1000, self.part, "png",
                "camera", "cam", "GetImages", data_request_times=times[1], tags=["dawn"],
            ),
            await self.step(
                "upload a file", "file_upload", self.part, b"notes", file_name="notes", file_extension=".txt"
            ),
        ]  # fmt: skip
        path = self.folder / "map.pcd"
        path.write_bytes(b"# .PCD v.7" * 50)
        found.append(await self.step("upload from a path", "file_upload_from_path", str(path), self.part))
        empty = self.folder / "empty"
        empty.touch()
        found.append(
            await self.step("upload an empty file", "file_upload_from_path", str(empty), self.part, tags=["e"])
        )
        await self.step("upload from no path", "file_upload_from_path", str(self.folder / "none"), self.part)
        self.steps["upload from no path"].pop("message", None)
        await self.step("upload to no dataset", "file_upload", self.part, b"x", dataset_ids=[MISSING])
        # some clients give the last part alone, as older versions did
        return [each if "/" in (each or MISSING) else f"{self.place}/{each or MISSING}" for each in found]

    async def binary(self, file_ids: list[str]) -> None:
        await self.step("all", "binary_data_by_filter")
        await self.step("all without bytes", "binary_data_by_filter", include_binary_data=False)
        page = await self.step("one of them", "binary_data_by_filter", limit=1, include_binary_data=False)
        after = {"last": page[2] if isinstance(page, tuple) else ""}
        await self.step("the next one", "binary_data_by_filter", limit=1, include_binary_data=False, **after)
        await self.step("how many", "binary_data_by_filter", count_only=True)
        filters = {
            "component": {"component_name": "cam", "component_type": "camera", "method": "GetImages"},
            "machine": {"robot_name": "rover", "part_name": "rover-main", "part_id": self.part},
            "place": {"organization_ids": [self.organization], "location_ids": ["elsewhere"]},
            "media type": {"mime_type": ["image/png"]},
            "time": {"start_time": DAY, "end_time": DAY + timedelta(minutes=1)},
            "tags": {"tags": ["dusk", "night"]},
            "boxes": {"bbox_labels": ["cat"]},
            "dataset": {"dataset_id": MISSING},
        }
        for name, wanted in filters.items():
            chosen = self.create_filter(**wanted)
            await self.step(f"by {name}", "binary_data_by_filter", chosen, include_binary_data=False)
        old = self.data.TagsFilter(type=self.data.TagsFilterType.TAGS_FILTER_TYPE_UNTAGGED)
        untagged = self.data.Filter(tags_filter=old)
        await self.step("untagged", "binary_data_by_filter", untagged, include_binary_data=False)
        await self.step("by ids", "binary_data_by_ids", file_ids[:2])
        await self.step("by ids, without bytes", "binary_data_by_ids", file_ids[1:3], include_binary_data=False)
        organization, location, file_id = file_ids[0].split("/")
        former = self.data.BinaryID(file_id=file_id, organization_id=organization, location_id=location)
        await self.step("by an old id", "binary_data_by_ids", [former])
        await self.step("by no ids", "binary_data_by_ids", [])
        await self.step("by an unknown id", "binary_data_by_ids", [MISSING])
        await self.step("signed address", "create_binary_data_signed_url", file_ids[0])
        await self.step("signed for a day", "create_binary_data_signed_url", file_ids[0], 1440)
        await self.step("signed for ever", "create_binary_data_signed_url", file_ids[0], 20_000)

    async def labels(self, file_ids: list[str]) -> None:
        one = self.create_filter(mime_type=["image/jpeg"])
        await self.step("add tags", "add_tags_to_binary_data_by_ids", ["a", "b"], file_ids[:2])
        await self.step("add no tags", "add_tags_to_binary_data_by_ids", [], file_ids[:2])
        await self.step("add tags to nothing", "add_tags_to_binary_data_by_ids", ["a"], [])
        await self.step("add tags by filter", "add_tags_to_binary_data_by_filter", ["c"], one)
        await self.step("tags", "tags_by_filter")
        await self.step("tags of some", "tags_by_filter", one)
        await self.step("remove tags", "remove_tags_from_binary_data_by_ids", ["a", "x"], file_ids[:3])
        await self.step("remove tags by filter", "remove_tags_from_binary_data_by_filter", ["c"], one)
        await self.step("tags at the end", "tags_by_filter", one)
        place = (0.1, 0.2, 0.3, 0.4)
        box = await self.step("add a box", "add_bounding_box_to_image_by_id", file_ids[0], "cat", *place)
        sure = {"confidence_score": 0.75}
        other = await self.step("add a sure box", "add_bounding_box_to_image_by_id", file_ids[0], "dog", *place, **sure)
        await self.step("add a box outside", "add_bounding_box_to_image_by_id", file_ids[0], "cat", 0, 0, 1.5, 1)
        await self.step("add a box to nothing", "add_bounding_box_to_image_by_id", MISSING, "cat", *place)
        await self.step(
            "move a box", "update_bounding_box", file_ids[0], box or MISSING, "cat", 0.0, 0.0, 0.5, 0.5, 0.9
        )
        await self.step("labels", "bounding_box_labels_by_filter")
        await self.step("labels of nothing", "bounding_box_labels_by_filter", self.create_filter(component_name="no"))
        await self.step("remove a box", "remove_bounding_box_from_image_by_id", other or MISSING, file_ids[0])
        await self.step("remove it again", "remove_bounding_box_from_image_by_id", other or MISSING, file_ids[0])
        labelled = self.create_filter(bbox_labels=["cat"])
        await self.step("data with boxes", "binary_data_by_filter", labelled, include_binary_data=False)

    async def datasets(self, file_ids: list[str]) -> None:
        one = await self.step("make a dataset", "create_dataset", "one", self.organization)
        two = await self.step("make another", "create_dataset", "two", self.organization)
        kind = self.dataset.DatasetType.DATASET_TYPE_SEQUENCE_DATA
        await self.step("make one of sequences", "create_dataset", "film", self.organization, kind)
        await self.step("make it again", "create_dataset", "one", self.organization)
        await self.step("put in", "add_binary_data_to_dataset_by_ids", file_ids[:2], one)
        await self.step("put into the other", "add_binary_data_to_dataset_by_ids", file_ids[2:3], two)
        await self.step("take out", "remove_binary_data_from_dataset_by_ids", file_ids[:1], one)
        inside = self.create_filter(dataset_id=one)
        await self.step("what is inside", "binary_data_by_filter", inside, include_binary_data=False)
        merged = await self.step("merge", "merge_datasets", "both", self.organization, [one, two])
        both = self.create_filter(dataset_id=merged)
        await self.step("what is in both", "binary_data_by_filter", both, include_binary_data=False)
        await self.step("rename", "rename_dataset", one, "first")
        await self.step("datasets by ids", "list_dataset_by_ids", [merged, one])
        await self.step("datasets", "list_datasets_by_organization_id", self.organization)
        await self.step("datasets of sequences", "list_datasets_by_organization_id", self.organization, kind)
        await self.step("delete a dataset", "delete_dataset", two)
        await self.step("delete it again", "delete_dataset", two)

    async def sequences(self) -> None:
        resource = self.data.SequenceResourceFilter(resource_name="cam", method_name="GetImages")
        span = (DAY - timedelta(hours=1), DAY + timedelta(hours=3))
        one = await self.step("make a sequence", "create_sequence", self.part, [resource], *span, ["take"])
        await self.step("make it backwards", "create_sequence", self.part, [resource], *reversed(span))
        await self.step("sequence", "get_sequence", one)
        await self.step("its data", "get_sequence_binary_data", one, page_size=1)
        await self.step("change it", "update_sequence", one, sequence_tags=[], end_time=DAY + timedelta(minutes=1))
        await self.step("change nothing", "update_sequence", one)
        await self.step("less data", "get_sequence_binary_data", one)
        await self.step("sequences", "list_sequences", self.organization, page_size=5)
        kind = self.dataset.DatasetType.DATASET_TYPE_SEQUENCE_DATA
        films = await self.step("make a film", "create_dataset", "film 2", self.organization, kind)
        await self.step("put a sequence in", "add_sequences_to_dataset", films, [one])
        await self.step("sequences of the film", "sequences_by_dataset_id", films)
        await self.step("how many of the film", "sequences_by_dataset_id", films, count_only=True)
        job = await self.step("export the film", "start_sequence_dataset_export", films)
        for _ in range(100):
            found = await self.client.get_sequence_dataset_export(job)
            if int(found.status) != 1:
                break
            await asyncio.sleep(0.05)
        await self.step("the export", "get_sequence_dataset_export", job)
        await self.step("take a sequence out", "remove_sequences_from_dataset", films, [one])
        await self.step("delete a sequence", "delete_sequence", one)
        await self.step("the deleted sequence", "get_sequence", one)

    async def queries(self) -> None:
        sql = "select component_name, data from readings where component_name = 'probe' order by time_received limit 2"
        await self.step("sql", "tabular_data_by_sql", self.organization, sql)
        await self.step(
            "sql with everything", "tabular_data_by_sql", self.organization, "select * from readings limit 1"
        )
        await self.step("sql that is none", "tabular_data_by_sql", self.organization, "drop table readings")
        stages = [{"$match": {"data.readings.celsius": {"$gt": 1}}}, {"$sort": {"time_received": -1}}]
        await self.step("mql", "tabular_data_by_mql", self.organization, [*stages, {"$project": {"data": 1}}])
        await self.step("mql that is none", "tabular_data_by_mql", self.organization, [{"$lookup": {}}])
        await self.step("database", "get_database_connection", self.organization)
        await self.step("database user", "configure_database_user", self.organization, "Secret-1234")
        await self.step("weak password", "configure_database_user", self.organization, "secret")
        hot = self.data.IndexableCollection.INDEXABLE_COLLECTION_HOT_STORE
        spec = {"keys": {"part_id": 1, "time_received": -1}}
        await self.step("make an index", "create_index", self.organization, hot, spec)
        await self.step("make it twice", "create_index", self.organization, hot, spec)
        await self.step("indexes", "list_indexes", self.organization, hot)
        await self.step("drop the index", "delete_index", self.organization, hot, "part_id_1_time_received_-1")
        await self.step("no indexes", "list_indexes", self.organization, hot)

    async def pipelines(self) -> None:
        stages = [{"$match": {"component_name": "probe"}}, {"$count": "rows"}]
        made = ("daily", stages, "0 0 * * *", True)
        one = await self.step("make a pipeline", "create_data_pipeline", self.organization, *made)
        await self.step("make no pipeline", "create_data_pipeline", self.organization, "x", stages, "often", False)  # noqa: FBT003
        await self.step("pipeline", "get_data_pipeline", one)
        await self.step("pipelines", "list_data_pipelines", self.organization)
        runs = await self.step("runs", "list_data_pipeline_runs", one, 5)
        if runs is not None:
            await self.watch("more runs", runs.next_page)
        await self.step("rename the pipeline", "rename_data_pipeline", one, "nightly")
        await self.step("rename it to nothing", "rename_data_pipeline", one, "")
        await self.step("delete the pipeline", "delete_data_pipeline", one)
        await self.step("the deleted pipeline", "get_data_pipeline", one)

    async def deletions(self, file_ids: list[str]) -> None:
        await self.step("delete by ids", "delete_binary_data_by_ids", file_ids[:1])
        await self.step("delete by no ids", "delete_binary_data_by_ids", [])
        await self.step("delete by an unknown id", "delete_binary_data_by_ids", file_ids[:1])
        text = self.create_filter(mime_type=["text/plain"])
        await self.step("delete by filter", "delete_binary_data_by_filter", text)
        await self.step("delete all", "delete_binary_data_by_filter", None)
        narrow = self.data.DeleteTabularFilter(component_name="other")
        await self.step("delete rows of another", "delete_tabular_data", self.organization, 0, filter=narrow)
        await self.step("delete old rows", "delete_tabular_data", self.organization, 100_000)
        await self.step("delete rows", "delete_tabular_data", self.organization, 0)
        await self.step("delete rows by filter", "delete_tabular_data_by_filter", None)
        await self.step("delete rows of nobody", "delete_tabular_data", "organization", 0)


def takes(function: Callable[..., Any], *arguments: Any, **named: Any) -> bool:
    """Whether a call has these arguments."""
    try:
        inspect.signature(function).bind(*arguments, **named)
    except TypeError:
        return False
    return True


def public(names: Any) -> list[str]:
    return [name for name in names if not name.startswith("_")]


def recent(found: re.Match[str]) -> str:
    """A time that depends on when the run is; others stay."""
    moment = datetime.fromisoformat(found[0])
    age = datetime.now(UTC) - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    zone = "Z" if found[0][-1] == "Z" else "+00:00" if moment.tzinfo else ""
    return f"<recent>{zone}" if abs(age) < timedelta(days=60) else found[0]


async def log_in(package: str, host: str, port: int, key_id: str, key: str) -> tuple[Any, Any]:
    """A client that has logged in with an API key, and what closes it."""
    if package == "viam":
        from viam.app.viam_client import ViamClient  # noqa: PLC0415 - in the official environment only
        from viam.rpc.dial import Credentials, DialOptions  # noqa: PLC0415

        options = DialOptions(credentials=Credentials("api-key", key), auth_entity=key_id, insecure=True)
        whole = await ViamClient.create_from_dial_options(options, f"{host}:{port}")
        return whole.data_client, whole
    module = importlib.import_module(f"{package}.app.data_client")
    client = await module.DataClient.from_api_key(key, key_id, host=host, port=port, tls=False, insecure=True)
    return client, client


async def main() -> None:
    package, address, key_id, key, organization, location, part = sys.argv[1:]
    host, _, port = address.partition(":")
    with tempfile.TemporaryDirectory() as folder:
        surface = Surface(package, organization, location, part, Path(folder))

        async def refused() -> None:
            client, whole = await log_in(package, host, int(port), key_id, "wrong")
            try:
                await client.tags_by_filter()
            finally:
                await closed(whole)

        async def without_token() -> None:
            channel = Channel(host, int(port))
            try:
                await type(client)(channel, {}).tags_by_filter()
            finally:
                channel.close()

        await surface.watch("log in with a wrong key", refused)
        client, whole = await log_in(package, host, int(port), key_id, key)
        try:
            await surface.watch("call without a token", without_token)
            steps = await surface.run(client)
        finally:
            await closed(whole)
    json.dump(steps, sys.stdout, indent=1, sort_keys=True)


async def closed(client: Any) -> None:
    found = client.close()
    if inspect.isawaitable(found):
        await found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asyncio.run(main())
