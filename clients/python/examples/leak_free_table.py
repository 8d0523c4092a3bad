"""From the store to tables that a model can be trained on, without a look ahead.

    python leak_free_table.py --sport basketball.nba --hours 1 --reference pinnacle --out tables

Two tables come out, as Parquet: `games`, a row a game, and `props`, a row for each line on a player. Every column is one of three kinds:

- what was asked (`event_id`, `as_of`),
- features, `f_..`: what stood or was known at `as_of`, so many hours before the start, and nothing later,
- labels, `l_..`: what came of it: the closing line, the result, what the player did. They are read by other questions, and joined on last.

`--known-then` takes of the features only what had also been recorded by `as_of`: what a bet at that moment could have been made on. A store
that was filled afterwards (`replay`, `backfill`) had recorded nothing by then.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from predictive_play import Client

MARKET = "moneyline"
OUT = ("out", "doubtful")


def moments(client: Client, sport: str, hours: float) -> pd.DataFrame:
    """The games of a sport whose time of start is known, each with the moment at which its features are taken.

    The moment is chosen by the start as it is known today: the games that are asked about were all on then.
    """
    events = client.events(sport=sport).to_pandas()
    events = events[events["starts_at"].notna() & events["is_start_exact"] & (events["kind"] == "contest")]
    asked = events[["event_id", "home", "away", "starts_at"]].astype({"event_id": str, "home": str, "away": str}).reset_index(drop=True)
    asked["as_of"] = asked["starts_at"] - pd.Timedelta(hours=hours)
    return asked


def boards(client: Client, asked: pd.DataFrame, known_then: bool, market: str | None) -> pd.DataFrame:
    """What could be bet on at each moment. Whatever looks ahead is an error of the service, and stops everything."""
    table = asked[["event_id", "as_of"]].copy()
    if known_then:
        table["known_at"] = table["as_of"]
    found = client.as_of_boards(table, market=market).to_pandas()
    ahead = found[(found["first_seen_at"] > found["as_of"]) | (found["observed_at"] > found["as_of"])]
    if len(ahead):
        raise AssertionError(f"{len(ahead)} quotes are of a moment after the one that was asked for")
    words = found.select_dtypes("category").columns
    found[words] = found[words].astype(object)
    return found[(found["state"] == "live") & (found["stance"] == "back") & ~found["is_aggregate"].fillna(False).astype(bool)]


def fair(quotes: pd.DataFrame, by: list[str], price: str, sides: int) -> pd.DataFrame:
    """Adds `fair`, the chance that a price stands for, with the book's margin shared out in proportion; markets with a side missing go."""
    quotes = quotes.drop_duplicates([*by, "selection"])
    inverse = 1.0 / quotes[price]
    key = [quotes[name] for name in by]
    whole = inverse.groupby(key, dropna=False).transform("sum")
    count = inverse.groupby(key, dropna=False).transform("count")
    return quotes.assign(fair=inverse / whole, margin=whole - 1.0)[count >= sides]


def game_features(asked: pd.DataFrame, live: pd.DataFrame) -> pd.DataFrame:
    """The market's view of each game at its moment: the median over books, the best price, how many quote it, and when it was to start."""
    quotes = fair(live[(live["market"] == MARKET) & (live["period"] == "full")], ["row", "book"], "price", 2)
    home = quotes[quotes["selection"] == "home"].groupby("row")
    features = pd.DataFrame(
        {
            "f_home_fair": home["fair"].median(),
            "f_home_best": home["price"].max(),
            "f_margin": home["margin"].median(),
            "f_books": home["book"].nunique(),
            "f_start_in_secs": (home["starts_at"].first() - home["as_of"].first()).dt.total_seconds(),
        }
    )
    return features.reindex(asked.index)


