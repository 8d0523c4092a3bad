"""The client: each question of the service as a method that answers with a table."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from . import asked, boards
from .answer import Absence, Answer
from .asked import Moment, Words
from .errors import BrokenAnswerError
from .transport import Body, Transport

#: The tables of history.
TABLES = ("events", "odds", "closing", "props", "results", "injuries", "stats")


class Client:
    """Asks one Predictive Play.

    Every method answers with an `Answer`: `to_arrow()`, `to_pandas()` and `to_polars()` give the rows. Columns are those of `docs/tables.md`;
    times are in UTC, prices decimal odds, exact in `price_exact` and as a float in `price`.

    Moments are texts like `2026-03-31T23:10:00Z` or `datetime`s with a zone. `sport` is a league (`basketball.nba`), a sport (`basketball`)
    or a provider's key; it and `event`, `market`, `book` take one word or several. `as_of` is the world's time, `known_at` ours: by what had
    been recorded then.

    A service that is busy (429, 503) is asked again as soon as it says that it may be; all other refusals are exceptions at once, and carry
    what the service said (`ProblemError.detail`).

    Args:
        base_url: where it answers, like `http://127.0.0.1:8080`.
        api_key: a key; none is needed on the machine itself.
        timeout: seconds of silence after which a line is given up.
        tries: how often a busy service is asked.
        longest_wait: the longest pause between two tries, in seconds; where the service wants a longer one, it is an error at once.
        sleep: how to wait; for tests.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8080",
        api_key: str | None = None,
        *,
        timeout: float = 60.0,
        tries: int = 5,
        longest_wait: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = Transport(base_url, api_key, timeout, tries, longest_wait, sleep)

    def events(
        self,
        *,
        sport: Words | None = None,
        event: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
    ) -> Answer:
        """Events that start in a span: one row each with `event_id`, `starts_at`, `home`, `away`, `status` ...

        Shape: (events, 12), by start.
        """
        return self._table("events", moments(from_, to, as_of, known_at), {"sport": sport, "event": event})

    def history(
        self,
        *,
        sport: Words | None = None,
        event: Words | None = None,
        market: Words | None = None,
        book: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
        columns: Words | None = None,
    ) -> Answer:
        """Every change of every quote of events that start in a span: opened, moved, suspended, returned, withdrawn.

        Shape: (changes, 29), by start, event and the order of the world. A table that does not fit into memory comes with `history_batches`.
        """
        lists = {"sport": sport, "event": event, "market": market, "book": book, "columns": columns}
        return self._table("odds", moments(from_, to, as_of, known_at), lists)

    def history_batches(
        self,
        table: str = "odds",
        *,
        sport: Words | None = None,
        event: Words | None = None,
        market: Words | None = None,
        book: Words | None = None,
        quality: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
        columns: Words | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Any table of history, batch by batch as it comes, never more than one of them in memory.

        `table` is `events`, `odds`, `closing`, `props`, `results`, `injuries` or `stats`. Of `closing` and `props` every quality comes that is
        not left out by `quality`.
        """
        if table not in TABLES:
            raise ValueError(f"there is no table {table!r}: {', '.join(TABLES)}")
        lists = {"sport": sport, "event": event, "market": market, "book": book, "quality": quality, "columns": columns}
        reader, _ = self._reader(table, moments(from_, to, as_of, known_at), lists)
        yield from read(reader)

    def closing(
        self,
        *,
        quality: Words | None = "exact",
        sport: Words | None = None,
        event: Words | None = None,
        market: Words | None = None,
        book: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
    ) -> Answer:
        """Opening and closing quotes of events that have begun, a row for each book and selection, with its result where a score decides it.

        Only closes that were measured at most ten minutes before the start come, unless another `quality` is asked for: `late`,
        `first_seen_only`, `phase` (a source that says only "closing"), several of them, or `None` for all; `closing_quality` tells each row's.

        Shape: (rows, 34), by start, event, book, market and selection.
        """
        return self._closing("closing", quality, moments(from_, to, as_of, known_at), sport, event, market, book)

    def props(
        self,
        *,
        quality: Words | None = "exact",
        sport: Words | None = None,
        event: Words | None = None,
        market: Words | None = None,
        book: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
    ) -> Answer:
        """The same of markets about a player: `subject` and `player_id` say which, `result` is by what he did.

        Shape: (rows, 34), by start, event, book, market and player.
        """
        return self._closing("props", quality, moments(from_, to, as_of, known_at), sport, event, market, book)

    def results(
        self,
        *,
        sport: Words | None = None,
        event: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
    ) -> Answer:
        """Scores of events that have one or are over; the end is where `status` is `final`.

        Shape: (events, 15), by start.
        """
        return self._table("results", moments(from_, to, as_of, known_at), {"sport": sport, "event": event})

    def injuries(
        self,
        *,
        sport: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
    ) -> Answer:
        """Every change of what is said of players' health that was seen in a span. What stood at a moment is the last row of each
        `provider`, `list` and `provider_player_id` up to it, where that is not `gone`.

        Shape: (changes, 19), by day and the order of the world.
        """
        return self._table("injuries", moments(from_, to, as_of, known_at), {"sport": sport})

    def stats(
        self,
        *,
        sport: Words | None = None,
        event: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
    ) -> Answer:
        """What players did: a row for each player and figure; figures may rise until `is_final`.

        Shape: (figures, 20), by start, event, player and figure.
        """
        return self._table("stats", moments(from_, to, as_of, known_at), {"sport": sport, "event": event})

    def odds(
        self,
        event: str | None = None,
        *,
        sport: Words | None = None,
        market: Words | None = None,
        book: Words | None = None,
        provider: Words | None = None,
        from_: Moment | None = None,
        to: Moment | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
    ) -> Answer:
        """What stands now (or stood at `as_of`): the board of one event, or the boards of all that start in a span.

        Without `event` markets about players come only where `market` names them, and events begin six hours ago where `from_` says nothing.
        Each quote has its `state` and times; a price that can be bet on has the state `live`.

        Shape: (quotes, 34): `predictive_play.boards.BOARDS`. For many events at moments of their own ask `as_of_boards`.
        """
        lists = {"market": market, "book": book, "provider": provider}
        if event is not None:
            if sport is not None or from_ is not None or to is not None:
                raise ValueError("an event is one: sport, from_ and to choose among many")
            parameters = asked.parameters({"as_of": as_of, "known_at": known_at}, lists)
            board, is_replay = self._transport.json(f"/v1/events/{quoted(event)}/odds", parameters)
            return Answer(boards.table_of([board]), is_replay, absences(board))
        parameters = asked.parameters(moments(from_, to, as_of, known_at), {**lists, "sport": sport})
        found, absent, is_replay = self._pages(parameters)
        return Answer(boards.table_of(found), is_replay, absent)

    def as_of_boards(
        self,
        events_and_times: Any,
        *,
        known_at: Moment | None = None,
        market: Words | None = None,
        book: Words | None = None,
        provider: Words | None = None,
        player: str | None = None,
    ) -> Answer:
        """The boards of many events, each as of its own moment.

        Args:
            events_and_times: pairs `(event_id, as_of)` or triples with `known_at`; or a pandas or Polars frame or Arrow table with the columns
                `event_id`, `as_of` and perhaps `known_at` (others are left alone).
            known_at: by what had been recorded at this moment, for rows that do not say so themselves.
            market, book, provider: quotes of these alone.
            player: props of a player alone, by a part of his name or his id.

        Shape: (quotes, 35): the column `row`, the place of the row that was asked (from 0), before those of
        `predictive_play.boards.BOARDS`; by `row`. Each row that was asked is there: one without quotes is one row whose quote is null, and
        `absent` says why; an event that is not known is no error.
        """
        rows = asked.rows(events_and_times)
        lists = {"market": market, "book": book, "provider": provider, "player": player}
        parameters = asked.parameters({"known_at": known_at}, lists)
        tables, is_replay = [], False
        for places in asked.in_parts(rows):
            table, is_replay = self._boards([rows[place] for place in places], parameters)
            at = table.column_names.index("row")
            tables.append(table.set_column(at, "row", pa.array(places, pa.int64()).take(table.column(at))))
        if not tables:
            return Answer(boards.BOARDS.insert(0, pa.field("row", pa.int64())).empty_table())
        return Answer(pa.concat_tables(tables).unify_dictionaries().sort_by("row"), is_replay)

    def _boards(self, rows: list[asked.Row], parameters: dict[str, str]) -> tuple[pa.Table, bool]:
        body, is_replay = self._transport.stream("/v1/boards.arrow", parameters, asked.as_csv(rows), "text/csv")
        reader = opened(body)
        table = pa.Table.from_batches(read(reader), reader.schema).unify_dictionaries()
        if table.column("row").unique().sort().to_pylist() != list(range(len(rows))):
            raise BrokenAnswerError(f"{body.url} did not answer every row")
        return table, is_replay

    def _table(self, table: str, times: dict[str, Moment | None], lists: dict[str, Words | None]) -> Answer:
        reader, is_replay = self._reader(table, times, lists)
        schema = reader.schema
        return Answer(pa.Table.from_batches(read(reader), schema).unify_dictionaries(), is_replay)

    def _closing(
        self,
        table: str,
        quality: Words | None,
        times: dict[str, Moment | None],
        sport: Words | None,
        event: Words | None,
        market: Words | None,
        book: Words | None,
    ) -> Answer:
        lists = {"quality": quality, "sport": sport, "event": event, "market": market, "book": book}
        return self._table(table, times, lists)

    def _reader(self, table: str, times: dict[str, Moment | None], lists: dict[str, Words | None]) -> tuple[Any, bool]:
        parameters = {"table": table, **asked.parameters(times, lists)}
        body, is_replay = self._transport.stream("/v1/history.arrow", parameters)
        return opened(body), is_replay

    def _pages(self, parameters: dict[str, str]) -> tuple[list[Any], tuple[Absence, ...], bool]:
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page, is_replay = self._transport.json("/v1/odds", {**parameters, **cursor, "limit": "100"})
            found += page["events"]
            if "next" not in page:
                return found, absences(page), is_replay
            cursor = {"cursor": page["next"]}


def moments(
    from_: Moment | None, to: Moment | None, as_of: Moment | None, known_at: Moment | None
) -> dict[str, Moment | None]:
    """The moments of a question by their names."""
    return {"from": from_, "to": to, "as_of": as_of, "known_at": known_at}


def quoted(event: str) -> str:
    """An id inside a path."""
    return urllib.parse.quote(event, safe="")


def absences(told: dict[str, Any]) -> tuple[Absence, ...]:
    """What an answer says is not there: one absence of a list, several of a board."""
    absent = told.get("absent") or []
    return tuple(Absence.of(one) for one in (absent if isinstance(absent, list) else [absent]))


def opened(body: Body) -> Any:
    """The table of an answer, of which the first bytes have come."""
    try:
        return pa.ipc.open_stream(body)
    except (pa.ArrowException, OSError) as error:
        raise BrokenAnswerError(f"{body.url} answered what is no Arrow stream: {error}") from error


def read(reader: Any) -> Iterator[pa.RecordBatch]:
    """The batches of an answer; one that breaks off is an error."""
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (pa.ArrowException, OSError) as error:
            raise BrokenAnswerError(f"an answer broke off: {error}") from error
        yield batch
