"""What points elsewhere opens nothing: no playlist, protocol or reference reaches another file or the network."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from tests import bombs, damage, made

DECODER = Decoder(Limits())
LONG_AGO = 86_400.0


class Canaries:
    """Files and a port that nobody may touch, and that tell of it."""

    def __init__(self, folder: Path) -> None:
        self.video = made.moving_clip(folder / "canary.mp4", seconds=0.4, size=(64, 48))
        self.sound = made.tone(folder / "canary.wav", 0.3)
        self.picture = made.picture(folder / "canary1.png", made.corners(64, 48))
        self.text = folder / "canary.txt"
        self.text.write_text("canary")
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setblocking(False)
        self.port: int = self._listening.getsockname()[1]
        self.rest()

    def rest(self) -> None:
        """Old times of access: the first reading of such a file is always noted, unless the mount says otherwise."""
        for path in self.paths:
            os.utime(path, (LONG_AGO, LONG_AGO + 1))

    @property
    def paths(self) -> tuple[Path, ...]:
        return self.video, self.sound, self.picture, self.text

    def touched(self) -> list[str]:
        read = [path.name for path in self.paths if path.stat().st_atime != LONG_AGO]
        try:
            self._listening.accept()[0].close()
        except BlockingIOError:
            return read
        return [*read, "port"]

    def close(self) -> None:
        self._listening.close()


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    made = Canaries(tmp_path_factory.mktemp("canaries"))
    yield made
    made.close()


def attempts(source: str) -> list[str]:
    """The errors of reading a source in every way; what can be read is no error."""
    said = []
    reads = (DECODER.info, lambda source: list(DECODER.frames(source)), DECODER.sound, DECODER.packets, DECODER.digest)
    for read in reads:
        try:
            read(source)
        except MediaError as error:
            said.append(str(error))
    return said


def test_a_canary_that_is_read_tells(canaries: Canaries) -> None:
    try:
        canaries.text.read_text()
        if not canaries.touched():
            pytest.skip("this mount notes no times of access")
        socket.create_connection(("127.0.0.1", canaries.port)).close()
        assert canaries.touched() == ["canary.txt", "port"]
    finally:
        canaries.rest()


def playlists(canary: Canaries) -> dict[str, str]:
    """Texts that name a canary, as players would follow them."""
    file, sound, web = canary.video, canary.sound, f"http://127.0.0.1:{canary.port}/x.ts"
    manifest = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{}</BaseURL></Period></MPD>'
    track = '<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>{}</location></track></trackList></playlist>'
    return {
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{file}\n#EXT-X-ENDLIST\n",
        "m3u8 of the web": f"#EXTM3U\n#EXTINF:10,\n{web}\n#EXT-X-ENDLIST\n",
        "m3u8 with a key": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{web}"\n#EXTINF:1,\n{file}\n#EXT-X-ENDLIST\n',
        "m3u8 with a map": f'#EXTM3U\n#EXT-X-MAP:URI="{file}"\n#EXTINF:1,\n{file}\n#EXT-X-ENDLIST\n',
        "m3u8 behind space": f"\n\n  #EXTM3U\n#EXTINF:10,\n{file}\n",
        "m3u8 behind a mark": f"\ufeff#EXTM3U\n#EXTINF:10,\n{file}\n",
        "m3u of a name": f"{file}\n",
        "m3u of an address": f"{web}\n",
        "ffconcat": f"ffconcat version 1.0\nfile '{file}'\n",
        "concat": f"file '{file}'\nduration 1\n",
        "concat in capitals": f"FILE '{file}'\n",
        "pls": f"[playlist]\nFile1={file}\nNumberOfEntries=1\nVersion=2\n",
        "asx": f'<asx version="3.0"><entry><ref href="{web}"/></entry></asx>',
        "asf redirector": f"[Reference]\r\nRef1={web}\r\n",
        "smil": f'<smil><body><video src="{file}"/></body></smil>',
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {canary.port} RTP/AVP 96\n",
        "mpd": manifest.format(file),
        "mpd behind xml": '<?xml version="1.0"?>\n' + manifest.format(web),
        "xspf": '<?xml version="1.0"?>\n' + track.format(f"file://{file}"),
        "xspf alone": track.format(web),
        "cue": f'FILE "{sound}" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
        "cue with a title": f'TITLE "x"\nFILE "{sound}" WAVE\n  TRACK 01 AUDIO\n',
        "cue with a remark": f'REM DATE 2020\nFILE "{sound}" WAVE\n',
        "qtl": f'<?xml version="1.0"?><?quicktime type="application/x-quicktime-media-link"?><embed src="{web}"/>',
        "rtsp text": f"rtsptextrtsp://127.0.0.1:{canary.port}/x",
        "rtsp": f"rtsp://127.0.0.1:{canary.port}/x\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{canary.picture}"/></svg>',
        "svg of an entity": f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{canary.text}">]><svg><text>&x;</text></svg>',
        "html": f'<!doctype html><video src="{web}"></video>',
        "postscript": f"%!PS\n({canary.text}) run\n",
        "eps": f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n({canary.text}) (r) file\n",
        "avisynth": f'AVISource("{file}")\n',
        "vapoursynth": f"import vapoursynth\nopen({str(canary.text)!r}).read()\n",
        "subtitles": f"1\n00:00:00,000 --> 00:00:01,000\n{web}\n",
        "image list": f"{canary.picture}\n{canary.picture}\n",
        "mvg": f"push graphic-context\nimage over 0,0 0,0 '{web}'\npop graphic-context\n",
        "msl": f'<image><read filename="{canary.picture}"/></image>',
        "filter graph": f"movie={file}\n",
        "metadata": f";FFMETADATA1\ntitle={file}\n",
        "desktop": f"[Desktop Entry]\nType=Link\nURL=file://{file}\n",
        "url": f"[InternetShortcut]\nURL={web}\n",
        "ram": f"rtsp://127.0.0.1:{canary.port}/x.rm\n",
        "webvtt": f"WEBVTT\n\n00:00.000 --> 00:01.000\n{web}\n",
    }


@pytest.mark.parametrize("ending", ["", ".mp4", ".png", ".wav", ".m3u8", ".txt"])
def test_no_playlist_is_followed_whatever_its_name(canaries: Canaries, tmp_path: Path, ending: str) -> None:
    for name, text in playlists(canaries).items():
        path = tmp_path / f"list{ending}"
        path.write_text(text, encoding="utf-8")
        said = attempts(str(path))
        assert len(set(said)) == 1 and len(said) == 5, name
        assert canaries.touched() == [], name


def test_no_playlist_is_followed_behind_the_mark_of_another_format(canaries: Canaries, tmp_path: Path) -> None:
    marks = {path.suffix: path.read_bytes()[:16] for path in damage.seeds(tmp_path)} | {"id3": b"ID3\4\0\0\0\0\0\0"}
    for mark in marks.values():
        for name, text in playlists(canaries).items():
            (tmp_path / "list").write_bytes(mark + b"\n" + text.encode())
            attempts(str(tmp_path / "list"))
            assert canaries.touched() == [], (mark, name)


def protocols(canary: Canaries) -> Iterator[str]:
    """Names that FFmpeg would take for more than a file."""
    file, port = canary.video, canary.port
    for scheme in (
        "http",
        "https",
        "tcp",
        "udp",
        "rtp",
        "rtsp",
        "rtmp",
        "rtmpt",
        "ftp",
        "sftp",
        "tls",
        "gopher",
        "srt",
    ):
        yield f"{scheme}://127.0.0.1:{port}/x.mp4"
    for scheme in (
        "mmsh",
        "mmst",
        "icecast",
        "ipfs",
        "ipns",
        "rist",
        "sctp",
        "dtls",
        "httpproxy",
        "ws",
        "unix",
        "ldap",
    ):
        yield f"{scheme}://127.0.0.1:{port}/x.mp4"
    for wrapped in (
        "file:{}",
        "file://{}",
        "FILE:{}",
        "concat:{}",
        "concat:{}|{}",
        "concatf:{}",
        "async:{}",
        "cache:{}",
    ):
        yield wrapped.format(file, file)
    for wrapped in (
        "subfile:,,start,0,end,0,,:{}",
        "subfile,,start,0,end,99,,:{}",
        "crypto:{}",
        "crypto+file:{}",
        "md5:{}",
    ):
        yield wrapped.format(file)
    for wrapped in (
        "hls+file://{}",
        "hls+http://{}",
        "tee:{}",
        "pipe:{}",
        "data:video/mp4,{}",
        "bluray:{}",
        "prompeg:{}",
    ):
        yield wrapped.format(file)
    yield from (
        "pipe:",
        "pipe:0",
        "pipe:1",
        "fd:0",
        "fd:",
        "-",
        "data:,x",
        "data:video/mp4;base64,AAAA",
        "lavfi:testsrc",
    )
    yield from (
        "testsrc",
        "movie=" + str(file),
        "/dev/video0",
        "v4l2:/dev/video0",
        ":0.0",
        "desktop",
        "default",
        "hw:0",
    )
    folder = file.parent
    yield from (
        f"{folder}/canary%d.png",
        f"{folder}/canary*.png",
        f"{folder}/canary[0-9].png",
        f"{folder}/canary%1d.png",
    )
    yield from (
        f"image2:{folder}/canary%d.png",
        f"glob:{folder}/*.png",
        f"{file}|{file}",
        f"{file},{file}",
        f"{file}?x=1",
    )
    yield from (
        f"{file}#fragment",
        f"{file}\n",
        f" {file}",
        f"'{file}'",
        f'"{file}"',
        f"@{file}",
        f"|cat {file}",
        f"<{file}",
    )
    yield from (
        f"`cat {file}`",
        f"$(cat {file})",
        f"{file};id",
        f"%2e/{file}",
        f"~{file}",
        f"\\\\127.0.0.1\\{port}\\x.mp4",
    )


def test_no_protocol_is_spoken(canaries: Canaries, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    names = list(protocols(canaries))
    assert len(names) > 70
    for name in names:
        assert len(set(attempts(name))) == 1, name
        assert canaries.touched() == [], name


def references(canary: Canaries, folder: Path) -> Iterator[tuple[str, Path]]:
    """Files of known formats that refer to a canary."""
    yield "movie without samples of its own", damage.elsewhere(folder / "a.mov", canary.video)
    place, web = str(canary.picture).encode(), b"http://127.0.0.1:%d/" % canary.port
    words = b"/F(%s)/FFilter/FlateDecode" % place
    outside = bombs.stream(
        b"", b"/Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent 8/ColorSpace/DeviceRGB" + words
    )
    documents = {
        "picture": bombs.page(bombs.stream(b"9 0 0 9 0 0 cm /I Do"), outside, uses=b"/XObject<</I 5 0 R>>"),
        "contents": bombs.page(bombs.stream(b"", b"/F(%s)" % place)),
        "font": bombs.page(
            bombs.stream(b"BT /F 9 Tf (x) Tj ET"),
            b"<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor<</FontFile2 6 0 R>>>>",
            bombs.stream(b"", b"/F(%s)" % place),
            uses=b"/Font<</F 5 0 R>>",
        ),
    }
    for action in (b"/S/URI/URI(%s)" % web, b"/S/Launch/F(%s)" % place, b"/S/GoToR/F(%s)/D[0/Fit]" % place,
                   b"/S/JavaScript/JS(this.submitForm\\('%s'\\))" % web, b"/S/SubmitForm/F(%s)" % web,
                   b"/S/ImportData/F(%s)" % place):  # fmt: skip
        catalogue = b"<</Type/Catalog/Pages 2 0 R/OpenAction<<%s>>/AA<</O<<%s>>>>>>" % (action, action)
        whole = bombs.page(bombs.stream(b"")).replace(b"<</Type/Catalog/Pages 2 0 R>>", catalogue)
        documents[action[3:10].decode()] = whole
    for name, body in documents.items():
        path = folder / f"{name.replace('/', '-')}.pdf"
        path.write_bytes(body)
        yield f"document with its {name} elsewhere", path
    segment = bombs.element(b"\x15I\xa9f", bombs.element(b"<\x83\xab", str(canary.video).encode()))
    head = bombs.element(b"\x1aE\xdf\xa3", bombs.element(b"B\x82", b"matroska"))
    (folder / "next.mkv").write_bytes(head + bombs.element(b"\x18S\x80g", segment))
    yield "matroska with a next segment", folder / "next.mkv"
    tag = b"WXXX\0\0\0\x30\0\0\0\0" + web.ljust(46, b"\0")
    (folder / "link.mp3").write_bytes(b"ID3\3\0\0\0\0\0" + bytes([len(tag)]) + tag + b"\xff\xfb\x90\0" * 400)
    yield "mp3 with a link", folder / "link.mp3"


def test_no_reference_within_a_file_is_followed(canaries: Canaries, tmp_path: Path) -> None:
    found = list(references(canaries, tmp_path))
    assert len(found) > 10
    canaries.rest()
    for name, path in found:
        attempts(str(path))
        assert canaries.touched() == [], name
