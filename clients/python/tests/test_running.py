"""The client against the real program, over a store that `replay` filled with our made-up season."""

from __future__ import annotations

import re
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pandas
import polars
import pyarrow as pa
import pyarrow.compute
import season
from predictive_play import Client, NotFoundError, ProblemError
from predictive_play.boards import BOARDS
from running import Running
from season import GAMES

NFL = "football.nfl"


class Filled(unittest.TestCase):
    """Every question, over one store that nobody changes."""

    running: Running
    client: Client
    ids: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.running = Running()
        cls.addClassCleanup(cls.running.close)
        bodies = cls.running.path / "bodies"
        season.write(bodies)
        cls.running.replay("the-odds-api", "odds", bodies / "odds")
        cls.running.replay("the-odds-api", "event_odds", bodies / "event_odds")
        cls.running.replay("espn", "summary", bodies / "summary", ["--sport", "football/nfl"])
        cls.running.serve()
        cls.client = Client(cls.running.url)
        events = cls.client.events(sport=NFL).to_arrow().to_pylist()
        cls.ids = {event["home"]: event["event_id"] for event in events}

    def id_of(self, game: season.Game) -> str:
        return self.ids[game.home]

    def test_events_and_results_come_by_start(self) -> None:
        events = self.client.events(sport=NFL).to_arrow()
        self.assertEqual(events.column("home").to_pylist(), [game.home for game in GAMES])
        self.assertEqual(events.column("starts_at").to_pylist(), [game.starts_at for game in GAMES])
        second_week = self.client.events(sport=NFL, from_=GAMES[2].starts_at - timedelta(days=1))
        self.assertEqual(second_week.to_arrow().column("home").to_pylist(), [game.home for game in GAMES[2:]])
        results = self.client.results(sport=NFL).to_arrow().select(["home_score", "away_score", "status"]).to_pylist()
        self.assertEqual([(row["home_score"], row["away_score"]) for row in results], [game.score for game in GAMES])
        self.assertEqual({row["status"] for row in results}, {"final"})

    def test_history_has_every_change_and_comes_in_batches_too(self) -> None:
        asked: dict[str, Any] = {"event": self.id_of(GAMES[0]), "market": "moneyline", "book": "draftkings"}
        history = self.client.history(**asked).to_arrow()
        home = [row["price_exact"] for row in history.to_pylist() if row["selection"] == "home"]
        moments = [GAMES[0].starts_at - before for before in season.BEFORE] + [GAMES[0].starts_at + season.IN_PLAY]
        expected = [Decimal(str(season.home_price(GAMES[0], at, "draftkings"))) for at in moments]
        self.assertEqual(home, expected)
        batches = list(self.client.history_batches(**asked))
        self.assertEqual(sum(batch.num_rows for batch in batches), history.num_rows)
        then = self.client.history(**asked, as_of=moments[1]).to_arrow()
        self.assertEqual(then.num_rows, 4, "two sides, twice")
        with self.assertRaises(ValueError):
            next(self.client.history_batches("odd"))

    def test_closing_lines_are_exact_unless_others_are_asked_for(self) -> None:
        closing = self.client.closing(sport=NFL, market="moneyline").to_arrow().to_pylist()
        self.assertEqual({row["closing_quality"] for row in closing}, {"exact"})
        home = {(row["home"], row["book"]): row["closing_price_exact"] for row in closing if row["selection"] == "home"}
        last = {
            (game.home, book): Decimal(str(season.home_price(game, game.starts_at - season.BEFORE[-1], book)))
            for game in GAMES
            for book in season.BOOKS
        }
        self.assertEqual(home, last, "four minutes before the start, and never in play")
        self.assertEqual(len(self.client.closing(sport=NFL, market="moneyline", quality="late")), 0)
        before = GAMES[0].starts_at - season.BEFORE[1]
        self.assertEqual(len(self.client.closing(event=self.id_of(GAMES[0]), quality=None, as_of=before)), 0, "it has not begun")

    def test_props_say_what_became_of_them(self) -> None:
        props = self.client.props(sport=NFL, book="fanduel").to_arrow().to_pylist()
        result = {(row["subject"], row["selection"]): row["result"] for row in props}
        expected = {}
        for game in GAMES:
            expected[(game.player, "over")] = "win" if game.yards > 64.5 else "loss"
            expected[(game.player, "under")] = "loss" if game.yards > 64.5 else "win"
        self.assertEqual(result, expected)
        stats = self.client.stats(sport=NFL).to_arrow().to_pylist()
        yards = {row["player"]: row["value"] for row in stats if row["stat"] == "rec_yds"}
        self.assertEqual(yards, {game.player: game.yards for game in GAMES})

    def test_injuries_that_nobody_told_are_an_empty_table(self) -> None:
        injuries = self.client.injuries(sport=NFL).to_arrow()
        self.assertEqual(injuries.num_rows, 0)
        self.assertIn("expected_return", injuries.column_names)

    def test_boards_of_many_moments_are_those_of_each(self) -> None:
        asked = [(self.id_of(game), game.starts_at - before + timedelta(minutes=1)) for game in GAMES for before in season.BEFORE]
        asked = asked[::2] + asked[1::2] + asked[:1]
        boards = self.client.as_of_boards(asked).to_arrow()
        self.assertEqual(boards.column_names, ["row", *BOARDS.names])
        self.assertEqual(boards.column("row").to_pylist(), sorted(boards.column("row").to_pylist()))
        for place, (event, at) in enumerate(asked):
            single = self.client.odds(event, as_of=at).to_arrow()
            mine = boards.filter(pa.compute.equal(boards.column("row"), place)).drop_columns(["row"])
            self.assertEqual(mine.schema, single.schema)
            self.assertEqual(mine.to_pylist(), single.to_pylist(), f"{event} as of {at}")
            self.assertGreater(single.num_rows, 0)

    def test_a_row_that_has_no_board_says_why_and_the_others_are_answered(self) -> None:
        game, start = self.id_of(GAMES[0]), GAMES[0].starts_at
        asked = [("no such game", start), (game, start - timedelta(days=30)), (GAMES[0].odds_id, start), (game, start, start)]
        rows = self.client.as_of_boards(asked).to_arrow().to_pylist()
        by_row = {row["row"]: row for row in rows}
        self.assertIn("no such game", by_row[0]["absent"])
        self.assertIsNone(by_row[0]["book"])
        self.assertIn("no reply had brought quotes", by_row[1]["absent"])
        self.assertEqual((by_row[2]["home"], by_row[2]["absent"]), (GAMES[0].home, None), "a provider's own id is taken")
        self.assertIn("not known yet", by_row[3]["absent"], "nothing was recorded by then: it was replayed today")

    def test_every_table_has_the_shape_that_its_method_says(self) -> None:
        answers = {
            name: getattr(self.client, name)(sport=NFL) for name in ("events", "history", "closing", "props", "results", "injuries", "stats")
        }
        answers["odds"] = self.client.odds(self.id_of(GAMES[0]))
        answers["as_of_boards"] = self.client.as_of_boards([(self.id_of(GAMES[0]), GAMES[0].starts_at)])
        for name, answer in answers.items():
            said = re.search(r"Shape: \(\w+, (\d+)\)", getattr(Client, name).__doc__)
            assert said is not None, name
            self.assertEqual(answer.to_arrow().num_columns, int(said.group(1)), name)

    def test_tables_of_every_kind_are_taken_and_given(self) -> None:
        pairs = [(self.id_of(game), game.starts_at) for game in GAMES]
        table = pa.table({"event_id": [pair[0] for pair in pairs], "as_of": [pair[1] for pair in pairs], "label": [1, 2, 3, 4]})
        expected = self.client.as_of_boards(pairs, market="moneyline").to_arrow()
        for frame in (table, table.to_pandas(), polars.from_arrow(table)):
            self.assertEqual(self.client.as_of_boards(frame, market="moneyline").to_arrow().to_pylist(), expected.to_pylist())
        answer = self.client.as_of_boards(pairs, market="moneyline")
        self.assertEqual(answer.to_pandas().groupby("row").size().tolist(), answer.to_polars().group_by("row").len().sort("row")["len"].to_list())
        self.assertIsInstance(answer.to_pandas(arrow_types=True)["price"].dtype, pandas.ArrowDtype)
        self.assertEqual(len(self.client.as_of_boards([])), 0)

    def test_what_stands_now_comes_for_an_event_or_for_many(self) -> None:
        one = self.client.odds(self.id_of(GAMES[3]), market="moneyline")
        self.assertEqual(set(one.to_arrow().column("state").to_pylist()), {"not_observed"}, "the game is long over")
        span: dict[str, Any] = {"from_": GAMES[0].starts_at, "to": GAMES[1].starts_at, "as_of": GAMES[0].starts_at}
        many = self.client.odds(sport=NFL, market="moneyline", **span).to_arrow()
        self.assertEqual(set(many.column("home").to_pylist()), {game.home for game in GAMES[:2]})
        nothing = self.client.odds(sport="cricket", as_of=GAMES[0].starts_at)
        self.assertEqual((len(nothing), nothing.absent[0].state), (0, "not_covered"))
        with self.assertRaises(NotFoundError):
            self.client.odds("0" * 32)

    def test_what_cannot_be_asked_is_refused_with_what_is_right(self) -> None:
        with self.assertRaises(ProblemError) as caught:
            self.client.closing(quality="perfect")
        self.assertIn("exact", caught.exception.detail)
        game = self.id_of(GAMES[0])
        with self.assertRaisesRegex(ValueError, "no zone"):
            self.client.as_of_boards([(game, datetime(2025, 9, 7))])
        with self.assertRaisesRegex(ValueError, "row 1"):
            self.client.as_of_boards([(game, datetime.now(timezone.utc)), (game,)])
        with self.assertRaisesRegex(ProblemError, "row 1"):
            self.client.as_of_boards([(game, "yesterday")])
        with self.assertRaisesRegex(ValueError, "as_of"):
            self.client.as_of_boards(pa.table({"event_id": [game]}))


if __name__ == "__main__":
    unittest.main()
