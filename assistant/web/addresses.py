"""Reads web addresses strictly, and tells public hosts from private ones."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from assistant.errors import MediaError
from assistant.safe_text import one_line

PORTS = {"http": 80, "https": 443}
LONGEST = 8192
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)")
"""The last part of a name that some resolvers read as an address."""
_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TUNNELS = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Global unicast by their prefix, but tunnels to other addresses (Teredo, 6to4), or of no host at all."""


@dataclass(frozen=True, slots=True)
class Address:
    """A web address that can be asked for."""

    secure: bool
    host: str
    """In lower case ASCII, an IPv6 address without its brackets."""
    port: int
    target: str
    """Path and query, quoted."""

    @property
    def name(self) -> str:
        """The host as it is written in an address."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.name}:{self.port}{self.target}"

    @property
    def file(self) -> str:
        """A name for the file, of plain letters."""
        last = unquote(self.target.partition("?")[0].rpartition("/")[2])
        return re.sub(r"[^A-Za-z0-9._-]+", "_", last)[-80:].lstrip(".-") or "download"


def address(url: str) -> Address:
    """Read an address; what two readers could read in two ways is refused.

    Raises:
        MediaError: it is none that may be asked
    """
    if len(url) > LONGEST or not url.isprintable() or re.search(r"[\s\\]", url):
        raise _wrong(url, "it holds characters that no address has, or is too long")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _wrong(url, str(error)) from error
    if parts.scheme not in PORTS:
        raise MediaError("only http and https addresses are fetched", "Download it first, then attach the file.")
    if "@" in parts.netloc:
        raise _wrong(url, "names and passwords do not belong there")
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{_query(parts.query)}" if parts.query else "")
    host = _host(url, parts.hostname or "", parts.netloc.startswith("["))
    return Address(parts.scheme == "https", host, PORTS[parts.scheme] if port is None else port, target)


def _query(query: str) -> str:
    return quote(query, safe="/%:@!$&'()*+,;=~-._?")


def _host(url: str, host: str, bracketed: bool) -> str:
    try:
        if bracketed and "%" not in host:
            return str(ipaddress.IPv6Address(host))
        plain = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except ValueError as error:
        raise _wrong(url, "it names no host") from error
    if bracketed or len(plain) > 253 or not _HOST.fullmatch(plain):
        raise _wrong(url, "it names no host")
    if _NUMBER.fullmatch(plain.rpartition(".")[2]):
        return _dotted(url, plain)
    return plain


def _dotted(url: str, host: str) -> str:
    """Four decimal numbers; 127.1, 0x7f000001 and the like have more than one reading."""
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise _wrong(url, "a host of numbers is written with four of them") from error


def is_public(host: str) -> bool:
    """Whether an IP address is one that everybody on the internet reaches."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(found.packed[-4:])))
        if found not in _V6 or any(found in tunnel for tunnel in _TUNNELS):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _wrong(url: str, cause: str) -> MediaError:
    return MediaError(f"{one_line(url, 60)} is no web address: {one_line(cause, 80)}", "Check it for typing errors.")
