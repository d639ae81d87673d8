"""The face whose calls block."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.behaviour.viam.platform import KEY, KEY_ID
from tests.behaviour.viam.test_tabular import pages

from specbind.viam import DialOptions
from specbind.viam import sync as viam
from specbind.viam.proto.app.datasync import FileUploadResponse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.viam.platform import Platform


async def test_a_program_without_an_event_loop(platform: Platform, tmp_path: Path) -> None:
    platform.script["tabular_data_by_filter"] = pages(250)
    platform.script["file_upload"] = FileUploadResponse(file_id="f")
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    told: list[int] = []

    def program() -> dict[str, Any]:
        where: dict[str, Any] = {"host": "127.0.0.1", "port": platform.port, "tls": False, "insecure": True}
        with viam.connect(KEY, KEY_ID, **where) as client:
            return {
                "rows": len(client.tabular_data_by_filter()),
                "each": sum(1 for _ in client.tabular_data()),
                "tags": client.tags_by_filter(client.create_filter(tags=["a"])),
                "upload": client.file_upload_from_path(path, "p", progress=lambda done, _: told.append(done)),
                "pieces": client.streaming_data_capture_upload((b"a" for _ in range(3)), "p", ".bin"),
            }

    assert await asyncio.to_thread(program) == {"rows": 250, "each": 250, "tags": [], "upload": "f", "pieces": ""}
    assert told[-1] == 100_000


async def test_a_program_of_the_official_kind(platform: Platform) -> None:
    options = DialOptions.with_api_key(KEY, KEY_ID)
    options.insecure = True

    def program() -> list[str]:
        client = viam.ViamClient.create_from_dial_options(options, f"127.0.0.1:{platform.port}")
        try:
            assert isinstance(client.data_client, viam.DataClient)
            return client.data_client.tags_by_filter()
        finally:
            client.close()

    assert await asyncio.to_thread(program) == []
