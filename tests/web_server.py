"""A small web server on this machine that answers as it is told, well or badly."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Thread

Reply = bytes | Callable[[socket.socket], None]


class WebServer:
    """Answers each path of `replies` with bytes as they are, or lets a function talk; notes who asked for what."""

    def __init__(self, replies: Mapping[str, Reply], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[str] = []
        self.over = Event()
        """Ends what a reply waits for."""
        self.connected = 0
        self._replies, self._tls = replies, tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                self.connected += 1
                Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            if self._tls:
                line = self._tls.wrap_socket(line, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = line.recv(4096)
                if not piece:
                    return
                head += piece
            self.asked.append(head.decode())
            reply = self._replies.get(head.split()[1].decode(), b"")
            reply(line) if callable(reply) else line.sendall(reply)
            line.close()


@contextmanager
def serving(replies: Mapping[str, Reply], tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    server = WebServer(replies, tls)
    try:
        yield server
    finally:
        server.close()


def page(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A whole answer."""
    told = [f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([f"HTTP/1.1 {status}", *told, "", ""]).encode() + body


def moved(to: str, status: str = "302 Found") -> bytes:
    return page(b"", f"Location: {to}", status=status)
