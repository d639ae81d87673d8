"""How to connect, under the names of the official client."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Credentials", "DialOptions"]


@dataclass
class Credentials:
    """What proves who is calling.

    Attributes:
        type: `api-key`; a `robot-secret` opens machines, not the platform.
        payload: the secret.
    """

    type: Literal["robot-secret", "api-key"]
    payload: str = field(repr=False)


class DialOptions:
    """Options of a connection.

    Attributes:
        disable_webrtc: kept for programs that set it; the platform is always called directly.
        auth_entity: who logs in: the identifier of the API key.
        credentials: the proof.
        insecure: connect in the clear.
        allow_insecure_downgrade: kept for programs that set it; a connection to the platform has credentials.
        allow_insecure_with_creds_downgrade: go on in the clear, with the credentials, where the server speaks no TLS.
        max_reconnect_attempts: kept for programs that set it; each call connects when there is no connection.
        initial_connection_attempts: how often connecting is tried; 0 and less for without end.
        initial_connection_attempt_timeout: seconds of each of these tries, `timeout` unless stated.
        timeout: seconds until the login is given up.
    """

    disable_webrtc: bool
    auth_entity: str | None
    credentials: Credentials | None
    insecure: bool
    allow_insecure_downgrade: bool
    allow_insecure_with_creds_downgrade: bool
    max_reconnect_attempts: int
    initial_connection_attempts: int
    initial_connection_attempt_timeout: float
    timeout: float

    def __init__(
        self,
        *,
        disable_webrtc: bool = False,
        auth_entity: str | None = None,
        credentials: Credentials | None = None,
        insecure: bool = False,
        allow_insecure_downgrade: bool = False,
        allow_insecure_with_creds_downgrade: bool = False,
        max_reconnect_attempts: int = 3,
        timeout: float = 20,
        initial_connection_attempts: int = 3,
        initial_connection_attempt_timeout: float | None = None,
    ) -> None:
        """Keep the options as they are; arguments as the attributes."""
        self.disable_webrtc = disable_webrtc
        self.auth_entity = auth_entity
        self.credentials = credentials
        self.insecure = insecure
        self.allow_insecure_downgrade = allow_insecure_downgrade
        self.allow_insecure_with_creds_downgrade = allow_insecure_with_creds_downgrade
        self.max_reconnect_attempts = max_reconnect_attempts
        self.timeout = timeout
        self.initial_connection_attempts = initial_connection_attempts
        self.initial_connection_attempt_timeout = initial_connection_attempt_timeout or timeout

    @classmethod
    def with_api_key(cls, api_key: str, api_key_id: str) -> Self:
        """Make options of an API key.

        Args:
            api_key: the key.
            api_key_id: its identifier, a UUID.

        Raises:
            ValueError: the identifier is no UUID. TypeError: it is no text.
        """
        if not isinstance(api_key_id, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a checker
            raise TypeError("api_key_id is a str")  # not its value: it may be the key
        try:
            uuid.UUID(api_key_id)
        except ValueError:
            raise ValueError("api_key_id is not a valid UUID; are the arguments swapped?") from None
        return cls(credentials=Credentials(type="api-key", payload=api_key), auth_entity=api_key_id)
