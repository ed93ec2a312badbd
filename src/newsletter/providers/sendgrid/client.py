"""SendGrid's official client over a transport that can tell whether a request was processed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import python_http_client

from newsletter.providers.base import CommitPoint, commit_always
from newsletter.providers.http_transport import Answer, Body, HttpTransport

ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Account:
    """A SendGrid account and its options for sending."""

    api_key: str
    host: str
    subuser: str = ""
    sandbox: bool = False
    """Whether SendGrid only validates messages and sends nothing."""
    categories: tuple[str, ...] = ()
    answer_seconds: float = ANSWER_SECONDS


class Client(python_http_client.Client):  # type: ignore[misc] # untyped
    """The official client, with its path segments (`client.mail.send.post(…)`), over `http_transport`."""

    def __init__(self, official: Any, wire: HttpTransport) -> None:
        super().__init__(official.host, dict(official.request_headers), official._version, official._url_path)  # noqa: SLF001 - there is no other way
        self._wire = wire

    def _build_client(self, name: str | None = None) -> Client:
        """Return a client for one more path segment. The official method would return a plain client."""
        client = Client(self, self._wire)
        client._url_path = [*self._url_path, name] if name else self._url_path
        return client

    def __getattr__(self, name: str) -> Any:
        if name not in self.methods:
            return super().__getattr__(name)

        def exchange(
            request_body: Body = b"",
            query_params: Mapping[str, str] | None = None,
            commit_point: CommitPoint = commit_always,
        ) -> Answer:
            path = self._build_url(query_params).removeprefix(self.host)
            headers = {**self.request_headers, "Content-Type": "application/json"}
            return self._wire.exchange(name.upper(), path, headers, request_body, commit_point)

        return exchange
