"""Paths: whatever a tool names, and whoever changes the folders meanwhile, nothing outside the roots is read."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread

import pytest

from assistant import files, wiring
from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from assistant.permissions import Roots
from assistant.recent import Recent
from assistant.scene import TurnScene
from tests import made

pytestmark = pytest.mark.skipif(not files.WALKS, reason="folders are opened one in another on POSIX only")

OPEN, SECRET = (20, 10), (30, 40)
"""Width and height by which the pictures are told from each other."""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two roots with pictures, beside a secret one, and everything in them that could lead to it."""
    root, other = tmp_path / "root", tmp_path / "other"
    for folder in (
        root / "sub" / "deep",
        other,
        tmp_path / "root-2",
        tmp_path / "ROOT",
    ):
        folder.mkdir(parents=True, exist_ok=True)
    for place in (root / "a.png", root / "sub" / "a.png", root / "sub" / "deep" / "a.png", other / "a.png"):
        made.picture(place, made.corners(*OPEN))
    for place in (tmp_path / "secret.png", tmp_path / "root-2" / "a.png", tmp_path / "ROOT" / "a.png"):
        made.picture(place, made.corners(*SECRET))
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    (root / "relative.png").symlink_to("../secret.png")
    (root / "inside.png").symlink_to("sub/a.png")
    (root / "chain.png").symlink_to("link.png")
    (root / "up").symlink_to(tmp_path)
    (root / "loop").symlink_to("loop")
    (root / "self").symlink_to(".")
    (root / "proc").symlink_to("/proc/self/root")
    (root / "descriptors").symlink_to("/proc/self/fd")
    (root / "dangling.png").symlink_to("nothing.png")
    (root / "sub" / "top").symlink_to("/")
    os.link(tmp_path / "secret.png", tmp_path / "secret#t=1")
    os.mkfifo(root / "fifo.png")
    (root / ".hidden.png").symlink_to(tmp_path / "secret.png")
    return tmp_path


def scene(roots: Roots, attachments: Sequence[str] = ()) -> TurnScene:
    decoder = Decoder(Limits())
    return TurnScene(decoder, Recent(), attachments, allows=roots.allows, files=roots.files)


def seen(scene: TurnScene, source: str) -> tuple[int, int] | None:
    """The size of the picture that a tool gets to see; None when it is refused in a clear error."""
    try:
        height, width, _ = scene.picture(source).pixels.shape
    except MediaError as error:
        assert "\n" not in str(error) and error.hint
        return None
    return width, height


NAMES = (
    "secret.png",
    "root-2/a.png",
    "ROOT/a.png",
    "root-2/../secret.png",
    "other/../secret.png",
    "secret#t=1",
    "secret.png#t=0",
)
"""The secret files, seen from the folder above the root."""
WAYS = """
{root}/../{name} {root}/./../{name} {root}/sub/../../{name} {root}/sub/deep/../../../{name} {root}/up/{name}
{root}/self/../{name} {root}/self/self/up/{name} {root}/sub/../up/{name} {root}/sub/top{top}/{name} {root}/..//{name}
{top}/{name} /{top}/{name} //{top}/{name} /.{top}/{name} /proc/self/root{top}/{name} /proc/{pid}/root{top}/{name}
/proc/thread-self/root{top}/{name} /proc/self/cwd/{top}/{name} /dev/fd/../root{top}/{name} {root}/proc{top}/{name}
{top}/{name}\0 {root}/a.png\0/../../{name} {root}/\0{top}/{name} {root}/a.png/../../{name} {root}/a.png/../{name}
{root}/../../../../../../../../../../../../../../{top}/{name} {root}\\..\\{name} {root}/..\\{name} {root}/%2e%2e/{name}
{root}/..%2f{name} {root}/..%c0%af{name} {root}/．．/{name} {root}/‥/{name} {root}/..;/{name} {root}/.../{name}
{root}/\u202e../{name} {root}/..\u200b/{name} {root}/..\u00a0/{name} ~/{name} $HOME/{name} {root}/*/../../{name}
{root}/..\n/{name} {root}\n{top}/{name} {root}/?/../../{name} {root}/../{name}#page=1 {root}/up/{name}#t=1,2
file://{top}/{name} file:{top}/{name} FILE:///{top}/{name} file://localhost{top}/{name} http://localhost{top}/{name}
concat:{top}/{name} concat:{root}/a.png|{top}/{name} subfile:,,start,0,end,9,,:{top}/{name} pipe:{top}/{name}
image2:{top}/{name} crypto:{top}/{name} data:{top}/{name} fd:{top}/{name} async:{top}/{name} cache:{top}/{name}
"""
FROM_ROOT = """
link.png relative.png chain.png loop loop/a.png dangling.png .hidden.png /link.png ./relative.png self/chain.png
self/link.png#t=0 link.png#page=1 fifo.png descriptors/0 descriptors/1 descriptors/2 A.PNG a.PNG ａ.png а.png
a\u0301.png a.png\u200b a.png. a.png~ a.png: a.png::$DATA a.png;x .. ../ ../.. . ./ sub sub/ sub/. / // ~ ~root - \0
\ud800 \udcff con nul aux a* ?.png [a].png {{a}}.png a.png%00 %61.png a.png|x <a.png >a.png &a.png
"""
SPECIAL = """
/dev/zero /dev/stdin /dev/tty /dev/fd/0 /dev/random /dev/mem /proc/self/mem /proc/self/environ /proc/self/maps
/proc/kmsg /etc/passwd /etc/shadow /sys/kernel/uevent_seqnum
"""


