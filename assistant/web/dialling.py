"""Connects to the host of a web address: looked up once, judged, and reached where it was judged."""

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from queue import Empty, Queue
from threading import Thread, Timer
from typing import Any

from assistant.errors import MediaError
from assistant.web.addresses import Address, is_public

Found = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that are waited."""

    connect: float = 15.0
    """For a name, a connection, its encryption and the head of an answer, each."""
    read: float = 30.0
    """For the next bytes."""
    whole: float = 3600.0
    """For the file."""


USUAL = Patience()


class Dialler:
    """Connections to public hosts, and to private ones that are listed.

    Args:
        private_hosts: "host" or "host:port" of hosts that need not be public
        patience: how long to wait
        lookup: finds the addresses of a name, as `socket.getaddrinfo`
        certificates: which are trusted; the system's where none are given
    """

    def __init__(
        self,
        private_hosts: Sequence[str],
        patience: Patience,
        lookup: Callable[..., Found],
        certificates: ssl.SSLContext | None,
    ) -> None:
        self._private = frozenset(host.lower() for host in private_hosts)
        self._patience, self._lookup, self._certificates = patience, lookup, certificates

    def connect(self, place: Address) -> socket.socket:
        """A connection to the first of the judged addresses that takes one; over TLS where the address is secure.

        Raises:
            MediaError: the host may not be reached, or is none
            OSError: it does not answer
        """
        problem: OSError | None = None
        for found in self._judged(place):
            try:
                line = socket.create_connection(found[:2], self._patience.connect)
            except OSError as error:
                problem = error
                continue
            return self._secured(place, line) if place.secure else line
        raise problem or OSError("it has no address")

    def _secured(self, place: Address, line: socket.socket) -> socket.socket:
        certificates = self._certificates or ssl.create_default_context()
        secured = certificates.wrap_socket(line, server_hostname=place.host, do_handshake_on_connect=False)
        try:
            with cut_off(secured, self._patience.connect):
                secured.do_handshake()
        except BaseException:
            secured.close()
            raise
        return secured

    def _judged(self, place: Address) -> list[tuple[Any, ...]]:
        """Where the host is; none of it may be private unless the host is listed."""
        found = [row[4] for row in self._looked_up(place)]
        if self._private & {place.host, place.name, f"{place.name}:{place.port}"}:
            return found
        if not all(is_public(str(where[0])) for where in found):
            listed = f'private_hosts = ["{place.name}:{place.port}"]'
            raise MediaError(f"{place.name} is not a public host", f"If you trust it, configure: {listed}")
        if place.port < 1024 and place.port not in (80, 443):
            raise MediaError(f"port {place.port} of {place.name} is not one of the web's", "Check the address.")
        return found

    def _looked_up(self, place: Address) -> Found:
        """The resolver has no deadline of its own: it is waited for in a thread that may be left behind."""
        answers: Queue[Found | OSError] = Queue()

        def ask() -> None:
            try:
                answers.put(self._lookup(place.host, place.port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                answers.put(OSError(str(error)))

        Thread(target=ask, daemon=True, name="name lookup").start()
        try:
            found = answers.get(timeout=self._patience.connect)
        except Empty:
            raise TimeoutError from None
        if isinstance(found, OSError):
            raise MediaError(f"there is no host {place.name}", "Check the address and the network.") from found
        return found


@contextmanager
def cut_off(line: socket.socket, seconds: float) -> Iterator[None]:
    """Ends the connection unless the body is done in time: TimeoutError then, however the body took it."""
    over: list[bool] = []

    def cut() -> None:
        over.append(True)
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # TLS's own would take its encryption off first

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPException):
        if not over:
            raise
    finally:
        timer.cancel()
    if over:
        raise TimeoutError
