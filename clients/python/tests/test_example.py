"""The example over the real program: its features are of their moment and nothing later, and its labels of what came after."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas
import season
from predictive_play import Client
from running import Running
from season import GAMES

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "clients/python/examples/leak_free_table.py"
NFL = "football.nfl"


def example() -> ModuleType:
    """The example, as a module."""
    spec = importlib.util.spec_from_file_location("leak_free_table", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def features(table: pandas.DataFrame) -> pandas.DataFrame:
    """What was asked, and the features."""
    return table[[name for name in table.columns if not name.startswith("l_")]]


def labels(table: pandas.DataFrame) -> pandas.DataFrame:
    """The labels."""
    return table[[name for name in table.columns if name.startswith("l_")]]


class LeakFree(unittest.TestCase):
    """A store of our made-up season, with features an hour before each start."""

    def setUp(self) -> None:
        self.running = Running()
        self.addCleanup(self.running.close)
        bodies = self.running.path / "bodies"
        season.write(bodies)
        self.running.replay("the-odds-api", "odds", bodies / "odds")
        self.running.replay("the-odds-api", "event_odds", bodies / "event_odds")
        self.running.replay("espn", "summary", bodies / "summary", ["--sport", "football/nfl"])
        self.running.serve()
        self.client = Client(self.running.url)
        self.example = example()

    def games(self) -> pandas.DataFrame:
        table: pandas.DataFrame = self.example.games(self.client, NFL, 1.0, "fanduel", "exact", False)
        return table

    def props(self) -> pandas.DataFrame:
        table: pandas.DataFrame = self.example.props(self.client, NFL, 1.0, "exact", False)
        return table

    def put_in(self, before: timedelta, price: float) -> None:
        """One more reply of the first game, which tells of a moment before its start."""
        game, at = GAMES[0], GAMES[0].starts_at - before
        told: list[dict[str, Any]] = [season.odds_of(one, at) for one in GAMES]
        for book in told[0]["bookmakers"]:
            book["markets"][0]["outcomes"][0]["price"] = price
        prop = season.props_of(game, at)
        for book in prop["bookmakers"]:
            book["markets"][0]["outcomes"][0]["price"] = price
        for endpoint, body in (("odds", told), ("event_odds", prop)):
            folder = self.running.path / f"more_{endpoint}_{season.file_stamp(at)}"
            folder.mkdir()
            (folder / "reply.json").write_text(json.dumps(body))
            self.running.replay("the-odds-api", endpoint, folder)

    def test_features_are_of_the_moment_and_labels_of_what_came(self) -> None:
        table = self.games()
        self.assertEqual(table["home"].tolist(), [game.home for game in GAMES])
        for game, row in zip(GAMES, table.to_dict("records")):
            seen = game.starts_at - season.BEFORE[2]
            self.assertEqual(row["f_home_best"], season.home_price(game, seen, "fanduel"), "of five minutes before the moment, at the better book")
            self.assertEqual(row["f_start_in_secs"], 3600.0)
            self.assertEqual(row["f_books"], 2)
            close = season.home_price(game, game.starts_at - season.BEFORE[-1], "fanduel")
            self.assertEqual((row["l_home_close"], row["l_home_won"]), (close, float(game.score[0] > game.score[1])))
        props = self.props()
        self.assertEqual(len(props), len(GAMES) * len(season.BOOKS))
        by_player = props[props["book"] == "fanduel"].set_index("subject")
        for game in GAMES:
            row = by_player.loc[game.player]
            self.assertEqual((row["line"], row["l_did_rec_yds"]), (64.5, game.yards))
            self.assertEqual(row["l_result"], "win" if game.yards > 64.5 else "loss")

    def test_a_price_after_the_moment_never_changes_a_feature(self) -> None:
        games, props = self.games(), self.props()
        for before in (timedelta(minutes=59, seconds=59), timedelta(minutes=2)):
            self.put_in(before, 5.5)
        after_games, after_props = self.games(), self.props()
        pandas.testing.assert_frame_equal(features(after_games), features(games))
        pandas.testing.assert_frame_equal(features(after_props), features(props))
        self.assertFalse(labels(after_games).equals(labels(games)), "it is the close now: what was put in was seen")
        self.assertFalse(labels(after_props).equals(labels(props)))

    def test_a_price_of_before_that_comes_later_does_unless_only_what_was_known_then_counts(self) -> None:
        games = self.games()
        asked = [(event, moment) for event, moment in zip(games["event_id"], games["as_of"])]
        known = datetime.now(timezone.utc)
        before = self.client.as_of_boards(asked, known_at=known).to_arrow()
        self.put_in(timedelta(minutes=61), 5.5)
        self.assertFalse(features(self.games()).equals(features(games)), "so the test above can fail")
        self.assertEqual(self.client.as_of_boards(asked, known_at=known).to_arrow().to_pylist(), before.to_pylist())
        self.assertGreater(before.num_rows, 0)
        then: pandas.DataFrame = self.example.games(self.client, NFL, 1.0, "fanduel", "exact", True)
        self.assertTrue(then["f_home_fair"].isna().all(), "nothing was recorded then: it was replayed today")


class OfTheRecordedSeason(unittest.TestCase):
    """What docs/python.md says that the example says."""

    def test_the_figures_in_the_documents_are_those_of_the_example(self) -> None:
        running = Running()
        self.addCleanup(running.close)
        running.replay("football-data", "season", ROOT / "data/recorded/premier-league-2022-23.csv")
        running.serve()
        more = ["--sport", "soccer.eng.1", "--quality", "phase", "--out", str(running.path / "tables")]
        command = [sys.executable, str(EXAMPLE), "--url", running.url, *more]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        self.assertIn(said.strip(), (ROOT / "docs/python.md").read_text(), said)


if __name__ == "__main__":
    unittest.main()
