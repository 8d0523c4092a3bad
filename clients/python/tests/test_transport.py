"""How the client asks: a scripted service that is busy, refuses, sends elsewhere and breaks off."""

from __future__ import annotations

import http.server
import io
import threading
import unittest
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from predictive_play import AccessError, BrokenAnswerError, Client, NotFoundError, ProblemError, UnavailableError, UnreachableError

PROBLEM = b'{"type":"/docs#unavailable","title":"Unavailable","status":503,"detail":"the store cannot be reached for now"}'
Turn = Callable[[http.server.BaseHTTPRequestHandler], None]


def refuse(status: int, problem: bytes = PROBLEM, **headers: str) -> Turn:
    """A refusal."""

    def turn(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", "application/problem+json")
        request.send_header("Content-Length", str(len(problem)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(problem)

    return turn


def stream_of(*batches: pa.RecordBatch) -> bytes:
    """Batches as an Arrow stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()


def chunked(body: bytes, ends: bool = True) -> Turn:
    """An answer in two chunks, which may lack its end."""

    def turn(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for part in (body[: len(body) // 2], body[len(body) // 2 :]):
            request.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        if ends:
            request.wfile.write(b"0\r\n\r\n")

    return turn


class Scripted(unittest.TestCase):
    """A service that does what it is told, turn by turn."""

    def setUp(self) -> None:
        self.turns: list[Turn] = []
        self.asked: list[http.server.BaseHTTPRequestHandler] = []
        self.slept: list[float] = []
        test = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                test.asked.append(self)
                self.close_connection = True
                test.turns.pop(0)(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def tearDown(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def client(self, **more: Any) -> Client:
        return Client(self.url, "pp_key", sleep=self.slept.append, **more)

    def test_a_busy_service_is_asked_again_when_it_says(self) -> None:
        rows = pa.record_batch({"event_id": ["a", "b"]})
        self.turns = [refuse(503, Retry_After="2"), refuse(429, Retry_After="7"), refuse(503), chunked(stream_of(rows))]
        self.assertEqual(self.client().events().table.column("event_id").to_pylist(), ["a", "b"])
        self.assertEqual(self.slept, [2.0, 7.0, 2.0])
        self.assertEqual({request.headers["Authorization"] for request in self.asked}, {"Bearer pp_key"})

    def test_a_service_that_stays_busy_is_an_error_that_says_when(self) -> None:
        self.turns = [refuse(503, Retry_After="1")] * 3
        with self.assertRaises(UnavailableError) as caught:
            self.client(tries=3).events()
        self.assertEqual((caught.exception.retry_after_secs, self.slept), (1.0, [1.0, 1.0]))
        self.turns = [refuse(429, Retry_After="3600")]
        with self.assertRaises(UnavailableError):
            self.client().events()
        self.assertEqual((len(self.asked), self.slept), (4, [1.0, 1.0]), "an hour is too long to wait")

    def test_a_refusal_is_an_error_that_carries_what_was_said(self) -> None:
        problem = b'{"type":"/docs#bad-parameter","title":"Bad parameter","status":400,"detail":"from=x cannot be used"}'
        self.turns = [refuse(400, problem), refuse(401), refuse(404), refuse(500, b"<html>")]
        with self.assertRaises(ProblemError) as caught:
            self.client().events(from_="x")
        error = caught.exception
        self.assertEqual((error.status, error.kind, error.detail), (400, "/docs#bad-parameter", "from=x cannot be used"))
        self.assertEqual(error.problem["title"], "Bad parameter")
        self.assertIn("from=x", error.url)
        for kind in (AccessError, NotFoundError, ProblemError):
            with self.assertRaises(kind):
                self.client().events()
        self.assertEqual((len(self.asked), self.slept), (4, []), "what is refused is not asked again")

    def test_an_answer_that_breaks_off_is_no_answer(self) -> None:
        rows = pa.record_batch({"event_id": ["a"] * 1000})
        whole = stream_of(rows, rows)
        for turn in (chunked(whole[:-200], ends=False), chunked(whole[:-200]), chunked(whole[:2000], ends=False), chunked(b"no table")):
            self.turns = [turn]
            with self.assertRaises(BrokenAnswerError):
                self.client().events()
        self.turns = [chunked(whole)]
        self.assertEqual(len(self.client().events()), 2000)

    def test_a_redirect_is_not_followed_with_the_key(self) -> None:
        self.turns = [refuse(302, Location=f"{self.url}/elsewhere")]
        with self.assertRaises(ProblemError) as caught:
            self.client().events()
        self.assertEqual((caught.exception.status, len(self.asked)), (302, 1))

    def test_nobody_at_the_address_is_an_error_of_its_own(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        with self.assertRaises(UnreachableError):
            self.client().events()
        self.setUp()
        with self.assertRaises(ValueError):
            Client("127.0.0.1:8080")


if __name__ == "__main__":
    unittest.main()
