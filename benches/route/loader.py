import json, sys, time
import psycopg2
from psycopg2.extras import execute_values

connection = psycopg2.connect(sys.argv[2])
cursor = connection.cursor()
cursor.execute("create table quotes (event text, book text, market text, name text, description text, point numeric, price numeric, observed_at timestamptz)")
connection.commit()
lines = open(sys.argv[1]).read().splitlines()
count, started, fastest = 0, time.perf_counter(), 0.0
rows = []

def write():
    global fastest
    began = time.perf_counter()
    execute_values(cursor, "insert into quotes values %s", rows, page_size=10000)
    connection.commit()
    fastest = max(fastest, len(rows) / (time.perf_counter() - began))
    rows.clear()

for line in lines:
    at, body = line.split("\t", 1)
    for event in json.loads(body):
        for book in event["bookmakers"]:
            for market in book["markets"]:
                for outcome in market["outcomes"]:
                    rows.append((event["id"], book["key"], market["key"], outcome["name"], outcome.get("description"), outcome.get("point"), outcome["price"], at))
                    count += 1
    if len(rows) >= 60000:
        write()
write()
print(count / (time.perf_counter() - started), fastest)