def forms(root: str) -> Iterator[str]:
    """Ways to write the path of a secret, of a device and of what is no file, seen from a root."""
    top = str(Path(root).parent)
    for way in _read(WAYS):
        yield from (way.format(root=root, top=top, name=name, pid=os.getpid()) for name in NAMES)
    yield from (f"{root}/{odd}" for odd in _read(FROM_ROOT))
    for special in _read(SPECIAL):
        yield from (special, f"{root}/proc{special}", f"{root}/sub/top{special}", f"{root}/up/..{special}")
    yield from (
        f"{root}/{'x' * 300}",
        f"{root}/{'x/' * 3000}",
        f"{root.upper()}/a.png",
        f"{root}-2/a.png",
        "../secret.png",
    )


def _read(table: str) -> list[str]:
    return [form.encode("ascii", "backslashreplace").decode("unicode_escape") for form in table.split()]


def test_there_are_enough_forms() -> None:
    assert len(set(forms("/x/root"))) >= 500


def test_no_form_of_a_path_leads_out_of_the_roots(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither to the secret nor to a hang; from three roots, one of them reached by a link, one the current folder."""
    monkeypatch.chdir(house / "root")
    monkeypatch.setenv("HOME", str(house))
    (house / "alias").symlink_to("root")
    for roots in (Roots([house / "root"]), Roots([house / "alias", house / "other"]), Roots([Path()])):
        stage = scene(roots)
        for root in (str(house / "root"), str(house / "alias")):
            out = [form for form in forms(root) if seen(stage, form) is not None]
            assert out == []


def test_a_canary_outside_the_roots_is_never_opened(house: Path) -> None:
    """The kernel's own word: no path of the secret is opened, not even to be refused later."""
    opened: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and watching:
            opened.append(str(arguments[0]))

    watching = True
    sys.addaudithook(watch)
    stage = scene(Roots([house / "root"]))
    for form in forms(str(house / "root")):
        seen(stage, form)
    watching = False
    assert opened and not any("secret" in path for path in opened)


@pytest.mark.parametrize(
    "form",
    [
        "a.png",
        "sub/a.png",
        "sub/../a.png",
        "inside.png",
        "self/a.png",
        "./sub//deep/a.png",
        "self/inside.png",
    ],
)
def test_files_within_the_roots_are_read(house: Path, form: str) -> None:
    """A link that stays within them, too."""
    assert seen(scene(Roots([house / "root"])), f"{house}/root/{form}") == OPEN


def test_a_hard_link_is_a_file_of_the_folder_it_lies_in(house: Path) -> None:
    os.link(house / "secret.png", house / "root" / "hard.png")
    assert seen(scene(Roots([house / "root"])), str(house / "root" / "hard.png")) == SECRET


def test_a_file_named_like_a_part_is_judged_by_its_own_name(house: Path) -> None:
    made.picture(house / "root" / "b.png", made.corners(*OPEN)).rename(house / "root" / "b.png#page=2")
    assert seen(scene(Roots([house / "root"])), f"{house}/root/b.png#page=2") == OPEN
    roots = Roots([])
    roots.allow(house / "secret")
    assert seen(scene(roots), f"{house}/secret#t=1") is None


def test_an_attached_link_is_followed_and_one_that_is_not_attached_is_not(house: Path) -> None:
    link = str(house / "root" / "link.png")
    assert seen(scene(Roots([]), (link,)), "") == SECRET
    assert seen(scene(Roots([]), (link,)), "link.png") == SECRET
    assert seen(scene(Roots([]), (link,)), str(house / "root" / "chain.png")) is None


@pytest.mark.parametrize("name", ["link.png", "inside.png", "self/a.png", "up/secret.png", "loop", "proc/etc/passwd"])
def test_the_decoder_itself_follows_no_link(house: Path, name: str) -> None:
    with pytest.raises(MediaError, match="is a link"):
        Decoder(Limits()).info(str(house / "root" / name))


@pytest.mark.timeout(60)
def test_pipes_sockets_and_devices_are_refused_without_waiting(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(house / "root")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.png")
        for name in ("fifo.png", "socket.png", "/dev/zero", "/dev/tty", "/dev/full"):
            with pytest.raises(MediaError, match="device or a pipe"):
                Decoder(Limits()).info(str(house / "root" / name))


# Races


class Swapping:
    """A thread that puts a link in the place of a file or a folder and back, as fast as it can."""

    def __init__(self, place: Path, link_to: Path) -> None:
        self.times = 0
        self._over = Event()
        self._place, self._kept, self._link = place, place.with_name("kept"), place.with_name("swapped")
        self._link.symlink_to(link_to)
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Swapping:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            self._place.rename(self._kept)
            self._link.rename(self._place)
            self._place.rename(self._link)
            self._kept.rename(self._place)
            self.times += 1


@pytest.mark.parametrize(("place", "target"), [("sub", ""), ("sub/deep", ""), ("sub/a.png", "secret.png")])
def test_a_link_swapped_in_between_never_leaks(house: Path, place: str, target: str) -> None:
    """Also where a folder above the file becomes a link to one outside in which a file of that name lies."""
    for name in ("a.png", "deep/a.png"):
        (house / name).parent.mkdir(exist_ok=True)
        made.picture(house / name, made.corners(*SECRET))
    stage, came = scene(Roots([house / "root"])), set()
    with Swapping(house / "root" / place, house / target) as swapping:
        for _ in range(1500):
            for name in ("sub/a.png", "sub/deep/a.png"):
                came.add(seen(stage, str(house / "root" / name)))
        assert swapping.times > 20
    assert came <= {OPEN, None}
    assert OPEN in came


def test_a_folder_swapped_for_a_link_is_not_listed(house: Path) -> None:
    (house / "deep").mkdir()
    (house / "deep" / "told.png").write_bytes(b"x")
    roots = Roots([house / "root"])
    with Swapping(house / "root" / "sub", house):
        told = {path for _ in range(300) for path in roots.files()}
    assert not [path for path in told if path.endswith(("told.png", "secret.png"))]


# Listing


def test_files_are_listed_the_nearest_first_without_links_and_hidden_ones(house: Path) -> None:
    (house / "root" / ".git").mkdir()
    (house / "root" / ".git" / "a.png").write_bytes(b"x")
    listed = [str(Path(path).relative_to(house)) for path in Roots([house / "root", house / "other"]).files()]
    assert listed == ["root/a.png", "other/a.png", "root/sub/a.png", "root/sub/deep/a.png"]


@pytest.mark.parametrize(
    "folder", ["", "..", "up", "sub/top", "proc", "/", "/etc", "../root-2", "missing", "a.png", "\0"]
)
def test_only_folders_within_the_roots_are_listed(house: Path, folder: str) -> None:
    roots = Roots([house / "root" / "sub"])
    assert list(roots.files(str(house / "root" / folder))) == []
    assert list(roots.files(str(house / "root" / "sub" / "deep"))) == [str(house / "root" / "sub" / "deep" / "a.png")]


def test_listing_ends_in_a_tree_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.permissions.MOST", 50)
    for number in range(40):
        (tmp_path / "many" / str(number) / "deeper").mkdir(parents=True)
        (tmp_path / "many" / str(number) / "a.txt").write_bytes(b"x")
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "near.txt").write_bytes(b"x")
    listed = list(Roots([tmp_path]).files())
    assert 0 < len(listed) <= 50 and str(tmp_path / "z" / "near.txt") in listed


def test_listing_reads_no_more_than_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x")
    listing = Roots([tmp_path]).files()
    assert next(listing) == str(tmp_path / "a.txt")
    (tmp_path / "late").mkdir()
    assert list(listing) == []


def test_an_attachment_whose_own_name_ends_like_a_part_is_no_key_to_the_file_without(house: Path) -> None:
    attached, beside = house / "secret.png#page=1", house / "secret.png"
    made.picture(house / "odd.png", made.corners(*OPEN)).rename(attached)
    there = scene(Roots([house / "root"]), [str(attached)])
    assert seen(there, str(attached)) == seen(there, attached.name) == seen(there, "") == OPEN
    for name in (str(beside), beside.name, f"{beside}#page=2", "secret.png#t=0"):
        assert seen(there, name) is None


def test_what_is_attached_admits_no_file_of_a_shorter_name(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIREO_HOME", str(house / "home"))
    attached = made.picture(house / "odd.png", made.corners(*OPEN)).rename(house / "secret.png#page=1")
    mind = wiring.open_mind(wiring.Options(log=False))
    try:
        mind._admit([str(attached), f"{house / 'other' / 'a.png'}#t=0"])
        assert mind._roots.allows(attached) and mind._roots.allows(house / "other" / "a.png")
        assert not mind._roots.allows(house / "secret.png")
    finally:
        mind.close()
