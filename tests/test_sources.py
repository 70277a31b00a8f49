"""A source names a file or a part of it."""

import pytest

from assistant.sources import Source


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("clip.mp4", Source("clip.mp4")),
        ("clip.mp4#t=3.52", Source("clip.mp4", since=3.52)),
        ("clip.mp4#t=10,20", Source("clip.mp4", since=10, until=20)),
        ("long.mkv#t=10800.25,1234567", Source("long.mkv", since=10800.25, until=1234567)),
        ("clip.mp4#t=0.00001", Source("clip.mp4", since=0.00001)),
        ("film.mkv#t=1,2&track=2&channel=1", Source("film.mkv", 1, 2, track=2, channel=1)),
        ("a/b.pdf#page=12", Source("a/b.pdf", page=12)),
        ("talk.raw#rate=16000", Source("talk.raw", rate=16000)),
        ("odd#name.png", Source("odd#name.png")),
        ("odd#t=x", Source("odd#t=x")),
        ("odd#page=", Source("odd#page=")),
        ("odd#page=0", Source("odd#page=0")),
        ("#t=3", Source("#t=3")),
    ],
)
def test_a_name_is_read_and_written(name: str, source: Source) -> None:
    assert Source.of(name) == source
    assert str(source) == name


def test_a_moment_is_a_time_without_an_end() -> None:
    assert Source.of("a#t=0").moment and not Source.of("a#t=0,1").moment and not Source.of("a").moment
