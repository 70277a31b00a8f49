"""The three kinds of ears: on silence, on a model that is sure, unsure or hears nobody, and on real speech."""

from __future__ import annotations

import json
import os
import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from small_ears import openai_ears, transformers_ears

from assistant.errors import ModelError
from assistant.models.hearing_sphinx import SphinxHearing
from assistant.models.hearing_transformers import TransformersHearing
from assistant.models.hearing_whisper import WhisperHearing
from assistant.models.silence import is_silent, pieces
from assistant.protocols import Hearing
from assistant.types import SAMPLE_RATE, Sound, Utterance

MEDIA = Path(os.environ.get("VIREO_MEDIA", Path(__file__).parents[2] / "shared" / "media"))
SENTENCE = ["<|en|>", "<|transcribe|>", "<|0.00|>", " Turn", " the", " light", " on", "<|1.50|>", "<|endoftext|>"]


def noise(seconds: float, at: float = 0.0) -> Sound:
    samples = np.random.default_rng(0).normal(0, 0.1, int(seconds * SAMPLE_RATE))
    return Sound(samples.astype(np.float32), at)


def clip(name: str) -> Sound:
    if not (MEDIA / name).exists():
        pytest.skip("the media are not here")
    with wave.open(str(MEDIA / name)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return Sound((pcm / 32768).astype(np.float32), at=100.0)


def load(kind: str, place: Path, says: list[str], sure: float = 4.0, language: str | None = None) -> Hearing:
    if kind == "openai":
        return WhisperHearing.load(openai_ears(place / "small.pt", says, sure), device="cpu", language=language)
    return TransformersHearing.load(transformers_ears(place, says, sure), device="cpu", language=language)


@pytest.fixture(scope="module")
def sphinx() -> SphinxHearing:
    return SphinxHearing()


WHISPERS = pytest.mark.parametrize("kind", ["openai", "transformers"])


@WHISPERS
def test_whisper_writes_what_it_hears_with_times(tmp_path: Path, kind: str) -> None:
    hearing = load(kind, tmp_path, SENTENCE)
    heard = hearing.transcribe(noise(3, at=10))
    assert (heard.text, heard.since, heard.until) == ("Turn the light on", 10, 13)
    assert " ".join(word.text for word in heard.words) == heard.text
    assert heard.words[0].since == 10 and heard.words[-1].until <= 13
    assert isinstance(hearing, Hearing) and "cpu" in hearing.label()


@WHISPERS
def test_whisper_is_not_asked_about_silence(tmp_path: Path, kind: str) -> None:
    hearing = load(kind, tmp_path, SENTENCE)
    for samples in (np.zeros(0), np.zeros(SAMPLE_RATE), np.full(SAMPLE_RATE, 1e-4)):
        sound = Sound(samples.astype(np.float32), 5.0)
        assert hearing.transcribe(sound) == Utterance("", 5.0, sound.until)


@WHISPERS
def test_what_whisper_takes_for_no_speech_is_left_out(tmp_path: Path, kind: str) -> None:
    assert load(kind, tmp_path, ["<|nospeech|>", *SENTENCE[1:]]).transcribe(noise(3)).text == ""


@WHISPERS
def test_what_whisper_is_unsure_of_is_left_out(tmp_path: Path, kind: str) -> None:
    assert load(kind, tmp_path, SENTENCE, sure=0.3).transcribe(noise(0.5)).text == ""


@WHISPERS
def test_a_long_sound_is_heard_to_its_end(tmp_path: Path, kind: str) -> None:
    hearing = load(kind, tmp_path, [*SENTENCE[:-2], "<|25.00|>", SENTENCE[-1]])
    heard = hearing.transcribe(noise(40, at=2))
    assert heard.text == "Turn the light on Turn the light on"
    assert heard.words[-1].since > 20 and heard.words[-1].until <= 42


def test_whisper_is_told_the_phrases(tmp_path: Path) -> None:
    shift = 1 + len(" light")
    said = ["<|startofprev|>"] * shift + SENTENCE
    hearing = load("transformers", tmp_path, said, language="en")
    assert hearing.transcribe(noise(3), ["light"]).text == "Turn the light on"
    assert hearing.transcribe(noise(3)).text != "Turn the light on"


def test_a_checkpoint_that_can_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (open, (str(tmp_path / "canary"), "w"))

    torch.save({"dims": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(ModelError, match="can run code"):
        WhisperHearing.load(tmp_path / "evil.pt", device="cpu")
    assert not (tmp_path / "canary").exists()


def test_what_is_no_checkpoint_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "noise.pt").write_bytes(b"not a checkpoint")
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pt")
    for name, said in (("none.pt", "no file"), ("noise.pt", "noise.pt"), ("other.pt", "no Whisper")):
        with pytest.raises(ModelError, match=said) as caught:
            WhisperHearing.load(tmp_path / name, device="cpu")
        assert caught.value.hint


def test_pickled_ears_are_refused(tmp_path: Path) -> None:
    transformers_ears(tmp_path, SENTENCE)
    (tmp_path / "model.safetensors").unlink()
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickles"):
        TransformersHearing.load(tmp_path, device="cpu")


def test_ears_that_are_no_whisper_are_refused(tmp_path: Path) -> None:
    transformers_ears(tmp_path, SENTENCE)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "bert"}))
    with pytest.raises(ModelError, match="not whisper"):
        TransformersHearing.load(tmp_path, device="cpu")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("speech_cards_001.wav", "ten of clubs"),
        ("speech_cards_003.wav", "seven of clubs"),
        ("speech_cards_004.wav", "five five"),
        ("speech_cards_005.wav", "eight of spades four of clubs seven of hearts"),
    ],
)
def test_sphinx_takes_dictation(sphinx: SphinxHearing, name: str, said: str) -> None:
    sound = clip(name)
    heard = sphinx.transcribe(sound)
    assert heard.text == said
    assert [word.text for word in heard.words] == said.split()
    times = [time for word in heard.words for time in (word.since, word.until)]
    assert sound.at <= times[0] and times == sorted(times) and times[-1] <= sound.until


