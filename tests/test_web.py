"""Files from the web: only when asked for, only from public hosts, and always to an end."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from assistant.errors import MediaError
from assistant.safe_text import one_line
from assistant.web.addresses import address, is_public
from assistant.web.dialling import Patience
from assistant.web.fetching import Web
from tests.web_server import WebServer, moved, page, serving

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
QUICK = Patience(connect=0.5, read=0.5, whole=2.0)


def trickle(first: bytes, drop: bytes, every: float, server: list[WebServer]) -> Callable[[socket.socket], None]:
    """Sends a piece, then a drop again and again."""

    def talk(line: socket.socket) -> None:
        line.sendall(first)
        while not server[0].over.wait(every):
            line.sendall(drop)

    return talk


@pytest.fixture
def server() -> Iterator[WebServer]:
    there: list[WebServer] = []
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    replies: dict[str, Any] = {
        "/a.png": page(PICTURE, "Content-Type: text/html"),
        "/": page(PICTURE),
        "/a%20b.png?q=%C3%A9&x=1": page(PICTURE),
        "/chunked": chunked + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "/unending": chunked + b"3\r\nabc\r\n",
        "/close": b"HTTP/1.0 200 OK\r\n\r\n" + PICTURE,
        "/short": page(b"half", length=4000),
        "/huge": page(b"x", length=3 << 30),
        "/flood": lambda line: (
            [line.sendall(b"HTTP/1.0 200 OK\r\n\r\n")] and [line.sendall(bytes(4096)) for _ in range(99)]
        ),
        "/empty": page(b""),
        "/gone": page(b"no", status="404 Not\x1b[31m Found"),
        "/packed": page(PICTURE, "Content-Encoding: gzip"),
        "/part": page(PICTURE, status="206 Partial Content"),
        "/noise": b"\x00\x01\x02\r\n\r\n",
        "/heads": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
        "/head": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
        "/length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "/chunk": chunked + b"zz\r\nabc",
        "/mute": trickle(b"", b"", 0.05, there),
        "/dripping": trickle(b"HTTP/1.1 200 OK\r\nA: ", b"b", 0.05, there),
        "/stalled": trickle(page(b"x", length=100), b"", 0.05, there),
        "/slow": trickle(page(b"x", length=100_000), b"y", 0.05, there),
        "/to-a": moved("/a.png"),
        "/to-b": moved("to-a", "307 Temporary Redirect"),
        "/round": moved("/round"),
        "/nowhere": moved(""),
        "/to-file": moved("file:///etc/passwd"),
        "/to-ftp": moved("ftp://127.0.0.1/x"),
        "/to-user": moved("http://root:x@127.0.0.1/x"),
    }
    with serving(replies) as made:
        there.append(made)
        for name in ("127.0.0.1", "127.0.0.2", "localhost", "[::1]", "10.0.0.1", "169.254.169.254"):
            replies[f"/to-{name.strip('[]')}"] = moved(f"http://{name}:{made.port + 1}/a.png")
        yield made


def web(server: WebServer, patience: Patience = QUICK, **more: Any) -> Web:
    return Web((f"127.0.0.1:{server.port}",), patience, **more)


def refused(fetcher: Web, url: str, folder: Path, most: int = 2 << 30) -> MediaError:
    """The error, in bounded time, after which nothing is left in the folder."""
    began = time.monotonic()
    with pytest.raises(MediaError) as caught:
        fetcher.fetch(url, folder, most)
    assert time.monotonic() - began < 5.0
    assert list(folder.iterdir()) == []
    said = caught.value.sentence()
    assert said == one_line(said, 999) and caught.value.hint
    return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fetched").mkdir()
    return tmp_path / "fetched"


# What is fetched


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/a.png", "a.png"),
        ("", "download"),
        ("/a%20b.png?q=é&x=1", "a_b.png"),
        ("/close", "close"),
        ("/to-a", "a.png"),
        ("/to-b", "a.png"),
        ("/a.png#top", "a.png"),
    ],
)
def test_a_file_of_a_listed_host_is_fetched_whole(server: WebServer, folder: Path, target: str, name: str) -> None:
    path = web(server).fetch(f"http://127.0.0.1:{server.port}{target}", folder)
    assert (path, path.read_bytes()) == (folder / name, PICTURE)


def test_a_file_without_a_length_comes_in_chunks(server: WebServer, folder: Path) -> None:
    assert web(server).fetch(f"http://127.0.0.1:{server.port}/chunked", folder).read_bytes() == b"abcde"


def test_files_of_one_name_do_not_replace_each_other(server: WebServer, folder: Path) -> None:
    paths = [web(server).fetch(f"http://127.0.0.1:{server.port}/a.png", folder) for _ in range(3)]
    assert [path.name for path in paths] == ["a.png", "2-a.png", "3-a.png"]


def test_what_is_asked_tells_nothing_of_the_user(
    server: WebServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    web(server).fetch(f"http://127.0.0.1:{server.port}/a.png", folder)
    names = {line.partition(":")[0] for line in server.asked[0].split("\r\n")[1:] if line}
    assert names == {"Host", "Accept-Encoding", "User-Agent"}


def test_progress_is_told(server: WebServer, folder: Path) -> None:
    told: list[tuple[int, int]] = []
    url = f"http://127.0.0.1:{server.port}/a.png"
    web(server).fetch(url, folder, report=lambda here, all: told.append((here, all)))
    assert told[-1] == (len(PICTURE), len(PICTURE))


# What goes wrong


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("short", "broke off after 4 bytes"),
        ("unending", "gives no file"),
        ("huge", "larger than 2.1"),
        ("empty", "broke off after 0 bytes"),
        ("gone", "answers 404 Not Found"),
        ("packed", "packed"),
        ("part", "answers 206"),
        ("noise", "gives no file"),
        ("heads", "gives no file"),
        ("head", "gives no file"),
        ("length", "broke off"),
        ("chunk", "gives no file"),
        ("missing", "gives no file"),
        ("mute", "too long"),
        ("dripping", "too long"),
        ("stalled", "too long"),
        ("slow", "too long"),
        ("round", "redirects more than 5 times"),
    ],
)
def test_a_bad_answer_is_one_clear_error_in_time(server: WebServer, folder: Path, target: str, cause: str) -> None:
    assert cause in str(refused(web(server), f"http://127.0.0.1:{server.port}/{target}", folder))


def test_a_flood_ends_at_the_limit(server: WebServer, folder: Path) -> None:
    error = refused(web(server), f"http://127.0.0.1:{server.port}/flood", folder, most=100_000)
    assert "larger than" in str(error)


def test_a_closed_port_and_an_unknown_name_are_one_clear_error(server: WebServer, folder: Path) -> None:
    server.close()
    assert "gives no file" in str(refused(web(server), f"http://127.0.0.1:{server.port}/a.png", folder))

    def unknown(*where: Any, **how: Any) -> Any:
        raise socket.gaierror("Name or service not known")

    assert "no host nowhere.example" in str(refused(Web(lookup=unknown), "http://nowhere.example/", folder))


def test_a_resolver_that_hangs_is_left_behind(server: WebServer, folder: Path) -> None:
    fetcher = Web((), QUICK, lookup=lambda *where, **how: server.over.wait(10) and [])
    assert "too long" in str(refused(fetcher, "http://slow.example/", folder))


def test_stopping_a_download_leaves_nothing(server: WebServer, folder: Path) -> None:
    def stop(here: int, all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        web(server).fetch(f"http://127.0.0.1:{server.port}/slow", folder, report=stop)
    assert list(folder.iterdir()) == []


# Where it may lead


def words(text: str) -> list[str]:
    return text.split()


class Names:
    """A resolver that says something else each time."""

    def __init__(self, *answers: str) -> None:
        self.asked = 0
        self._answers = answers

    def __call__(self, host: str, port: int, **how: Any) -> list[tuple[Any, ...]]:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return [(0, 0, 0, "", (each, port)) for each in answer.split()]


PRIVATE = words("""
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 127.255.255.255 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.0.1 192.168.255.255 198.18.0.1 198.51.100.1
203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1
::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe::1 2002:808:808:: 3fff::1
5f00::1 fc00::1 fd12:3456::1 fe80::1 febf::1 fec0::1 ff02::1
""")
PUBLIC = (
    "8.8.8.8 1.1.1.1 93.184.216.34 172.32.0.1 100.128.0.1 2606:4700::1111 2a00:1450:4001:800::200e 64:ff9b::808:808"
)


@pytest.mark.parametrize("found", PRIVATE)
def test_a_host_that_is_not_public_is_refused_however_it_is_named(folder: Path, found: str) -> None:
    assert not is_public(found)
    literal = f"[{found}]" if ":" in found else found
    for fetcher, host in ((Web((), QUICK), literal), (Web((), QUICK, Names(found)), "pictures.example")):
        assert "is not a public host" in str(refused(fetcher, f"http://{host}:8000/a.png", folder))
        assert "is not a public host" in str(refused(fetcher, f"https://{host}/a.png", folder))


def test_public_hosts_are_public() -> None:
    assert [host for host in PUBLIC.split() if not is_public(host)] == []
    assert not is_public("localhost") and not is_public("")


ODD_HOSTS = words("""
0x7f.1 0x7f000001 0X7F.0.0.1 2130706433 127.1 127.0.1 0177.0.0.1 0177.1 017700000001 127.0.0.01 127.0.0.0x1 0 1 0.0 00
127.0.0.1.5 1.2.3.4.5 256.0.0.1 127.0.0.-1 127..0.1 .127.0.0.1 127.0.0.1.. 4294967296 -1 0x 127.0.0.0x a.b.0x7f 1e3.1
⑯.1 127。0。1 ①②⑦.1 [::ffff:127.0.0.1 ::1] [::1%25lo] [::1%lo] [fe80::1%eth0] [v1.1] [] [127.0.0.1] [::g] [1::2::3]
ex_ample..com -a.example a-.-b.example a%2eexample 127.0.0.1%00.example exa%6dple.com a*b {x} <x> a|b "a" a,b
""")
PLAIN_URLS = words("""
http: http:/ http:// http:/// http:///etc/passwd https://:80/ //127.0.0.1/a.png a.png http:127.0.0.1 http:/127.0.0.1/
http://user@127.0.0.1/ http://user:word@example.com/ http://example.com@127.0.0.1/ http://@127.0.0.1/
http://127.0.0.1:@example.com/ http://example.com:80:80/ http://example.com:99999/ http://a:-1/ http://a:8o/
http://a:+1/ file:///etc/passwd file://localhost/etc/passwd FILE:///etc/passwd ftp://example.com/a data:,x
data:image/png;base64,AAAA javascript:alert(1) gopher://127.0.0.1:25/x dict://127.0.0.1/ ldap://a/ sftp://a/b
smb://a/b tcp://127.0.0.1:80 udp://@:1234 rtsp://a/b rtmp://a/b mms://a/b concat:/etc/passwd
subfile:,,start,0,end,9,,:/etc/passwd crypto:/etc/passwd pipe:0 fd:3 unix:/run/x.sock httpx://a/ http+unix://a/
hxxp://a/ view-source:http://a/ blob:http://a/x jar:http://a!/b about:blank chrome://x urn:x:y mailto:a@b ws://a/
wss://a/ s3://a/b git://a
""")
ODD_URLS = [
    *PLAIN_URLS,
    *(f"http://{host}/a.png" for host in ODD_HOSTS),
    *(
        "",
        "http:\\\\127.0.0.1\\",
        "http://127.0.0.1\\@example.com/",
        "http://a b/",
        "http://a:٣/",
    ),
    *(
        "http://a: 80/",
        "http://a\t.example/",
        "http://a\n.example/",
        "http://a\r\nHost: b/",
        "http://a/\r\nX: y",
    ),
    *(
        "http://a/\x00",
        "http://a/ b",
        "http://a/\u202eb",
        " http://a/",
        "http://a\u2028b/",
    ),
    *(
        "http://" + "a" * 64 + "/",
        "http://" + "a." * 200 + "b/",
        "http://a/" + "b" * 9000,
        "http://\ud800/",
        "http://a/\udc80",
    ),
    *(
        "http://\xad/",
        "http://℀.example/",
        "http://a／b/",
    ),
]


@pytest.mark.parametrize("url", ODD_URLS, ids=range(len(ODD_URLS)))
def test_an_odd_address_is_refused_before_anybody_is_asked(folder: Path, url: str) -> None:
    names = Names("127.0.0.1")
    refused(Web((), QUICK, names), url, folder)
    assert names.asked == 0


LOCAL = words("""
127.0.0.1 127.0.0.2 localhost LOCALHOST localhost. LocalHost.localdomain 127.0.0.1. １２７.０.０.１ 127。0。0。1 [::1]
[0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] 0.0.0.0 [::] ⑫7.0.0.1
""")


@pytest.mark.parametrize("host", LOCAL)
def test_no_spelling_of_this_machine_is_reached(server: WebServer, folder: Path, host: str) -> None:
    """The real resolver; only another spelling of the host is listed."""
    refused(Web(("listed.example",), QUICK), f"http://{host}:{server.port}/a.png", folder)
    assert server.connected == 0


@pytest.mark.parametrize("port", [0, 1, 22, 25, 53, 110, 143, 445, 587, 993])
def test_ports_of_other_services_are_refused(folder: Path, port: int) -> None:
    assert "not one of the web's" in str(refused(Web((), QUICK, Names("8.8.8.8")), f"http://a.example:{port}/", folder))


@pytest.mark.parametrize("where", ["127.0.0.1", "127.0.0.2", "localhost", "[::1]", "10.0.0.1", "169.254.169.254"])
def test_a_redirect_to_a_private_host_that_is_not_listed_is_refused(
    server: WebServer, folder: Path, where: str
) -> None:
    with serving({}) as other:
        target = f"http://127.0.0.1:{server.port}/to-{where.strip('[]')}"
        assert "is not a public host" in str(refused(web(server), target, folder))
        assert other.connected == 0


@pytest.mark.parametrize("where", ["file", "ftp", "user"])
def test_a_redirect_to_what_is_no_web_address_is_refused(server: WebServer, folder: Path, where: str) -> None:
    refused(web(server), f"http://127.0.0.1:{server.port}/to-{where}", folder)


def test_a_name_is_looked_up_once_and_never_again(server: WebServer, folder: Path) -> None:
    """A name that is public at first and then this machine: the second answer is never heard."""
    names = Names("192.0.2.1", "127.0.0.1")
    refused(Web((), QUICK, names), f"http://turns.example:{server.port}/a.png", folder)
    assert (names.asked, server.connected) == (1, 0)
    names = Names("127.0.0.1", "192.0.2.1")
    listed = Web((f"turns.example:{server.port}",), QUICK, names)
    assert listed.fetch(f"http://turns.example:{server.port}/a.png", folder).read_bytes() == PICTURE
    assert names.asked == 1 and f"Host: turns.example:{server.port}" in server.asked[0]


def test_one_private_address_among_public_ones_is_refused(folder: Path) -> None:
    refused(Web((), QUICK, Names("8.8.8.8 127.0.0.1")), "http://both.example/a.png", folder)


def test_the_next_address_is_tried_when_one_is_dead(server: WebServer, folder: Path) -> None:
    names = Names("127.0.0.9 127.0.0.1")
    path = Web(("two.example",), QUICK, names).fetch(f"http://two.example:{server.port}/a.png", folder)
    assert path.read_bytes() == PICTURE


@pytest.mark.parametrize(
    "listed", ["127.0.0.2", "127.0.0.1:1", "0.0.0.1", "27.0.0.1", "127.0.0", "*", "", ".", "127.*"]
)
def test_a_host_is_listed_exactly_or_not_at_all(server: WebServer, folder: Path, listed: str) -> None:
    refused(Web((listed,), QUICK), f"http://127.0.0.1:{server.port}/a.png", folder)
    assert server.connected == 0


@pytest.mark.parametrize("listed", ["127.0.0.1", "127.0.0.1:{port}"])
def test_a_host_is_listed_with_or_without_its_port(server: WebServer, folder: Path, listed: str) -> None:
    fetcher = Web((listed.format(port=server.port),), QUICK)
    assert fetcher.fetch(f"http://127.0.0.1:{server.port}/a.png", folder).exists()


def test_addresses_are_read_in_one_way() -> None:
    read = address("HTTPS://Example.COM./A/../b?x=1#frag")
    assert (read.secure, read.host, read.port, read.target) == (True, "example.com", 443, "/A/../b?x=1")
    assert address("http://bücher.example/ä").url == "http://xn--bcher-kva.example:80/%C3%A4"
    assert address("http://[2606:4700:0::1111]:8080").url == "http://[2606:4700::1111]:8080/"


@pytest.mark.parametrize("target", ["/../../etc/passwd", "/..", "/.bashrc", "/%2e%2e%2fx", "/a%00b", "/-rf", "/%2Fetc"])
def test_the_name_of_a_file_stays_in_its_folder(target: str) -> None:
    name = address(f"http://a.example{target}").file
    assert name and Path(name).name == name and name[0] not in ".-" and name.isprintable()


# Secure


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own for pictures.example, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=pictures.example"
    names = ("-addext", "subjectAltName=DNS:pictures.example", "-keyout", str(path), "-out", f"{path}.crt")
    subprocess.run(["openssl", *words.split(), *names], check=True, capture_output=True, timeout=60)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[WebServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving({"/a.png": page(PICTURE), "/down": moved("http://127.0.0.1/a.png")}, context) as made:
        yield made


def trusting(certificate: Path, *listed: str) -> Web:
    return Web(listed, QUICK, Names("127.0.0.1"), ssl.create_default_context(cafile=f"{certificate}.crt"))


def test_a_secure_file_is_fetched_when_the_name_holds(secure: WebServer, certificate: Path, folder: Path) -> None:
    fetcher = trusting(certificate, "pictures.example")
    assert fetcher.fetch(f"https://pictures.example:{secure.port}/a.png", folder).read_bytes() == PICTURE


def test_a_certificate_of_another_name_or_of_nobody_is_refused(
    secure: WebServer, certificate: Path, folder: Path
) -> None:
    other = refused(trusting(certificate, "other.example"), f"https://other.example:{secure.port}/a.png", folder)
    unknown = Web(("pictures.example",), QUICK, Names("127.0.0.1"))
    nobody = refused(unknown, f"https://pictures.example:{secure.port}/a.png", folder)
    assert "certificate" in str(other) and "certificate" in str(nobody)


def test_a_secure_place_never_leads_to_one_that_is_not(secure: WebServer, certificate: Path, folder: Path) -> None:
    fetcher = trusting(certificate, "pictures.example", "127.0.0.1")
    error = refused(fetcher, f"https://pictures.example:{secure.port}/down", folder)
    assert "not secure" in str(error)


def test_a_handshake_that_never_ends_is_cut_off(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        assert "too long" in str(refused(Web(("127.0.0.1",), QUICK), f"https://127.0.0.1:{port}/", folder))


def test_a_handshake_that_drips_is_cut_off(folder: Path) -> None:
    record = b"\x16\x03\x03\x40\x00"  # a handshake of 16 KiB

    def drip(line: socket.socket) -> None:
        while True:
            line.sendall(record)
            time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def serve() -> None:
            line, _ = listening.accept()
            with line:
                try:
                    line.recv(4096)
                    line.sendall(record)
                    while True:
                        line.sendall(b"\x02")
                        time.sleep(0.05)
                except OSError:
                    return

        timer = Timer(0.0, serve)
        timer.start()
        assert "too long" in str(refused(Web(("127.0.0.1",), QUICK), f"https://127.0.0.1:{port}/", folder))
        timer.join()
