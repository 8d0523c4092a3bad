"""Rows a second of the table `odds`: Arrow over HTTP into pyarrow, our JSON, and a PostgreSQL client, one after the other on the same machine."""

import io
import json
import sys
import time
import urllib.request

import pyarrow
import pyarrow.csv
import pyarrow.ipc

ROUNDS = 5


def arrow(address, columns):
    question = f"{address}/v1/history.arrow?table=odds" + (f"&columns={columns}" if columns else "")
    with urllib.request.urlopen(question) as answer:
        return pyarrow.ipc.open_stream(answer).read_all().num_rows


def as_json(address):
    with urllib.request.urlopen(f"{address}/v1/events?from=2000-01-01T00:00:00Z&limit=10") as answer:
        events = json.load(answer)["events"]
    rows, cursor = 0, ""
    for _ in range(4):
        question = f"{address}/v1/events/{events[0]['id']}/history?limit=5000{cursor}"
        with urllib.request.urlopen(question) as answer:
            page = json.load(answer)
        rows += len(page["changes"])
        if "next" not in page:
            break
        cursor = f"&cursor={page['next']}"
    return rows


def rows_of_postgres(url):
    import psycopg2

    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select * from odds")
        return len(cursor.fetchall())


def copy_of_postgres(url):
    import psycopg2

    text = io.BytesIO()
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.copy_expert("copy odds to stdout with (format csv, header true)", text)
    text.seek(0)
    return pyarrow.csv.read_csv(text).num_rows


def fastest(name, ask):
    rates = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        rows = ask()
        rates.append(rows / (time.perf_counter() - started))
    print(f"{name}, {rows} rows, million rows/s {max(rates) / 1e6:>12.3f}")
    return max(rates)


def main(address, columns, url):
    narrow = fastest("Arrow over HTTP into pyarrow, 8 columns", lambda: arrow(address, columns))
    fastest("Arrow over HTTP into pyarrow, all columns", lambda: arrow(address, ""))
    peers = {"our JSON of the history of an event": lambda: as_json(address)}
    if url:
        peers["PostgreSQL, psycopg2, rows of 8 columns"] = lambda: rows_of_postgres(url)
        peers["PostgreSQL, copy as CSV into pyarrow, 8 columns"] = lambda: copy_of_postgres(url)
    for name, ask in peers.items():
        print(f"  Arrow is {narrow / fastest(name, ask):.1f} times as fast")


main(*sys.argv[1:])
