"""Asking over HTTP: the key, patience with a busy service, and answers that break off told from those that end."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import IO, Any

from .errors import BrokenAnswerError, PredictivePlayError, UnreachableError, refusal

# Statuses after which the same question may be answered a little later.
BUSY = (429, 503)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The service never sends elsewhere; whoever does so must not get the key."""

    def redirect_request(self, *_: Any) -> None:
        """Follows none."""


class Body:
    """The bytes of an answer as they come; what breaks off is an error, never an end."""

    def __init__(self, response: http.client.HTTPResponse, url: str) -> None:
        self.response = response
        self.url = url
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none at the end."""
        try:
            return self.response.read(None if size is None or size < 0 else size)
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise BrokenAnswerError(f"the answer of {self.url} broke off: {error!r}") from error

    def readable(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Lets the line go."""
        self.closed = True
        self.response.close()


class Transport:
    """Asks one service, with its key."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        timeout: float,
        tries: int,
        longest_wait: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urllib.parse.urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"base_url={base_url!r} is no address: like http://127.0.0.1:8080")
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self.timeout = timeout
        self.tries = max(tries, 1)
        self.longest_wait = longest_wait
        self.sleep = sleep
        # A proxy of the environment cannot reach this machine's own loopback.
        proxies = [urllib.request.ProxyHandler({})] if parts.hostname in LOOPBACK else []
        self.opener = urllib.request.build_opener(NoRedirects(), *proxies)

    def url(self, path: str, parameters: Mapping[str, str]) -> str:
        """The address of a question."""
        query = urllib.parse.urlencode(parameters)
        return f"{self.base_url}{path}" + (f"?{query}" if query else "")

    def open(
        self, path: str, parameters: Mapping[str, str], body: bytes | None = None, kind: str | None = None
    ) -> http.client.HTTPResponse:
        """An answer that is good and begins to come. Asks again where the service says that it is busy, as long as it says."""
        url = self.url(path, parameters)
        headers = {"User-Agent": "predictive-play-python"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        if kind:
            headers["Content-Type"] = kind
        for turn in range(self.tries):
            request = urllib.request.Request(url, data=body, headers=headers, method="GET" if body is None else "POST")
            try:
                response: http.client.HTTPResponse = self.opener.open(request, timeout=self.timeout)
                return response
            except urllib.error.HTTPError as error:
                wait = retry_after(error.headers.get("Retry-After"))
                problem = problem_of(error)
                pause = wait if wait is not None else 0.5 * 2**turn
                if error.code not in BUSY or turn + 1 == self.tries or pause > self.longest_wait:
                    raise refusal(error.code, problem, url, wait) from None
                self.sleep(pause)
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                raise UnreachableError(f"{url} cannot be reached: {getattr(error, 'reason', error)}") from error
        raise PredictivePlayError("asked no time at all")

    def stream(
        self, path: str, parameters: Mapping[str, str], body: bytes | None = None, kind: str | None = None
    ) -> tuple[Body, bool]:
        """An answer as it comes, and whether it is of a replay."""
        response = self.open(path, parameters, body, kind)
        return Body(response, self.url(path, parameters)), is_replay(response)

    def json(self, path: str, parameters: Mapping[str, str]) -> tuple[dict[str, Any], bool]:
        """A JSON answer, its numbers exact, and whether it is of a replay."""
        body, replayed = self.stream(path, parameters)
        text = body.read()
        try:
            answer = json.loads(text, parse_float=Decimal)
        except ValueError as error:
            raise BrokenAnswerError(f"{body.url} answered what is no JSON: {error}") from error
        if not isinstance(answer, dict):
            raise BrokenAnswerError(f"{body.url} answered no object")
        return answer, replayed


def is_replay(response: http.client.HTTPResponse) -> bool:
    """Whether an answer is of recorded data that is played as if it were on."""
    return response.headers.get("x-predictive-play-source") == "replay"


def retry_after(text: str | None) -> float | None:
    """Seconds of a `Retry-After`, which may also be a date."""
    if text is None:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


def problem_of(answer: IO[bytes]) -> dict[str, Any]:
    """What the service says of a refusal; a proxy before it may say something else."""
    try:
        text = answer.read()
    except (http.client.HTTPException, OSError):
        text = b""
    try:
        problem = json.loads(text)
    except ValueError:
        return {"title": "Refused", "detail": text[:200].decode("utf-8", "replace")}
    return problem if isinstance(problem, dict) else {"title": "Refused", "detail": str(problem)[:200]}
