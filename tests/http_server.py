"""A real HTTP server for tests, which can be told to misbehave."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Longer than any time limit that a test sets.
FOR_EVER_SECONDS = 30.0


@dataclass(frozen=True)
class Received:
    """One call, as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class HttpServer:
    """Answers 200 and "ok" until `answers` or `behave` say otherwise.

    status, body, headers: of the answer. behaviour: 'answer'; 'never' hangs; 'drip' sends a byte
    now and then; 'huge' never stops; 'break' closes in the middle of the body; 'close' before any.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.status = 200
        self.body = b"ok"
        self.headers: dict[str, str] = {}
        self.behaviour = "answer"
        self.received: list[Received] = []
        self.names: list[str | None] = []
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # A call that hangs must not keep the test from ending.
        self._server.daemon_threads = True
        self._server.block_on_close = False
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_port)

    @property
    def host(self) -> str:
        """Where it is."""
        return f"127.0.0.1:{self.port}"

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        """From now on. headers: with _ for -."""
        self.status, self.body = status, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def start(self) -> None:
        """Listen."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be gone."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner._take(self)

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def _take(self, call: BaseHTTPRequestHandler) -> None:
        body = call.rfile.read(int(call.headers.get("Content-Length", 0)))
        self.received.append(Received(call.command, call.path, dict(call.headers), body))
        with suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"_{self.behaviour}")(call)
        call.close_connection = True

    def _answer(self, call: BaseHTTPRequestHandler, length: int | None = None) -> None:
        call.send_response(self.status)
        for name, value in self.headers.items():
            call.send_header(name, value)
        call.send_header("Content-Length", str(len(self.body) if length is None else length))
        call.end_headers()
        call.wfile.write(self.body)

    def _never(self, _call: BaseHTTPRequestHandler) -> None:
        self._ended.wait(FOR_EVER_SECONDS)

    def _drip(self, call: BaseHTTPRequestHandler) -> None:
        until = time.monotonic() + FOR_EVER_SECONDS
        while time.monotonic() < until and not self._ended.wait(0.05):
            call.wfile.write(b"H")
            call.wfile.flush()

    def _huge(self, call: BaseHTTPRequestHandler) -> None:
        call.send_response(self.status)
        call.end_headers()
        until = time.monotonic() + FOR_EVER_SECONDS
        while time.monotonic() < until and not self._ended.is_set():
            call.wfile.write(self.body or b"x" * 65536)

    def _break(self, call: BaseHTTPRequestHandler) -> None:
        self._answer(call, length=len(self.body) + 1000)

    def _close(self, call: BaseHTTPRequestHandler) -> None:
        call.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[HttpServer]:
    """A server as long as the block lasts."""
    server = HttpServer(tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()
