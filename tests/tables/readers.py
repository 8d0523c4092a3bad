"""Reads an export and the stream with DuckDB, Polars, pandas and pyarrow, and compares every value with the API's own answers."""

import datetime
import decimal
import io
import json
import pathlib
import sys
import urllib.request

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.ipc
import pyarrow.parquet

PLACES = {"price_exact": 9, "line_exact": 3, "value_exact": 3}


def text(name, value):
    """A value as the tables' CSV has it."""
    if value is None or value is pandas.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc)
        fraction = f".{value.microsecond:06d}".rstrip("0") if value.microsecond else ""
        return value.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        places = next(places for end, places in PLACES.items() if name.endswith(end))
        return f"{value:.{places}f}"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def rows(table, names):
    """The rows of an Arrow table as sorted tuples of texts."""
    columns = [[text(name, value) for value in table.column(name).to_pylist()] for name in names]
    return sorted(zip(*columns))


def readers(folder, table):
    """Each reader's view of a table, as an Arrow table."""
    parquet, arrow, packed = (f"{folder}/{form}/{table}" for form in ("parquet", "arrow", "csv"))
    connection = duckdb.connect()
    connection.sql("set timezone = 'UTC'")
    from_duckdb = connection.sql(f"select * from read_parquet('{parquet}/*/*/*.parquet', hive_partitioning = true)")
    yield "DuckDB, Parquet", from_duckdb.to_arrow_table()
    yield "Polars, Parquet", polars.scan_parquet(f"{parquet}/**/*.parquet", hive_partitioning=True).collect().to_arrow()
    yield "Polars, Arrow", polars.scan_ipc(f"{arrow}/**/*.arrow", hive_partitioning=True).collect().to_arrow()
    for form, path in (("parquet", parquet), ("ipc", arrow)):
        yield f"pyarrow, {form}", pyarrow.dataset.dataset(path, format=form, partitioning="hive").to_table()
    frame = pandas.read_parquet(parquet)
    yield "pandas, Parquet", pyarrow.Table.from_pandas(frame)
    everything = connection.sql(f"select * from read_csv('{packed}/*/*/*.csv.gz', hive_partitioning = true, all_varchar = true)")
    yield "DuckDB, CSV", everything.to_arrow_table()


def streams(address, table):
    """The same over HTTP."""
    with urllib.request.urlopen(f"{address}/v1/history.arrow?table={table}") as answer:
        yield "pyarrow, stream", pyarrow.ipc.open_stream(answer).read_all()
    with urllib.request.urlopen(f"{address}/v1/history.arrow?table={table}") as answer:
        yield "Polars, stream", polars.read_ipc_stream(answer.read()).to_arrow()
    with urllib.request.urlopen(f"{address}/v1/history.parquet?table={table}") as answer:
        yield "pyarrow, Parquet over HTTP", pyarrow.parquet.read_table(io.BytesIO(answer.read()))


def is_expected(reader, expected, names, found):
    if found == expected:
        return True
    at = next((at for at, pair in enumerate(zip(expected, found)) if pair[0] != pair[1]), None)
    print(f"{reader}: {len(found)} rows, expected {len(expected)}")
    if at is not None:
        print(*(f"  {name}: {found[at][i]!r}, expected {expected[at][i]!r}" for i, name in enumerate(names) if found[at][i] != expected[at][i]), sep="\n")
    return False


def check_types(table, found):
    """The types that docs/tables.md promises."""
    types = {"price_exact": pyarrow.decimal128(16, 9), "observed_at": pyarrow.timestamp("us", "UTC"), "price": pyarrow.float64(), "american": pyarrow.int32()}
    for name, expected in types.items():
        assert found.schema.field(name).type == expected, f"{table}.{name} is {found.schema.field(name).type}"
    assert pyarrow.types.is_dictionary(found.schema.field("book").type), "words that repeat are dictionary-coded"
    assert found.schema.metadata[b"predictive_play.schema_version"] == b"1"
    assert found.schema.metadata[b"predictive_play.table"] == b"odds"


def main(folder, address):
    told = json.loads(pathlib.Path(folder, "told.json").read_text())
    is_right = True
    for table, expected in told["tables"].items():
        names = list(expected[0])
        sure = sorted(tuple(row[name] for name in names) for row in expected)
        for reader, found in [*readers(folder, table), *streams(address, table)]:
            # CSV has no types, and its reader may take a text for null
            is_right &= is_expected(f"{table} by {reader}", sure, names, rows(found, names))
    odds = pyarrow.dataset.dataset(f"{folder}/parquet/odds", format="parquet", partitioning="hive").to_table()
    check_types("odds", odds)
    known = set(rows(odds, ["event_id", "book", "market", "selection", "price", "observed_at"]))
    for change in told["changes"]:
        is_right &= tuple(change) in known
    counts = duckdb.sql(f"select market, count(*) from '{folder}/parquet/odds/*/*/*.parquet' group by market").fetchall()
    assert sum(count for _, count in counts) == odds.num_rows
    print(f"{sum(map(len, told['tables'].values()))} rows of {len(told['tables'])} tables, {len(told['changes'])} changes of the API")
    return 0 if is_right else 1


sys.exit(main(*sys.argv[1:]))