def form(asked: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """How often each side had won its games whose end had been seen by the moment."""
    over = results[(results["status"] == "final") & results["home_score"].notna() & results["away_score"].notna()]
    won = [
        pd.DataFrame({"team": over["home"].astype(str), "won": over["home_score"] > over["away_score"], "seen": over["observed_at"]}),
        pd.DataFrame({"team": over["away"].astype(str), "won": over["away_score"] > over["home_score"], "seen": over["observed_at"]}),
    ]
    played = pd.concat(won).sort_values("seen")
    played["games"] = played.groupby("team").cumcount() + 1
    played["wins"] = played["won"].groupby(played["team"]).cumsum()
    features = pd.DataFrame(index=asked.index)
    for side in ("home", "away"):
        wanted = asked[[side, "as_of"]].rename(columns={side: "team"}).reset_index().sort_values("as_of")
        # The last end that was seen by the moment, and none after it.
        joined = pd.merge_asof(wanted, played[["team", "seen", "games", "wins"]], left_on="as_of", right_on="seen", by="team")
        joined = joined.set_index("index").sort_index()
        features[f"f_{side}_games"] = joined["games"].fillna(0)
        features[f"f_{side}_win_rate"] = joined["wins"] / joined["games"]
    return features


def hurt(asked: pd.DataFrame, injuries: pd.DataFrame) -> pd.DataFrame:
    """How many players of each side were said to be out at the moment."""
    features = pd.DataFrame({"f_home_out": 0, "f_away_out": 0}, index=asked.index)
    if injuries.empty:
        return features
    told = injuries[["provider", "list", "provider_player_id", "team", "meaning", "state", "observed_at"]].copy()
    words = told.select_dtypes("category").columns
    told[words] = told[words].astype(object)
    for at, game in asked.iterrows():
        known = told[told["observed_at"] <= game["as_of"]]
        standing = known.drop_duplicates(["provider", "list", "provider_player_id"], keep="last")
        out = standing[(standing["state"] == "reported") & standing["meaning"].isin(OUT)].drop_duplicates(["team", "provider_player_id"])
        for side in ("home", "away"):
            features.loc[at, f"f_{side}_out"] = int((out["team"] == game[side]).sum())
    return features


def game_labels(client: Client, asked: pd.DataFrame, sport: str, reference: str, quality: str) -> pd.DataFrame:
    """What came of each game: the close of a book, and who won."""
    closing = client.closing(sport=sport, market=MARKET, book=reference, quality=quality).to_pandas()
    closing = fair(closing[closing["period"] == "full"], ["event_id", "book"], "closing_price", 2)
    home = closing[closing["selection"] == "home"].drop_duplicates("event_id").set_index("event_id")
    labels = pd.DataFrame(index=asked.index)
    labels["l_home_close"] = asked["event_id"].map(home["closing_price"])
    labels["l_home_close_fair"] = asked["event_id"].map(home["fair"])
    results = client.results(sport=sport).to_pandas()
    over = results[results["status"] == "final"].set_index("event_id")
    won = (over["home_score"] > over["away_score"]).where(over["home_score"].notna() & over["away_score"].notna())
    labels["l_home_won"] = asked["event_id"].map(won.astype(float))
    return labels


def games(client: Client, sport: str, hours: float, reference: str, quality: str, known_then: bool) -> pd.DataFrame:
    """The table of games. Features first, from questions that cannot look ahead; labels are joined on last."""
    asked = moments(client, sport, hours)
    live = boards(client, asked, known_then, MARKET)
    results, injuries = client.results(sport=sport).to_pandas(), client.injuries(sport=sport).to_pandas()
    features = [game_features(asked, live), form(asked, results), hurt(asked, injuries)]
    labels = game_labels(client, asked, sport, reference, quality)
    return pd.concat([asked[["event_id", "home", "away", "as_of"]], *features, labels], axis=1)


def props(client: Client, sport: str, hours: float, quality: str, known_then: bool) -> pd.DataFrame:
    """The table of props: a row for each line on a player at a book that stood at the moment, over against under."""
    asked = moments(client, sport, hours)
    live = boards(client, asked, known_then, None)
    live = live[live["is_prop"].astype(bool) & live["selection"].isin(["over", "under"]) & live["line"].notna()]
    line = ["event_id", "book", "market", "period", "subject", "line"]
    quotes = fair(live, line, "price", 2)
    table = quotes[quotes["selection"] == "over"][[*line, "player_id", "as_of", "price", "fair", "margin"]]
    table = table.rename(columns={"price": "f_over", "fair": "f_over_fair", "margin": "f_margin"})
    closing = client.props(sport=sport, quality=quality).to_pandas()
    words = closing.select_dtypes("category").columns
    closing[words] = closing[words].astype(object)
    over = closing[closing["selection"] == "over"].rename(columns={"closing_line": "l_close_line", "closing_price": "l_over_close"})
    over["l_result"] = over["result"]
    # The main line of the player at the book may have moved: its close is the label, with its own line and result.
    labels = over[["event_id", "book", "market", "period", "subject", "l_close_line", "l_over_close", "l_result"]]
    table = table.merge(labels, how="left", on=["event_id", "book", "market", "period", "subject"])
    table["who"] = table["player_id"].fillna(table["subject"])
    return table.merge(did(client, sport), how="left", on=["event_id", "who"]).drop(columns="who").reset_index(drop=True)


def did(client: Client, sport: str) -> pd.DataFrame:
    """What each player did in each game that is over, a column a figure; `who` is his id, or his name where it is not sure who he is."""
    stats = client.stats(sport=sport).to_pandas()
    words = stats.select_dtypes("category").columns
    final = stats[stats["is_final"] & stats["stat"].notna()].astype({name: object for name in words})
    final["who"] = final["player_id"].fillna(final["player"])
    wide = final.drop_duplicates(["event_id", "who", "stat"]).pivot(index=["event_id", "who"], columns="stat", values="value")
    return wide.add_prefix("l_did_").reset_index()


def told(table: pd.DataFrame) -> str:
    """What the games came to, in a few figures."""
    scored = table.dropna(subset=["f_home_fair", "l_home_close_fair", "l_home_won"])
    lines = [f"games: {len(table)}, of which {len(scored)} have features, a close and a result"]
    if len(scored):
        for name, column in (("at the moment", "f_home_fair"), ("at the close", "l_home_close_fair")):
            error = ((scored[column] - scored["l_home_won"]) ** 2).mean()
            lines.append(f"home win, mean squared error of the fair chance {name}: {error:.4f}")
        moved = (scored["l_home_close_fair"] - scored["f_home_fair"]).abs().mean()
        lines.append(f"mean move of the fair chance from the moment to the close: {moved:.4f}")
    return "\n".join(lines)


def main() -> None:
    """Makes both tables and says what they came to."""
    parser = argparse.ArgumentParser(description="From the store to a leak-free table of features and labels.")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--key", help="an API key, from another machine")
    parser.add_argument("--sport", required=True)
    parser.add_argument("--hours", type=float, default=1.0, help="how long before the start features are taken")
    parser.add_argument("--reference", default="pinnacle", help="the book whose close is the label")
    parser.add_argument("--quality", default="exact", help="which closes are good enough: exact, late, first_seen_only, phase")
    parser.add_argument("--known-then", action="store_true", help="only what had been recorded by then")
    parser.add_argument("--out", type=Path, default=Path("tables"))
    arguments = parser.parse_args()
    client = Client(arguments.url, arguments.key)
    common = (client, arguments.sport, arguments.hours)
    of_games = games(*common, arguments.reference, arguments.quality, arguments.known_then)
    of_props = props(*common, arguments.quality, arguments.known_then)
    arguments.out.mkdir(parents=True, exist_ok=True)
    of_games.to_parquet(arguments.out / "games.parquet")
    of_props.to_parquet(arguments.out / "props.parquet")
    print(told(of_games))
    print(f"props: {len(of_props)}, of which {int(of_props['l_result'].notna().sum())} are graded")


if __name__ == "__main__":
    main()
