"""Boards as tables: one row a quote, whether it comes as JSON or as Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

WORD = pa.dictionary(pa.int32(), pa.string())
TIME = pa.timestamp("us", "UTC")
PRICE = pa.decimal128(16, 9)
LINE = pa.decimal128(10, 3)

#: One row a quote, as `Client.odds` and `Client.as_of_boards` give it; `docs/tables.md` says what each column is. A board without quotes
#: is one row whose quote is null, and `absent` says why.
BOARDS = pa.schema(
    [
        ("event_id", WORD),
        ("as_of", TIME),
        ("sport", WORD),
        ("starts_at", TIME),
        ("status", WORD),
        ("home", WORD),
        ("away", WORD),
        ("provider", WORD),
        ("book", WORD),
        ("market", WORD),
        ("period", WORD),
        ("subject", WORD),
        ("player_id", WORD),
        ("selection", WORD),
        ("line_exact", LINE),
        ("line", pa.float64()),
        ("stance", WORD),
        ("is_prop", pa.bool_()),
        ("is_alternate", pa.bool_()),
        ("is_understood", pa.bool_()),
        ("is_best", pa.bool_()),
        ("is_aggregate", pa.bool_()),
        ("state", WORD),
        ("price_exact", PRICE),
        ("price", pa.float64()),
        ("first_seen_at", TIME),
        ("changed_at", TIME),
        ("observed_at", TIME),
        ("observed_basis", WORD),
        ("book_seen_at", TIME),
        ("not_observed_since", TIME),
        ("reply_id", pa.int64()),
        ("confirmed_by", pa.int64()),
        ("absent", pa.string()),
    ]
)

# Of the board and of the quote, taken as they are.
OF_BOARD = ("sport", "status", "home", "away")
OF_QUOTE = (
    "provider",
    "book",
    "market",
    "period",
    "subject",
    "player_id",
    "selection",
    "stance",
    "is_prop",
    "is_alternate",
    "is_understood",
    "is_best",
    "is_aggregate",
    "state",
    "observed_basis",
)
TIMES_OF_QUOTE = ("first_seen_at", "changed_at", "observed_at", "book_seen_at", "not_observed_since")


def table_of(boards: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Boards as the service tells them in JSON, as a table."""
    columns: dict[str, list[Any]] = {name: [] for name in BOARDS.names}
    for board in boards:
        for row in rows_of(board):
            for name, values in columns.items():
                values.append(row.get(name))
    arrays = [pa.array(columns[field.name], type=field.type) for field in BOARDS]
    return pa.Table.from_arrays(arrays, schema=BOARDS)


def rows_of(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each quote of a board, or one that says why there is none."""
    of_board: dict[str, Any] = {name: board.get(name) for name in OF_BOARD}
    of_board["event_id"] = board["id"]
    of_board["as_of"] = time_of(board.get("as_of"))
    of_board["starts_at"] = time_of(board.get("starts_at"))
    quotes = board.get("quotes", [])
    if not quotes:
        reasons = [str(absence["reason"]) for absence in board.get("absent", [])]
        yield {**of_board, "absent": "; ".join(reasons) or "no quote fits"}
    for quote in quotes:
        row = {**of_board, **{name: quote.get(name) for name in OF_QUOTE}}
        row.update({name: time_of(quote.get(name)) for name in TIMES_OF_QUOTE})
        row["line_exact"], row["line"] = exact(quote.get("line"), 3)
        row["price_exact"], row["price"] = exact(quote.get("price"), 9)
        row["reply_id"] = reply_id(quote.get("reply"))
        row["confirmed_by"] = reply_id(quote.get("confirmed_by"))
        yield row


def time_of(text: str | None) -> datetime | None:
    """A moment of the service."""
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))


def exact(number: Decimal | int | None, places: int) -> tuple[Decimal | None, float | None]:
    """A number exactly, and as a float."""
    if number is None:
        return None, None
    return Decimal(number).quantize(Decimal(1).scaleb(-places)), float(number)


def reply_id(text: str | None) -> int | None:
    """A reply's id as the number that the tables of history have."""
    return None if text is None else int(text, 16)
