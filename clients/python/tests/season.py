"""Four games as two providers would tell them, made up by us: what the tests replay into a store.

Prices are asked a day, three hours, an hour, half an hour and four minutes before each start, and once in play, when they are far off: who
takes one of those for a close, or for a feature, is found out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

BOOKS = ("draftkings", "fanduel")
BEFORE = tuple(timedelta(minutes=minutes) for minutes in (26 * 60, 180, 65, 30, 4))
IN_PLAY = timedelta(minutes=20)


@dataclass(frozen=True)
class Game:
    """A game, its score, and what one player of it did."""

    number: int
    home: str
    away: str
    starts_at: datetime
    score: tuple[int, int]
    player: str
    yards: int

    @property
    def odds_id(self) -> str:
        """What The Odds API calls it."""
        return f"{self.number:032x}"


def day(number: int) -> datetime:
    """A Sunday's game."""
    return datetime(2025, 9, 7, 17, 0, tzinfo=timezone.utc) + timedelta(days=7 * number)


GAMES = (
    Game(1, "Kansas City Chiefs", "Baltimore Ravens", day(0), (27, 20), "Wes Wide", 103),
    Game(2, "Buffalo Bills", "Miami Dolphins", day(0) + timedelta(hours=3), (17, 24), "Ted Tight", 41),
    Game(3, "Dallas Cowboys", "New York Giants", day(1), (30, 13), "Wes Long", 88),
    Game(4, "Green Bay Packers", "Chicago Bears", day(1) + timedelta(hours=3), (21, 21), "Sam Slot", 60),
)


def moments() -> list[datetime]:
    """When odds are asked."""
    asked = {game.starts_at - before for game in GAMES for before in BEFORE}
    return sorted(asked | {game.starts_at + IN_PLAY for game in GAMES})


def home_price(game: Game, at: datetime, book: str) -> float:
    """Of the home side: a little lower each time, and far off in play."""
    step = sum(at >= game.starts_at - before for before in BEFORE)
    if at >= game.starts_at:
        return 9.5
    return round(1.70 + 0.05 * game.number - 0.02 * step + (0.03 if book == "fanduel" else 0.0), 2)


def stamp(at: datetime) -> str:
    """A moment as the provider writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def market(key: str, at: datetime, outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    """A market of The Odds API."""
    return {"key": key, "last_update": stamp(at), "outcomes": outcomes}


def odds_of(game: Game, at: datetime) -> dict[str, Any]:
    """A game in a reply of The Odds API."""
    books = []
    for book in BOOKS:
        price = home_price(game, at, book)
        h2h = [{"name": game.home, "price": price}, {"name": game.away, "price": round(3.6 - price, 2)}]
        total = 44.5 + game.number
        totals = [{"name": "Over", "price": 1.91, "point": total}, {"name": "Under", "price": 1.91, "point": total}]
        markets = [market("h2h", at, h2h), market("totals", at, totals)]
        books.append({"key": book, "title": book.title(), "last_update": stamp(at), "markets": markets})
    return {**head_of(game), "bookmakers": books}


def head_of(game: Game) -> dict[str, Any]:
    """What every reply of The Odds API says of a game."""
    return {
        "id": game.odds_id,
        "sport_key": "americanfootball_nfl",
        "sport_title": "NFL",
        "commence_time": stamp(game.starts_at),
        "home_team": game.home,
        "away_team": game.away,
    }


def props_of(game: Game, at: datetime) -> dict[str, Any]:
    """The player's receiving yards."""
    books = []
    for book in BOOKS:
        price = 9.5 if at >= game.starts_at else round(1.95 - 0.01 * sum(at >= game.starts_at - before for before in BEFORE), 2)
        sides = [{"name": name, "description": game.player, "price": price, "point": 64.5} for name in ("Over", "Under")]
        books.append({"key": book, "title": book.title(), "markets": [market("player_reception_yds", at, sides)]})
    return {**head_of(game), "bookmakers": books}


def summary_of(game: Game) -> dict[str, Any]:
    """The end of a game, as ESPN tells it."""
    competitors = [
        {"id": str(at + 1), "homeAway": side, "score": str(score), "team": {"id": str(at + 1), "displayName": team}}
        for at, (side, team, score) in enumerate(
            [("home", game.home, game.score[0]), ("away", game.away, game.score[1])]
        )
    ]
    final = {"type": {"name": "STATUS_FINAL", "state": "post", "completed": True}}
    start = game.starts_at.strftime("%Y-%m-%dT%H:%MZ")
    event = str(9000 + game.number)
    receiving = {
        "name": "receiving",
        "keys": ["receptions", "receivingYards", "yardsPerReception", "receivingTouchdowns", "longReception", "receivingTargets"],
        "athletes": [
            {
                "athlete": {"id": str(100 + game.number), "displayName": game.player, "position": {"abbreviation": "WR"}},
                "stats": ["7", str(game.yards), "10.0", "1", "20", "9"],
            }
        ],
    }
    return {
        "header": {
            "id": event,
            "uid": f"s:20~l:28~e:{event}",
            "competitions": [{"id": event, "date": start, "status": final, "competitors": competitors}],
        },
        "boxscore": {"players": [{"team": {"id": "1", "displayName": game.home}, "statistics": [receiving]}]},
    }


def write(folder: Path) -> None:
    """Writes every reply into a folder for each endpoint."""
    for name in ("odds", "event_odds", "summary"):
        (folder / name).mkdir(parents=True)
    for at in moments():
        told = [game for game in GAMES if at <= game.starts_at + IN_PLAY]
        put(folder / "odds", f"odds_{file_stamp(at)}", [odds_of(game, at) for game in told])
    for game in GAMES:
        for at in [game.starts_at - before for before in BEFORE] + [game.starts_at + IN_PLAY]:
            put(folder / "event_odds", f"game{game.number}_{file_stamp(at)}", props_of(game, at))
        put(folder / "summary", f"game{game.number}_{file_stamp(game.starts_at + timedelta(hours=4))}", summary_of(game))


def file_stamp(at: datetime) -> str:
    """A moment in a file's name."""
    return at.strftime("%Y%m%dT%H%M%SZ")


def put(folder: Path, name: str, body: Any) -> None:
    """Writes one reply."""
    (folder / f"{name}.json").write_text(json.dumps(body))
