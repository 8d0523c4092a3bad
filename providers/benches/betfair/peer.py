"""The test peer: the same file through betfairlightweight, a message at a time.

peer.py FILE        prints what stands after each message, one line a market: the form of `shown` in peer.rs
peer.py FILE time   prints how many messages it took in how many seconds, printing nothing else
"""

import sys
import time

import betfairlightweight


def books(path):
    client = betfairlightweight.APIClient("nobody", "nothing", app_key="none")
    listener = betfairlightweight.StreamListener(max_latency=None, lightweight=True)
    return client.streaming.create_historical_generator_stream(file_path=path, listener=listener).get_generator()()


def nanos(figure):
    return "-" if figure is None else str(round(figure * 1e9))


def levels(rows):
    return ",".join(f"{nanos(row['price'])}@{nanos(row['size'])}" for row in rows)


def shown(book):
    runners = []
    for runner in sorted(book["runners"], key=lambda runner: (runner["selectionId"], runner["handicap"])):
        ex = runner["ex"]
        runners.append(
            f"{runner['selectionId']}:{nanos(runner['handicap'])}:{runner['status']}:{nanos(runner['lastPriceTraded'])}"
            f":{nanos(runner['totalMatched'])}:{levels(ex['availableToBack'][:3])}:{levels(ex['availableToLay'][:3])}"
            f":{levels(ex['tradedVolume'])}"
        )
    head = f"{book['publishTime']} {book['marketId']} {book['status']} {book['inplay']} {nanos(book['totalMatched'])}"
    return f"{head} {' '.join(runners)}"


def main(path, is_timed):
    if is_timed:
        began, messages = time.perf_counter(), 0
        for found in books(path):
            messages += 1
            for book in found:
                for runner in book["runners"]:
                    ex = runner["ex"]
                    _ = ex["availableToBack"][:1], ex["availableToLay"][:1]
        print(messages, time.perf_counter() - began)
        return
    for found in books(path):
        for book in found:
            print(shown(book))


main(sys.argv[1], len(sys.argv) > 2)
