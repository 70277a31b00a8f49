"""What is attached: files and parts of them, addresses, raw sound, the screen and the clipboard."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image

from assistant.commands.attachments import Attachments, present
from assistant.errors import AssistantError, MediaError
from assistant.media.grabbing import grab
from tests import made
from tests.web_server import WebServer, page, serving

TOP = Path(__file__).parent.parent


def ask(
    vireo: list[str], *words: str, given: bytes | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*vireo, *words],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


# Files and parts


def test_a_path_becomes_absolute_and_keeps_its_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", "/home/somebody")
    given = Attachments(folder)
    assert given.sources("clip.mp4#t=3.5") == (f"{folder}/clip.mp4#t=3.5",)
    assert given.sources("~/clip.mp4#t=10,20&track=2") == ("/home/somebody/clip.mp4#t=10,20&track=2",)
    assert given.sources("a/../b.png") == (f"{folder}/a/../b.png",)


def test_a_moment_of_a_video_can_be_attached(vireo: list[str], tmp_path: Path) -> None:
    frames = (
        (n / 5, np.array(made.scene(sign).resize((480, 320)))) for n, sign in enumerate(["ALPHA"] * 5 + ["OMEGA"] * 5)
    )
    clip = made.clip(tmp_path / "clip.mp4", frames, (480, 320), bits=3_000_000)
    answer = ask(vireo, "ask", "-q", "-a", f"{clip}#t=1.6", "What does the sign say?").stdout
    assert "OMEGA" in answer and "ALPHA" not in answer


def test_raw_sound_is_marked_with_its_rate_and_other_files_are_read_as_they_are(vireo: list[str], folder: Path) -> None:
    raw = folder / "voice.pcm"
    raw.write_bytes((made.sine(1.0) * 20_000).astype("<i2").tobytes())
    given = Attachments(folder, 16_000)
    assert given.sources(str(raw)) == (f"{raw}#rate=16000",)
    assert given.sources(f"{raw}#rate=8000") == (f"{raw}#rate=8000",)
    told = ask(vireo, "ask", "-q", "--raw", "16000", "-a", str(raw), "How long is it?")
    assert "1.0 s" in told.stdout, told
    refused = ask(vireo, "ask", "-q", "-a", str(raw), "How long is it?")
    assert refused.returncode == 1 and "--raw" in refused.stderr
    picture = made.scene_picture(folder / "scene.png")
    assert "HARBOUR" in ask(vireo, "ask", "-q", "--raw", "16000", "-a", str(picture), "What does the sign say?").stdout


@pytest.mark.parametrize("rate", ["0", "-1", "many", "999", "400000", "1e5", ""])
def test_a_rate_that_no_sound_has_is_a_mistake_of_usage(vireo: list[str], rate: str) -> None:
    assert ask(vireo, "ask", "--raw", rate, "-a", "x.pcm", "What?").returncode == 2


def test_raw_sound_may_come_from_standard_input(vireo: list[str]) -> None:
    sound = (made.sine(2.0) * 20_000).astype("<i2").tobytes()
    told = ask(vireo, "ask", "-q", "--raw", "16000", "-a", "-", "How long is it?", given=sound)
    assert "2.0 s" in told.stdout, told


def test_what_is_there_is_told_from_what_is_not(folder: Path) -> None:
    path = made.picture(folder / "a.png")
    for name in (str(path), f"{path}#t=3", f"{path}#page=2"):
        assert present(name)
    path.rename(folder / "b.png#t=3")
    assert present(f"{folder}/b.png#t=3") and not present(f"{folder}/b.png")
    assert not any(map(present, (str(folder), f"{folder}/none.png", "a\0b", "x" * 5000)))


# Addresses


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    picture = made.scene_picture(tmp_path / "scene.png").read_bytes()
    over = Event()

    def endless(line: object) -> None:
        line.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"\x89PNG\r\n\x1a\n")  # type: ignore[attr-defined]
        while not over.wait(0.05):
            line.sendall(bytes(1000))  # type: ignore[attr-defined]

    replies = {"/scene.png": page(picture), "/page": page(b"<html>no</html>"), "/endless": endless}
    with serving(replies) as made_server:
        yield made_server
        over.set()


def test_an_address_is_fetched_and_asked_about(vireo: list[str], server: WebServer, home: Path) -> None:
    url = f"http://127.0.0.1:{server.port}/scene.png"
    told = ask(vireo, "ask", "-q", "-a", url, "What does the sign say?", VIREO_PRIVATE_HOSTS=f"127.0.0.1:{server.port}")
    assert "HARBOUR CAFE" in told.stdout, told
    (home / "config.toml").write_text(f'private_hosts = ["127.0.0.1:{server.port}"]\n')
    assert "HARBOUR CAFE" in ask(vireo, "ask", "-q", "-a", url, "What does the sign say?").stdout
    assert ask(vireo, "describe", "-q", url).returncode == 0 and server.connected == 3


def test_an_address_that_is_not_public_is_refused_with_what_to_do(vireo: list[str], server: WebServer) -> None:
    told = ask(vireo, "ask", "-a", f"http://127.0.0.1:{server.port}/scene.png", "What?")
    assert told.returncode == 1 and server.connected == 0 and told.stdout == ""
    assert "127.0.0.1 is not a public host" in told.stderr
    assert f'private_hosts = ["127.0.0.1:{server.port}"]' in told.stderr


def test_what_an_address_gives_is_believed_by_its_bytes(vireo: list[str], server: WebServer) -> None:
    url = f"http://127.0.0.1:{server.port}/page"
    told = ask(vireo, "ask", "-a", url, "What?", VIREO_PRIVATE_HOSTS="127.0.0.1")
    assert told.returncode == 1 and "is a document" in told.stderr


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/a.png", "FILE:///etc/passwd", "x-y://a", "s3://a/b"]
)
def test_other_addresses_are_refused(folder: Path, url: str) -> None:
    with pytest.raises(MediaError, match="only http and https"):
        Attachments(folder).sources(url)


def test_the_part_of_an_address_is_kept_and_its_file_is_in_the_folder(
    folder: Path, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIREO_PRIVATE_HOSTS", "127.0.0.1")
    url = f"http://127.0.0.1:{server.port}/scene.png"
    assert Attachments(folder).sources(f"{url}#t=3.5") == (f"{folder}/scene.png#t=3.5",)
    assert Attachments(folder, 8000).sources(url) == (f"{folder}/2-scene.png#rate=8000",)


def test_chat_attaches_addresses_and_goes_on_after_a_bad_one(vireo: list[str], server: WebServer) -> None:
    url = f"http://127.0.0.1:{server.port}"
    lines = f"/attach http://10.0.0.1/a.png\n/attach {url}/scene.png\nWhat does the sign say?\n/quit\n"
    told = ask(vireo, "chat", "-n", given=lines.encode(), VIREO_PRIVATE_HOSTS=f"127.0.0.1:{server.port}")
    assert "10.0.0.1 is not a public host" in told.stderr and "HARBOUR CAFE" in told.stdout


def test_ctrl_c_ends_a_download_and_leaves_nothing(vireo: list[str], server: WebServer, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "VIREO_PRIVATE_HOSTS": "127.0.0.1", "TMPDIR": str(tmp_path / "tmp")}
    command = [*vireo, "ask", "-a", f"http://127.0.0.1:{server.port}/endless", "What?"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True
    ) as asking:
        assert asking.stderr is not None
        assert "fetching" in asking.stderr.readline()  # it tells how far it is
        asking.send_signal(signal.SIGINT)
        assert asking.wait(20) == 130
    assert list((tmp_path / "tmp").iterdir()) == []


# Screen and clipboard


def test_without_a_desktop_screen_and_clipboard_are_one_clear_error(
    vireo: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for what in ("screen", "clipboard"):
        told = ask(vireo, "ask", "-a", what, "What does it say?")
        assert told.returncode == 1 and "here" in told.stderr and "desktop" in told.stderr
        assert "Traceback" not in told.stderr and told.stderr.count("\n") == 2


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A white X11 screen of 320 x 200, and nothing in its clipboard."""
    if shutil.which("Xvfb") is None or shutil.which("xclip") is None:
        pytest.skip("needs Xvfb and xclip")
    inside, outside = os.pipe()
    # Without -noreset the server begins anew whenever its last program has gone, and drops whoever comes meanwhile.
    command = ["Xvfb", "-displayfd", str(outside), "-screen", "0", "320x200x24", "-nolisten", "tcp", "-wr", "-noreset"]
    with subprocess.Popen(command, pass_fds=(outside,), stderr=subprocess.DEVNULL) as screen:
        os.close(outside)
        with os.fdopen(inside) as told:
            monkeypatch.setenv("DISPLAY", f":{told.readline().strip()}")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield os.environ["DISPLAY"]
        screen.terminate()


