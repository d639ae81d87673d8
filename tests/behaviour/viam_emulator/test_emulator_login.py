"""Logging in, tokens that end, and calls without one."""

from __future__ import annotations

import pytest
from tests.behaviour.viam_emulator.platform import Platform, platform_of, refusal

from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.bindings.viam.proto.rpc.v1 import AuthenticateRequest, AuthenticateToRequest, Credentials
from specbind.bindings.viam.viam.app.data.v1 import DataServiceClient, TagsByFilterRequest
from specbind.bindings.viam.viam.app.datasync.v1 import DataSyncServiceClient, FileUploadRequest, UploadMetadata
from specbind.emulators.viam import API_KEY, API_KEY_ID, PART_ID, Viam

pytestmark = pytest.mark.filterwarnings("ignore:TagsByFilter is deprecated")

TAGS = TagsByFilterRequest()


async def status_with(platform: Platform, authorization: str | None) -> tuple[str, str]:
    metadata = {} if authorization is None else {"authorization": authorization}
    transport = GrpclibTransport(platform.address.host, platform.address.port, tls=False, metadata=metadata)
    try:
        return await refusal(DataServiceClient(transport).tags_by_filter(TAGS))
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("entity", "kind", "payload", "status"),
    [
        (API_KEY_ID, "api-key", API_KEY, "OK"),
        (API_KEY_ID, "api-key", "wrong", "UNAUTHENTICATED"),
        ("somebody", "api-key", API_KEY, "UNAUTHENTICATED"),
        (API_KEY_ID, "robot-secret", API_KEY, "UNAUTHENTICATED"),
        (API_KEY_ID, "api-key", "ü" * 100_000, "UNAUTHENTICATED"),
        ("", "api-key", API_KEY, "INVALID_ARGUMENT"),
    ],
)
async def test_only_the_key_logs_in(platform: Platform, entity: str, kind: str, payload: str, status: str) -> None:
    request = AuthenticateRequest(entity=entity, credentials=Credentials(type=kind, payload=payload))
    assert (await refusal(platform.auth.authenticate(request)))[0] == status


async def test_a_login_without_credentials_is_refused(platform: Platform) -> None:
    call = platform.auth.authenticate(AuthenticateRequest(entity=API_KEY_ID))
    assert (await refusal(call))[0] == "UNAUTHENTICATED"


async def test_calls_of_every_kind_need_a_token(platform: Platform) -> None:
    assert await status_with(platform, None) == ("UNAUTHENTICATED", "no access token stands in `authorization`")
    request = FileUploadRequest(metadata=UploadMetadata(part_id=PART_ID))
    stream = DataSyncServiceClient(platform.open).file_upload([request])
    assert (await refusal(stream))[0] == "UNAUTHENTICATED"
    assert platform.viam.state.binaries == {}


async def test_a_broken_token_is_refused(platform: Platform) -> None:
    token = await platform.log_in()
    head, claims, signature = token.split(".")
    for wrong in ("x", "..", f"{head}.{claims}.", f"{head}.{claims}A.{signature}", f"{token}x", f"{head}.{signature}"):
        assert await status_with(platform, f"Bearer {wrong}") == ("UNAUTHENTICATED", "the token is not valid"), wrong
    assert (await status_with(platform, f"Basic {token}"))[0] == "UNAUTHENTICATED"
    assert (await status_with(platform, f"bearer {token}"))[0] == "OK"


async def test_a_token_ends_and_a_new_login_helps() -> None:
    async with platform_of(token_seconds=60) as platform:
        platform.clock.advance(seconds=59)
        await platform.data.tags_by_filter(TAGS)
        platform.clock.advance(seconds=1)
        assert await refusal(platform.data.tags_by_filter(TAGS)) == ("UNAUTHENTICATED", "the token has expired")
        platform.transport.close()
        await platform.log_in()
        await platform.data.tags_by_filter(TAGS)


async def test_a_token_for_somebody_else_is_not_taken_here(platform: Platform) -> None:
    answer = await platform.external.authenticate_to(AuthenticateToRequest(entity="machine"))
    assert await status_with(platform, f"Bearer {answer.access_token}") == (
        "UNAUTHENTICATED",
        "the token is for another entity",
    )
    assert (await refusal(platform.external.authenticate_to(AuthenticateToRequest())))[0] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": ""},
        {"page_size": 0},
        {"count": "some"},
        {"max_message": 0},
        {"token_seconds": 0},
        {"faults": "dorp:file"},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Viam(**options)  # type: ignore[arg-type]
