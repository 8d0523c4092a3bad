"""Client of Predictive Play: sports odds with what was known when, as Arrow, pandas or Polars.

    from predictive_play import Client

    client = Client("http://127.0.0.1:8080")
    closing = client.closing(sport="basketball.nba", from_="2026-01-01T00:00:00Z").to_pandas()
"""

from .answer import Absence, Answer
from .client import Client
from .errors import (
    AccessError,
    BrokenAnswerError,
    NotFoundError,
    PredictivePlayError,
    ProblemError,
    UnavailableError,
    UnreachableError,
)

__all__ = [
    "Absence",
    "AccessError",
    "Answer",
    "BrokenAnswerError",
    "Client",
    "NotFoundError",
    "PredictivePlayError",
    "ProblemError",
    "UnavailableError",
    "UnreachableError",
]
