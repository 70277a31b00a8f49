"""What kind of sound is where: music, tones, noise and silence are told apart, and speech is left to its detector."""

from itertools import pairwise

import numpy as np
import pytest

from assistant.readers import sounds
from assistant.readings import SoundFacts
from assistant.sound.voice_activity import VoiceActivity
from assistant.types import SAMPLE_RATE, Sound
from tests import sounds_made as made
from tests.public_media import public_sound

RANDOM = np.random.default_rng(5)
TIME = made.times(8)
SOUNDS = {
    "white": ("noise", made.noise(8)),
    "pink": ("noise", made.noise(8, 0.5)),
    "brown": ("noise", made.noise(8, 1.0)),
    "clapping": ("noise", made.levelled(RANDOM.standard_normal(len(TIME)) * (0.01 + (TIME % 0.5 < 0.05)))),
    "siren": ("noise", made.levelled(np.sin(2 * np.pi * (700 * TIME + 60 * np.sin(np.pi * TIME))))),
    "tone": ("tone", made.tones(8, 440)),
    "low tone": ("tone", made.tones(8, 60)),
    "two tones": ("tone", made.tones(8, 770, 1336)),
    "square wave": ("tone", made.levelled(np.sign(np.sin(2 * np.pi * 440 * TIME)))),
    "chords": ("music", made.chords(8)),
    "chords and drums": ("music", made.chords(8, drums=True)),
    "arpeggio": ("music", made.arpeggio(8)),
    "arpeggio and drums": ("music", made.arpeggio(8, 0.6, drums=True)),
    "fast arpeggio": ("music", made.arpeggio(8, 0.4)),
    "nothing": ("silence", np.zeros(len(TIME), np.float32)),
}


def nobody(sound: Sound) -> list[tuple[float, float]]:
    return []


def shares(facts: SoundFacts) -> dict[str, float]:
    """Seconds of each kind."""
    total: dict[str, float] = {}
    for since, until, kind in facts.spans:
        total[kind] = total.get(kind, 0.0) + until - since
    return total


def whole(facts: SoundFacts, sound: Sound) -> bool:
    """The spans follow on each other from the beginning to the end, and no two of a kind."""
    edges = [sound.at, *(until for _, until, _ in facts.spans)]
    kinds = [kind for *_, kind in facts.spans]
    joined = all(since == edge for (since, _, _), edge in zip(facts.spans, edges, strict=False))
    return joined and abs(edges[-1] - sound.until) < 1e-3 and all(a != b for a, b in pairwise(kinds))


@pytest.mark.parametrize("level", [1.0, 0.1])
@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_is_of_its_kind(name: str, level: float) -> None:
    kind, samples = SOUNDS[name]
    sound = Sound(samples * np.float32(level))
    facts = sounds.facts(sound, nobody)
    assert whole(facts, sound)
    assert shares(facts).get(kind, 0.0) > 7.2, facts.spans


@pytest.mark.parametrize("name", [name for name, (kind, _) in SOUNDS.items() if kind == "music"])
def test_music_with_some_noise_is_music(name: str) -> None:
    music = SOUNDS[name][1]
    hiss = made.noise(8, seed=3) * np.float32(np.sqrt(np.mean(music**2)))
    assert shares(sounds.facts(Sound(music + hiss), nobody)).get("music", 0.0) > 7


@pytest.mark.parametrize(
    ("file", "kind"),
    [("noise_sine.wav", "tone"), ("noise_dtmf5.wav", "tone"), ("noise_office_ambience.mp3", "noise")],
)
def test_recorded_sound_is_of_its_kind(file: str, kind: str) -> None:
    sound = public_sound(file)
    facts = sounds.facts(sound, VoiceActivity())
    heard = {what: seconds for what, seconds in shares(facts).items() if what != "silence"}
    assert whole(facts, sound) and set(heard) == {kind}


@pytest.mark.parametrize("file", ["noise_crunching.mp3", "video_pancake.mkv", "speech_jfk.flac", "speech_arctic.wav"])
def test_no_music_is_heard_where_there_is_none(file: str) -> None:
    assert "music" not in shares(sounds.facts(public_sound(file), VoiceActivity()))


def test_the_kinds_follow_each_other_with_their_times() -> None:
    words = public_sound("speech_arctic.wav").samples
    parts = [np.zeros(2 * SAMPLE_RATE, np.float32), made.chords(8), words, made.noise(4), made.tones(3, 440)]
    sound = Sound(np.concatenate(parts), at=100.0)
    facts = sounds.facts(sound, VoiceActivity())
    kinds = {kind: (since, until) for since, until, kind in facts.spans if until - since > 1}
    expected = {
        "silence": (100, 102),
        "music": (102, 110),
        "speech": (110, 114),
        "noise": (114, 118),
        "tone": (118, 121),
    }
    assert list(kinds) == list(expected)
    for kind, span in expected.items():
        assert kinds[kind] == pytest.approx(span, abs=0.6), facts.spans


def test_speech_is_where_its_detector_hears_it() -> None:
    facts = sounds.facts(Sound(made.noise(5), at=10.0), lambda sound: [(11.0, 12.5)])
    assert [kind for *_, kind in facts.spans] == ["noise", "speech", "noise"]
    assert facts.spans[1][:2] == pytest.approx((11.0, 12.5), abs=0.04)


@pytest.mark.parametrize("count", [0, 1, 100, 511, 513, 8191, 8193, 40_000])
def test_a_sound_of_any_length_is_told_whole(count: int) -> None:
    sound = Sound(made.noise(3)[:count])
    facts = sounds.facts(sound, nobody)
    assert whole(facts, sound) if count else facts.spans == ()


def test_a_click_in_silence_is_heard() -> None:
    samples = np.zeros(4 * SAMPLE_RATE, np.float32)
    samples[32_000:32_300] = made.noise(1)[:300]
    facts = sounds.facts(Sound(samples), nobody)
    assert [kind for *_, kind in facts.spans] == ["silence", "noise", "silence"]
    assert facts.spans[1][0] == pytest.approx(2.0, abs=0.05)


def test_a_pause_between_words_is_silence() -> None:
    samples = np.concatenate([made.noise(1), np.zeros(6400, np.float32), made.noise(1)])
    facts = sounds.facts(Sound(samples), lambda sound: [(0.0, 1.0), (1.4, 2.4)])
    assert [kind for *_, kind in facts.spans] == ["speech", "silence", "speech"]


def test_what_a_short_note_is_cannot_be_told() -> None:
    facts = sounds.facts(Sound(made.chords(8)[:SAMPLE_RATE]), nobody)
    assert "music" not in shares(facts)


@pytest.mark.parametrize(("gain", "clipped"), [(1.0, False), (3.0, False), (8.0, True)])
def test_clipping_is_measured(gain: float, clipped: bool) -> None:
    facts = sounds.facts(Sound(np.clip(made.arpeggio(4) * np.float32(gain), -1, 1)), nobody)
    assert (facts.clipped > 0.001) is clipped


def test_a_tone_of_full_scale_is_not_clipped() -> None:
    for hertz in (50, 440, 3000):
        assert sounds.facts(Sound(made.tones(1, hertz) / np.float32(0.3)), nobody).clipped == 0.0