def test_sphinx_chooses_among_phrases_as_they_are_written(sphinx: SphinxHearing) -> None:
    phrases = ["Ten of Clubs!", "Five, five.", "Queen of hearts", "Qwertz of zxcvb"]
    assert sphinx.transcribe(clip("speech_cards_001.wav"), phrases).text == "Ten of Clubs!"
    assert sphinx.transcribe(clip("speech_cards_004.wav"), phrases).text == "Five, five."
    assert sphinx.transcribe(noise(2), phrases).text == ""
    assert sphinx.transcribe(clip("speech_cards_003.wav")).text == "seven of clubs"


def test_sphinx_falls_back_to_dictation_when_no_phrase_can_be_heard(sphinx: SphinxHearing) -> None:
    assert sphinx.transcribe(clip("speech_cards_001.wav"), ["Qwertz zxcvb", "§"]).text == "ten of clubs"


def test_sphinx_hears_a_long_sound_piece_by_piece(sphinx: SphinxHearing) -> None:
    card = clip("speech_cards_001.wav")
    pause = np.zeros(3 * SAMPLE_RATE, np.float32)
    long = Sound(np.concatenate([np.concatenate([card.samples, pause]) for _ in range(6)]), 2.0)
    heard = sphinx.transcribe(long)
    assert heard.text == " ".join(["ten of clubs"] * 6) and heard.until == long.until
    first, second = heard.words[0], heard.words[3]
    assert 2.0 < first.since < second.since
    assert abs(second.since - first.since - len(card.samples) / SAMPLE_RATE - 3) < 0.3


def test_sphinx_hears_nobody_in_silence(sphinx: SphinxHearing) -> None:
    assert sphinx.transcribe(Sound(np.zeros(SAMPLE_RATE, np.float32), 3.0)) == Utterance("", 3.0, 4.0)
    assert sphinx.transcribe(Sound(np.zeros(0, np.float32))).text == ""
    assert isinstance(sphinx, Hearing) and "rough" in sphinx.label()


def test_a_faint_voice_is_not_silence() -> None:
    assert not is_silent(clip("speech_cards_001.wav").samples * 0.01)
    assert is_silent(noise(1).samples * 1e-3)


def test_a_long_sound_is_cut_where_it_is_quiet() -> None:
    samples = noise(25).samples.copy()
    samples[int(9.0 * SAMPLE_RATE) : int(9.2 * SAMPLE_RATE)] = 0
    cut = list(pieces(samples, 10.0))
    assert 9.0 < cut[1][0] < 9.2
    assert all(len(piece) <= 10 * SAMPLE_RATE for _, piece in cut)
    assert np.array_equal(np.concatenate([piece for _, piece in cut]), samples)
