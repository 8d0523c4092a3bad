"""What is asked, as the service reads it: moments with their zone, lists with commas, tables of events and moments."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Union

import pyarrow as pa

#: A moment: RFC 3339 with its zone, or a `datetime` that has one.
Moment = Union[str, datetime]
#: One word, or several.
Words = Union[str, Iterable[str]]

# What one question of `POST /v1/boards` takes.
MOST_ROWS = 10_000


def moment(name: str, value: Moment) -> str:
    """A moment as text. One without a zone is refused: it would be another moment on another machine."""
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        raise TypeError(f"{name}={value!r} is no moment: a datetime with a zone, or a text like 2026-03-31T23:10:00Z")
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(f"{name}={value!r} has no zone: datetime(..., tzinfo=timezone.utc)")
    return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def words(value: Words) -> str:
    """Words with commas between them."""
    return value if isinstance(value, str) else ",".join(value)


def parameters(
    moments: Mapping[str, Moment | None] | None = None, lists: Mapping[str, Words | None] | None = None
) -> dict[str, str]:
    """The parameters of a question; what is `None` is not asked."""
    asked = {name: moment(name, value) for name, value in (moments or {}).items() if value is not None}
    asked.update({name: words(value) for name, value in (lists or {}).items() if value is not None})
    return asked


@dataclass(frozen=True)
class Row:
    """A board that is asked for."""

    event_id: str
    as_of: str
    known_at: str | None = None


def rows(asked: Any) -> list[Row]:
    """Rows of whatever holds them: pairs (or triples, with `known_at`), or a frame or table with these columns."""
    if hasattr(asked, "__arrow_c_stream__"):
        asked = pa.table(asked)
    if isinstance(asked, pa.Table):
        return of_table(asked)
    return [of_pair(number, pair) for number, pair in enumerate(asked)]


def of_table(table: pa.Table) -> list[Row]:
    """Rows of a table with the columns `event_id` and `as_of`, and perhaps `known_at`; others are left alone."""
    missing = [name for name in ("event_id", "as_of") if name not in table.column_names]
    if missing:
        raise ValueError(f"the table has no column {' and '.join(missing)}: it has {', '.join(table.column_names)}")
    names = [name for name in ("event_id", "as_of", "known_at") if name in table.column_names]
    columns = [table.column(name).to_pylist() for name in names]
    return [of_pair(number, pair) for number, pair in enumerate(zip(*columns))]


def of_pair(number: int, pair: Sequence[Any]) -> Row:
    """One row, or what is wrong with it."""
    if isinstance(pair, str) or len(pair) not in (2, 3):
        raise ValueError(f"row {number} is {pair!r}: (event_id, as_of) or (event_id, as_of, known_at)")
    if not isinstance(pair[0], str) or not pair[0]:
        raise ValueError(f"row {number} has no event: {pair!r}")
    known = moment(f"known_at of row {number}", pair[2]) if len(pair) == 3 else None
    return Row(pair[0], moment(f"as_of of row {number}", pair[1]), known)


def in_parts(asked: Sequence[Row]) -> list[list[int]]:
    """The places of rows as they are best asked: an event's together and its moments in their order, so many at once. Rows that say
    by when they are known stand apart from those that do not."""
    first: dict[str, int] = {}
    for place, row in enumerate(asked):
        first.setdefault(row.event_id, place)
    parts = []
    for has_known in (False, True):
        places = [at for at, row in enumerate(asked) if (row.known_at is not None) is has_known]
        places.sort(key=lambda at: (first[asked[at].event_id], asked[at].known_at or "", asked[at].as_of))
        parts += [places[start : start + MOST_ROWS] for start in range(0, len(places), MOST_ROWS)]
    return parts


def as_csv(asked: Sequence[Row]) -> bytes:
    """Rows of one part as the service reads them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    has_known = any(row.known_at is not None for row in asked)
    writer.writerow(["event_id", "as_of", "known_at"] if has_known else ["event_id", "as_of"])
    for row in asked:
        writer.writerow([row.event_id, row.as_of, row.known_at] if has_known else [row.event_id, row.as_of])
    return text.getvalue().encode()
