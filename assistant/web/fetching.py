"""Fetches the file at a web address that the user named."""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from time import monotonic
from urllib.parse import urljoin

from assistant.errors import MediaError
from assistant.safe_text import one_line
from assistant.web.addresses import Address, address
from assistant.web.dialling import USUAL, Dialler, Found, Patience, cut_off

LARGEST = 2 << 30
"""Bytes of a file, unless told."""
REDIRECTS = 5
PIECE = 1 << 18
"""Bytes read at a time."""
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "vireo"}
_MOVED = (301, 302, 303, 307, 308)

Report = Callable[[int, int], None]
"""Is told the bytes that are here, and how many there are in all (0: unknown)."""


def _nobody(here: int, all: int) -> None:
    pass


class Web:
    """Fetches over HTTP and HTTPS, without proxies, cookies or passwords.

    Each address is judged again after each redirect. Its host is looked up once, and the connection goes to where it
    was judged, so that a name which changes meanwhile leads nowhere else; certificates are checked against the name.

    Args:
        private_hosts: "host" or "host:port" of hosts that need not be public
        patience: how long to wait
        lookup: finds the addresses of a name, as `socket.getaddrinfo`
        certificates: which are trusted; the system's where none are given
    """

    def __init__(
        self,
        private_hosts: Sequence[str] = (),
        patience: Patience = USUAL,
        lookup: Callable[..., Found] = socket.getaddrinfo,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        self._patience = patience
        self._dialler = Dialler(private_hosts, patience, lookup, certificates)

    def fetch(self, url: str, folder: Path, most: int = LARGEST, report: Report = _nobody) -> Path:
        """The file, in the folder; what goes wrong, or is over `most` bytes, leaves nothing there.

        Raises:
            MediaError: the address is none, or not public, or gives no such file in time
        """
        until = monotonic() + self._patience.whole
        first = place = address(url)
        for _ in range(1 + REDIRECTS):
            with self._answer(place) as answer:
                if answer.status not in _MOVED:
                    _check(place, answer, most)
                    return _kept(_free(folder, place.file), _pieces(place, answer, most, until, report))
                place = _next(place, answer)
        raise MediaError(f"{first.name} redirects more than {REDIRECTS} times", "Give the address of the file itself.")

    @contextmanager
    def _answer(self, place: Address) -> Iterator[http.client.HTTPResponse]:
        with _one_error(place), ExitStack() as stack:
            line = self._dialler.connect(place)
            protocol = stack.enter_context(closing(_protocol(place, line)))
            with cut_off(line, self._patience.connect):  # for a head may trickle in
                protocol.request("GET", place.target, headers=HEADERS)
                answer = stack.enter_context(closing(protocol.getresponse()))
            line.settimeout(self._patience.read)
            yield answer


def _protocol(place: Address, line: socket.socket) -> http.client.HTTPConnection:
    """HTTP over a connection that is there already."""
    kind = http.client.HTTPSConnection if place.secure else http.client.HTTPConnection
    protocol = kind(place.host, place.port)
    protocol.sock, protocol.auto_open = line, 0
    return protocol


@contextmanager
def _one_error(place: Address) -> Iterator[None]:
    """Whatever the network does is one MediaError."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        cause = one_line(error.verify_message, 80)
        raise MediaError(f"the certificate of {place.name} does not hold: {cause}", "Check the address.") from error
    except TimeoutError as error:
        raise MediaError(f"{place.name} takes too long to answer", "Try again later, or download it first.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = one_line(getattr(error, "strerror", None) or str(error), 80) or type(error).__name__
        raise MediaError(f"{place.name} gives no file: {cause}", "Check the address and the network.") from error


def _next(place: Address, answer: http.client.HTTPResponse) -> Address:
    """Where a redirect leads; from a secure place to a secure one only."""
    to = address(urljoin(place.url, answer.getheader("Location", "")))
    if place.secure and not to.secure:
        raise MediaError(f"{place.name} redirects to a place that is not secure", "Download it first.")
    return to


def _check(place: Address, answer: http.client.HTTPResponse, most: int) -> None:
    """Refuses what is no file, or too large, before its first byte is read."""
    if answer.status != 200:
        raise MediaError(f"{place.name} answers {answer.status} {one_line(answer.reason, 60)}", "Check the address.")
    if answer.getheader("Content-Encoding", "identity").lower() != "identity":
        raise MediaError(f"{place.name} sends the file packed, which was not asked for", "Download it first.")
    if (answer.length or 0) > most:
        raise _too_large(place, most)


def _pieces(
    place: Address, answer: http.client.HTTPResponse, most: int, until: float, report: Report
) -> Iterator[bytes]:
    here, all = 0, answer.length or 0
    while piece := answer.read1(PIECE):
        here += len(piece)
        if here > most:
            raise _too_large(place, most)
        if monotonic() > until:
            raise TimeoutError
        yield piece
        report(here, all)
    if here < all or not here:
        raise MediaError(f"{place.name} broke off after {here} bytes", "Try again.")


def _too_large(place: Address, most: int) -> MediaError:
    return MediaError(f"the file at {place.name} is larger than {most / 1e9:g} GB", "Download the part you need.")


def _free(folder: Path, name: str) -> Path:
    """A path in the folder at which nothing is yet."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{number}-{name}"
    return path


def _kept(path: Path, pieces: Iterator[bytes]) -> Path:
    try:
        with path.open("xb") as file:
            for piece in pieces:
                file.write(piece)
    except BaseException:  # the user may have stopped it: a part of a file is of no use
        path.unlink(missing_ok=True)
        raise
    return path
