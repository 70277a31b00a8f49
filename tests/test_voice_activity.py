"""Speech is found where somebody speaks, and nowhere else."""

import sys

import numpy as np
import pytest

from assistant.sound.voice_activity import VoiceActivity
from assistant.types import SAMPLE_RATE, Sound
from tests.public_media import public_sound

SECONDS = 6
TIME = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
RANDOM = np.random.default_rng(3)


@pytest.fixture(scope="module")
def speech() -> VoiceActivity:
    return VoiceActivity()


def _music() -> np.ndarray:
    notes = (220, 277, 330, 440)
    return sum(np.sin(2 * np.pi * note * TIME) * ((TIME * 2 + i) % 4 < 1) for i, note in enumerate(notes))


NOISES = {
    "silence": np.zeros_like(TIME),
    "constant": np.ones_like(TIME),
    "white": RANDOM.standard_normal(len(TIME)),
    "brown": np.cumsum(RANDOM.standard_normal(len(TIME))) / 100,
    "hum": sum(np.sin(2 * np.pi * 50 * k * TIME) / k for k in range(1, 9)),
    "siren": np.sin(2 * np.pi * (700 * TIME + 60 * np.sin(np.pi * TIME))),
    "beeps": (TIME % 1 < 0.2) * np.sin(2 * np.pi * 1000 * TIME),
    "music": _music(),
    "clicks": (RANDOM.random(len(TIME)) < 0.0005) * RANDOM.standard_normal(len(TIME)),
}


@pytest.mark.parametrize("level", [0.003, 0.03, 0.3])
@pytest.mark.parametrize("noise", NOISES)
def test_noise_is_not_speech(speech: VoiceActivity, noise: str, level: float) -> None:
    samples = NOISES[noise] / max(1e-9, np.abs(NOISES[noise]).max()) * level
    assert list(speech(Sound(samples.astype(np.float32)))) == []


def test_no_samples_are_no_speech(speech: VoiceActivity) -> None:
    assert list(speech(Sound(np.zeros(0, np.float32)))) == []


@pytest.mark.parametrize(
    ("file", "spans"),
    [
        ("speech_jfk.flac", [(0.3, 2.3), (3.3, 4.4), (5.4, 7.7), (8.2, 10.6)]),
        ("speech_one_two_three.wav", [(0.1, 0.5), (1.0, 1.6), (2.0, 2.6)]),
        ("speech_zip_codes.wav", [(0.9, 2.7), (3.9, 5.0), (6.2, 8.0)]),
    ],
)
def test_speech_is_found_where_it_is(speech: VoiceActivity, file: str, spans: list[tuple[float, float]]) -> None:
    found = speech(public_sound(file))
    assert np.array(found) == pytest.approx(np.array(spans), abs=0.25)


def test_a_very_quiet_word_is_found(speech: VoiceActivity) -> None:
    assert len(speech(public_sound("speech_digit_4_theo_12.wav"))) == 1


@pytest.mark.parametrize(
    "file", ["noise_crunching.mp3", "noise_dtmf5.wav", "noise_sine.wav", "silence_zero_samples.wav"]
)
def test_recorded_noise_is_not_speech(speech: VoiceActivity, file: str) -> None:
    assert list(speech(public_sound(file))) == []


def test_times_are_those_of_the_sound(speech: VoiceActivity) -> None:
    sound = public_sound("speech_one_two_three.wav")
    later = speech(Sound(sound.samples, at=100.0))
    assert np.array(later) == pytest.approx(np.array(speech(sound)) + 100)
    assert later[-1][1] <= 100 + sound.until


def test_blocks_of_the_network_do_not_show(speech: VoiceActivity) -> None:
    """The state and the context go on from one call of the network to the next."""
    words = public_sound("speech_one_two_three.wav").samples
    samples = np.concatenate([words] * 8)
    chances = speech.probabilities(samples)
    assert len(chances) == -(-len(samples) // 512)
    assert min(chances[500:530].max(), chances[:30].max()) > 0.9


def test_torch_is_not_imported() -> None:
    assert "silero_vad" not in sys.modules
