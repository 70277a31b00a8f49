"""Listening: channels apart, long sound in stretches, words with the times of the file, and a stop that is heard."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant import listening
from assistant.errors import MediaError, StoppedError
from assistant.listening import Voice
from assistant.readings import AudioTrack, MediaInfo, SoundFacts
from assistant.sources import Source
from assistant.types import ALWAYS, SAMPLE_RATE, Sound, Utterance, Word
from tests import made, sounds_made

FILE = "talk.wav"


class Tape:
    """A scene that holds one sound, (channels, samples)."""

    def __init__(self, channels: NDArray[np.float32], seconds: float | None = None) -> None:
        self._channels = channels
        self._seconds = channels.shape[1] / SAMPLE_RATE if seconds is None else seconds
        self.longest = 0.0

    def info(self, source: str = "") -> MediaInfo:
        part = Source.of(source)
        seconds = self._seconds if part.since is None else (part.until or 0.0) - part.since
        track = AudioTrack(1, "pcm", SAMPLE_RATE, len(self._channels))
        return MediaInfo(source or FILE, "sound", "wav", seconds=seconds, audio=(track,))

    def sound(self, source: str = "", since: float = 0.0, until: float = ALWAYS) -> Sound:
        part = Source.of(source)
        assert part.path == FILE
        since, until = (
            max(since, part.since or 0.0),
            min(until, part.until or ALWAYS, self._channels.shape[1] / SAMPLE_RATE),
        )
        if since >= until:
            raise MediaError("it ends before")
        self.longest = max(self.longest, until - since)
        held = self._channels[part.channel - 1] if part.channel else self._channels.mean(axis=0)
        return Sound(held[round(since * SAMPLE_RATE) : round(until * SAMPLE_RATE)], since)


class Ears:
    """Hears one word where a sound is, and tells which sounds it was given."""

    def __init__(self) -> None:
        self.given: list[Sound] = []

    def transcribe(self, sound: Sound, phrases: Any = ()) -> Utterance:
        self.given.append(sound)
        loud = np.flatnonzero(np.abs(sound.samples) > 0.05) / SAMPLE_RATE + sound.at
        if not len(loud):
            return Utterance("", sound.at, sound.until)
        word = Word(f"word{len(self.given)}", float(loud[0]), float(loud[-1]))
        return Utterance(word.text, sound.at, sound.until, words=(word,))

    def label(self) -> str:
        return "ears"


class LoudIsSpeech:
    """Readers for whom every loud stretch is speech."""

    def sound(self, sound: Sound) -> SoundFacts:
        loud = np.abs(sound.samples) > 0.05
        edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(int)))
        spans: list[tuple[float, float]] = []
        for since, until in edges.reshape(-1, 2) / SAMPLE_RATE + sound.at:
            if spans and since - spans[-1][1] < 0.3:
                since = spans.pop()[0]
            spans.append((float(since), float(until)))
        return SoundFacts(len(sound.samples) / SAMPLE_RATE, -20, -3, False, tuple(spans))


class Told:
    """A reporter that keeps what it is told, and may stop the work."""

    def __init__(self, stop_after: int = 10**6) -> None:
        self.shares: list[float | None] = []
        self._stop_after = stop_after

    def report(self, text: str, done: float | None = None) -> None:
        self.shares.append(done)
        if len(self.shares) > self._stop_after:
            raise StoppedError("stopped")


def tape(seconds: float, *bursts: tuple[float, float]) -> NDArray[np.float32]:
    """Silence with bursts of noise, (since, until)."""
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for since, until in bursts:
        samples[round(since * SAMPLE_RATE) : round(until * SAMPLE_RATE)] = sounds_made.noise(until - since)
    return samples


def heard(scene: Tape, source: str = FILE, reporter: Told | None = None, ears: Ears | None = None) -> list[Utterance]:
    info = scene.info(source)
    [voice] = listening.voices(scene, source, info)  # type: ignore[arg-type]
    return list(listening.heard(scene, ears or Ears(), LoudIsSpeech(), reporter or Told(), voice))  # type: ignore[arg-type]


# Channels


def test_two_channels_with_different_sound_are_two_voices() -> None:
    scene = Tape(np.stack([sounds_made.noise(2, seed=1), sounds_made.noise(2, seed=2)]))
    left, right = listening.voices(scene, FILE, scene.info(FILE))  # type: ignore[arg-type]
    assert (left.name, left.source) == ("left", f"{FILE}#channel=1")
    assert (right.name, right.source) == ("right", f"{FILE}#channel=2")


@pytest.mark.parametrize(
    "right",
    [
        sounds_made.noise(2, seed=1),
        -sounds_made.noise(2, seed=1),
        sounds_made.noise(2, seed=1) + np.float32(0.3) * sounds_made.noise(2, seed=2),
        np.zeros(2 * SAMPLE_RATE, np.float32),
    ],
    ids=["the same", "turned over", "nearly the same", "silent"],
)
def test_two_channels_of_one_sound_are_one_voice(right: NDArray[np.float32]) -> None:
    scene = Tape(np.stack([sounds_made.noise(2, seed=1), right]))
    assert listening.voices(scene, FILE, scene.info(FILE)) == [Voice("", FILE, 0.0, 2.0)]  # type: ignore[arg-type]


def test_a_channel_that_is_asked_for_is_one_voice() -> None:
    scene = Tape(np.stack([sounds_made.noise(2, seed=1), sounds_made.noise(2, seed=2)]))
    source = f"{FILE}#channel=2"
    assert listening.voices(scene, source, scene.info(source)) == [Voice("", source, 0.0, 2.0)]  # type: ignore[arg-type]


def test_what_the_turn_is_about_has_channels_too() -> None:
    scene = Tape(np.stack([sounds_made.noise(2, seed=1), sounds_made.noise(2, seed=2)]))
    assert [voice.name for voice in listening.voices(scene, "", scene.info())] == ["left", "right"]  # type: ignore[arg-type]


# Long sound


def test_long_sound_is_heard_in_stretches_with_the_times_of_the_file() -> None:
    scene = Tape(tape(1500, (10, 11), (700, 702), (1490, 1491))[None])
    said = heard(scene)
    assert [round(utterance.words[0].since) for utterance in said] == [10, 700, 1490]
    assert scene.longest == listening.STRETCH


def test_a_part_of_a_file_is_heard_alone_with_the_times_of_the_file() -> None:
    scene = Tape(tape(100, (10, 11), (50, 51), (90, 91))[None])
    [said] = heard(scene, f"{FILE}#t=40,60")
    assert said.words[0].since == pytest.approx(50, abs=0.01)


def test_sound_that_ends_before_its_video_is_heard_to_its_end() -> None:
    assert len(heard(Tape(tape(20, (10, 11))[None], seconds=1300))) == 1


def test_a_file_that_does_not_tell_its_length_is_heard_whole() -> None:
    assert len(heard(Tape(tape(1300, (10, 11), (1200, 1201))[None], seconds=0.0))) == 2


def test_a_file_without_any_sound_says_why() -> None:
    with pytest.raises(MediaError):
        heard(Tape(np.zeros((1, 0), np.float32)))


def test_only_speech_is_recognised() -> None:
    ears = Ears()
    heard(Tape(tape(60, (10, 11), (30, 32))[None]), ears=ears)
    assert [round(sound.until - sound.at, 1) for sound in ears.given] == [1.2, 2.2]


def test_words_with_short_pauses_are_recognised_together_but_not_without_end() -> None:
    ears = Ears()
    heard(Tape(tape(80, *((float(at), at + 0.6) for at in range(1, 70)))[None]), ears=ears)
    lengths = [sound.until - sound.at for sound in ears.given]
    assert max(lengths) < listening.PIECE + 1 and min(lengths[:-1]) > 20


def test_the_share_that_is_done_grows_to_one() -> None:
    told = Told()
    heard(Tape(tape(1300, (10, 11), (700, 702), (1290, 1291))[None]), reporter=told)
    shares = [share for share in told.shares if share is not None]
    assert shares == sorted(shares) and shares[0] >= 0.0 and 0.9 < shares[-1] <= 1.0


def test_a_stop_ends_the_work_at_the_next_piece() -> None:
    ears = Ears()
    with pytest.raises(StoppedError):
        heard(Tape(tape(60, *((float(at), at + 0.5) for at in range(2, 58, 3)))[None]), reporter=Told(3), ears=ears)
    assert len(ears.given) == 2


# Lines


def test_words_are_gathered_into_lines_that_break_at_pauses() -> None:
    words = tuple(Word(f"w{n}", n * 0.5 + 5 * (n > 3), n * 0.5 + 0.4 + 5 * (n > 3)) for n in range(6))
    said = [Utterance("", 0, 10, words=words)]
    assert [line.text for line in listening.lines(said, 42)] == ["w0 w1 w2 w3", "w4 w5"]
    assert [line.text for line in listening.lines(said, 6)] == ["w0 w1", "w2 w3", "w4 w5"]


def test_words_without_times_are_a_line_of_what_was_said() -> None:
    said = [Utterance("all of it", 1.0, 3.0), Utterance("and more", 8.0, 9.0)]
    assert list(listening.lines(said, 42)) == [Word("all of it", 1.0, 3.0), Word("and more", 8.0, 9.0)]
    assert list(listening.lines([], 42)) == []


def test_a_made_file_of_two_talkers_is_heard_channel_by_channel(tmp_path: Path) -> None:
    from assistant.media.decoder import Decoder
    from assistant.media.limits import Limits

    both = np.stack([tape(4, (0.5, 1.5)), tape(4, (2.5, 3.5))])
    path = str(made.wav(tmp_path / "two.wav", both))
    scene: Any = Decoder(Limits())
    voices = listening.voices(scene, path, scene.info(path))
    readers: Any = LoudIsSpeech()
    times = {v.name: [u.words[0].since for u in listening.heard(scene, Ears(), readers, Told(), v)] for v in voices}
    assert times["left"] == pytest.approx([0.5], abs=0.02) and times["right"] == pytest.approx([2.5], abs=0.02)


def test_a_part_is_listened_to_under_the_name_of_the_whole_too() -> None:
    class Attached(Tape):
        def info(self, source: str = "") -> MediaInfo:
            tracks = (AudioTrack(1, "pcm", SAMPLE_RATE, 1), AudioTrack(2, "pcm", SAMPLE_RATE, 2))
            return MediaInfo(f"/x/{FILE}#t=1,2&track=2", "sound", "wav", seconds=1.0, audio=tracks)

    left = np.where(np.arange(3 * SAMPLE_RATE) % 2, 0.3, -0.3)
    tape = Attached(np.stack([left, np.roll(left, 1) * np.linspace(-1, 1, len(left))]).astype(np.float32))
    voices = listening.voices(tape, FILE, tape.info(FILE))  # type: ignore[arg-type]
    assert [(voice.name, voice.since, voice.until) for voice in voices] == [("left", 1.0, 2.0), ("right", 1.0, 2.0)]
