import os, sys, time
import duckdb

asked, database, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
connection = duckdb.connect(database)
connection.execute("set threads = 1")
connection.execute(
    "create table changes as select * from read_csv('/dev/stdin', delim = '\t', header = false, auto_detect = false, columns = "
    "{'listing': 'integer', 'slot': 'integer', 'at': 'bigint', 'reply': 'bigint', 'state': 'tinyint', 'price': 'bigint'})"
)
connection.execute(
    f"create table asked as select * from read_csv('{asked}', delim = '\t', header = false, auto_detect = false, columns = "
    "{'place': 'integer', 'listing': 'integer', 'as_of': 'bigint'})"
)
connection.execute("create table slots as select distinct listing, slot from changes")
WAYS = {
    "asof join": "select a.place, s.slot, c.state, c.price, c.at, c.reply from asked a join slots s using (listing) "
    "asof join changes c on c.listing = a.listing and c.slot = s.slot and c.at <= a.as_of",
    "arg_max": "select a.place, c.slot, arg_max(c.state, (c.at, c.reply)) state, arg_max(c.price, (c.at, c.reply)) price, max(c.at) as seen "
    "from asked a join changes c on c.listing = a.listing and c.at <= a.as_of group by a.place, c.slot",
}
for name, question in WAYS.items():
    fastest = None
    for _ in range(rounds):
        began = time.perf_counter()
        connection.execute("create or replace temp table answer as " + question)
        spent = time.perf_counter() - began
        fastest = spent if fastest is None else min(fastest, spent)
    count, total = connection.execute("select count(price), sum(price) from answer").fetchone()
    print(name, fastest, count, total, sep="\t")

folder = os.path.dirname(database)
parquet = os.path.join(folder, "changes.parquet")
connection.execute(
    f"copy (select * from changes order by listing, slot, \"at\") to '{parquet}' (format parquet, compression zstd, compression_level 9)"
)
print("Parquet, zstd", os.path.getsize(parquet), sep="\t")
print("DuckDB's own file", os.path.getsize(database), sep="\t")
connection.close()
try:
    from chdb import session
except ImportError:
    sys.exit()
clickhouse = session.Session(os.path.join(folder, "clickhouse"))
clickhouse.query(
    "create table changes (listing Int32, slot Int32, at Int64 codec(Delta, ZSTD(9)), reply Int64 codec(Delta, ZSTD(9)), "
    "state Int8 codec(ZSTD(9)), price Int64 codec(Delta, ZSTD(9))) engine = MergeTree order by (listing, slot, at)"
)
clickhouse.query(f"insert into changes select * from file('{parquet}', Parquet)")
clickhouse.query("optimize table changes final")
size = clickhouse.query("select sum(bytes_on_disk) from system.parts where active and table = 'changes'", "TabSeparated")
print("ClickHouse, MergeTree with zstd", str(size).strip(), sep="\t")