def copied(content: bytes, kind: str) -> subprocess.Popen[bytes]:
    """A program that holds something in the clipboard until it is ended."""
    holder = subprocess.Popen(
        ["xclip", "-selection", "clipboard", "-quiet", "-t", kind, "-i"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert holder.stdin is not None
    holder.stdin.write(content)
    holder.stdin.close()
    until = time.monotonic() + 30
    while kind.encode() not in _offered():
        if time.monotonic() > until:
            holder.kill()
            raise TimeoutError(kind)
    return holder


def _offered() -> bytes:
    """The kinds that are in the clipboard; nothing while its owner changes."""
    targets = ["timeout", "2", "xclip", "-selection", "clipboard", "-o", "-t", "TARGETS"]
    return subprocess.run(targets, capture_output=True, check=False).stdout


def test_the_screen_is_attached_as_a_picture(desktop: str, folder: Path) -> None:
    [path] = Attachments(folder).sources("screen")
    with Image.open(path) as picture:
        assert picture.size == (320, 200) and picture.convert("RGB").getextrema() == ((255, 255),) * 3


def test_a_picture_in_the_clipboard_is_read(desktop: str, vireo: list[str], tmp_path: Path) -> None:
    with copied(made.scene_picture(tmp_path / "scene.png").read_bytes(), "image/png") as holder:
        told = ask(vireo, "ask", "-q", "-a", "clipboard", "What does the sign say?")
        holder.terminate()
    assert "HARBOUR CAFE" in told.stdout, told


def test_files_in_the_clipboard_are_attached_by_their_paths(desktop: str, folder: Path) -> None:
    first, second = made.picture(folder / "a b.png"), made.picture(folder / "ü.png")
    for kind, text in (
        ("text/uri-list", f"# copied\r\n{first.as_uri()}\r\n{second.as_uri()}\r\n"),
        ("UTF8_STRING", f"{first}\n{second}"),
    ):
        with copied(text.encode(), kind) as holder:
            assert Attachments(folder).sources("clipboard") == (str(first), str(second))
            holder.terminate()


@pytest.mark.parametrize(
    "text",
    ["hello", "http://127.0.0.1/a.png", "file:///nowhere/a.png", "a.png", "/etc", "\x1b[31m", "\xff", "x" * 200_000],
)
def test_text_in_the_clipboard_is_no_attachment(desktop: str, folder: Path, text: str) -> None:
    with copied(text.encode("latin-1"), "UTF8_STRING") as holder:
        with pytest.raises(AssistantError, match="holds text, not a picture") as caught:
            Attachments(folder).sources("clipboard")
        holder.terminate()
    assert "question" in caught.value.hint


def test_an_empty_clipboard_says_so(desktop: str, folder: Path) -> None:
    with pytest.raises(AssistantError, match="clipboard cannot be read here, or is empty"):
        Attachments(folder).sources("clipboard")


def program(folder: Path, picture: Path) -> str:
    """A folder with a stand-in for grim, which copies the picture to the path that comes last."""
    place = folder / "bin" / "grim"
    place.parent.mkdir()
    place.write_text(f"#!{sys.executable}\nimport shutil, sys\nshutil.copy({str(picture)!r}, sys.argv[-1])\n")
    place.chmod(0o755)
    return str(place.parent)


def test_under_wayland_a_program_takes_the_picture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", program(folder, made.picture(folder / "taken.png")))
    monkeypatch.delenv("DISPLAY", raising=False)
    [path] = grab("screen", str(folder))
    with Image.open(path) as taken:
        assert taken.size == made.corners().size


def test_a_black_screen_is_not_taken_for_a_picture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    black = made.picture(folder / "taken.png", Image.new("RGB", (60, 40)))
    monkeypatch.setenv("PATH", program(folder, black))
    with pytest.raises(MediaError, match="is black"):
        grab("screen", str(folder))
