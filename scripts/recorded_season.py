#!/usr/bin/env python3
"""Makes the recorded season of `make run` from a season's file of Football-Data.co.uk.

    scripts/recorded_season.py E0_2223.csv.gz > data/recorded/premier-league-2022-23.csv

Keeps the columns that the provider `football-data` reads, under the site's own names, and writes figures without a trailing `.0`.
"""
import csv
import gzip
import re
import sys

FACTS = ["Div", "Date", "Time", "HomeTeam", "AwayTeam", "FTHG", "FTAG", "HTHG", "HTAG"]
PRICE = re.compile(r"(B365|BW|IW|PS|P|WH|VC|Max|Avg)C?(H|D|A|>2\.5|<2\.5|AHH|AHA)|AHC?h")


def own_name(name):
    """Some copies spell `B365>2.5` as `B365_2_5` and `B365<2.5` as `B365_2_5_1`."""
    return re.sub(r"_2_5$", ">2.5", re.sub(r"_2_5_1$", "<2.5", name))


def main(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    header = [own_name(name) for name in rows[0]]
    kept = [at for at, name in enumerate(header) if name in FACTS or PRICE.fullmatch(name)]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(header[at] for at in kept)
    for row in rows[1:]:
        if any(cell.strip() for cell in row):
            out.writerow(re.sub(r"^(-?\d+)\.0$", r"\1", row[at]) for at in kept)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
