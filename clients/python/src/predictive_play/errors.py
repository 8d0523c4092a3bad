"""What can go wrong, as exceptions that carry what the service said of it."""

from __future__ import annotations

from typing import Any


class PredictivePlayError(Exception):
    """Every error of this package."""


class UnreachableError(PredictivePlayError):
    """Nobody answers at the address, or the line was cut before an answer began."""


class BrokenAnswerError(PredictivePlayError):
    """An answer broke off, or is not what was asked for. What came of it is dropped, for it is not all."""


class ProblemError(PredictivePlayError):
    """A refusal of the service, as its `application/problem+json` tells it.

    Attributes:
        status: the HTTP status.
        kind: which kind of error, as a path of the service's docs (`/docs#bad-parameter`).
        title: the error in a few words.
        detail: what was wrong, where, and what would be right.
        url: what was asked, without the key.
        problem: the whole of it.
    """

    def __init__(self, status: int, problem: dict[str, Any], url: str) -> None:
        self.status = status
        self.problem = problem
        self.url = url
        self.kind = str(problem.get("type", "about:blank"))
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        super().__init__(f"{status} {self.title}: {self.detail} ({url})")


class AccessError(ProblemError):
    """A key is needed, opens nothing, or may not do this (401, 403, 421)."""


class NotFoundError(ProblemError):
    """There is no such path or event (404); the detail names what looks like it."""


class UnavailableError(ProblemError):
    """Too much was asked, or the service cannot answer for now (429, 503), and it stayed so for all tries.

    Attributes:
        retry_after_secs: when to try again, where the service says so.
    """

    def __init__(self, status: int, problem: dict[str, Any], url: str, retry_after_secs: float | None) -> None:
        super().__init__(status, problem, url)
        self.retry_after_secs = retry_after_secs


def refusal(status: int, problem: dict[str, Any], url: str, retry_after_secs: float | None) -> ProblemError:
    """The exception of a refusal."""
    if status in (429, 503):
        return UnavailableError(status, problem, url, retry_after_secs)
    if status in (401, 403, 421):
        return AccessError(status, problem, url)
    if status == 404:
        return NotFoundError(status, problem, url)
    return ProblemError(status, problem, url)
