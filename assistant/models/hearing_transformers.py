"""Ears by transformers: a Whisper model from a folder or from the hub's cache, in safetensors."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import WhisperForConditionalGeneration, WhisperProcessor
from transformers.utils import logging

from assistant.errors import ModelError
from assistant.models.catalog import HUB, folder_of
from assistant.models.checkpoint import checked
from assistant.models.place import device_of, format_of
from assistant.models.silence import Samples, is_silent, pieces
from assistant.types import SAMPLE_RATE, Sound, Utterance, Word

_NO_SPEECH, _UNSURE = 0.6, -1.0
"""Whisper's own thresholds: probability of no speech, mean log probability of a token."""
_WRONG_FILES = (OSError, ValueError, RuntimeError, ImportError, LookupError, TypeError, AttributeError, SafetensorError)


class TransformersHearing:
    """Any language that Whisper knows; its segments with their times stand for words."""

    def __init__(self, model: Any, processor: Any, name: str, language: str | None = None) -> None:
        """`language`: such as "en"; None: it is detected."""
        self._model, self._processor, self._name, self._language = model, processor, name, language
        self._free = threading.Lock()

    @classmethod
    def load(
        cls,
        place: str | Path,
        device: str = "auto",
        dtype: str = "auto",
        language: str | None = None,
        *,
        hub: Path = HUB,
    ) -> TransformersHearing:
        """From a folder or the id of a downloaded hub model; nothing is fetched. Raises ModelError.

        dtype: as for models with eyes; "int8", which is for those that read words, is "auto" here.
        """
        target = device_of(device)
        numbers = format_of("auto" if dtype == "int8" else dtype, target)
        folder = checked(folder_of(place, hub), "whisper")
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        local = {"local_files_only": True}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                processor = WhisperProcessor.from_pretrained(folder, **local)
                model = WhisperForConditionalGeneration.from_pretrained(
                    folder, dtype=numbers, use_safetensors=True, **local
                )
        except _WRONG_FILES as error:
            raise ModelError(
                f"{folder.name} cannot be loaded: {error}", "download it again, or choose another"
            ) from error
        return cls(model.to(target).eval(), processor, Path(place).name, language)

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        """The segments with their times; a piece that is not speech, or was not understood, is left out.

        `phrases` are told to the model as what was said before, which makes it spell them so.
        """
        if is_silent(sound.samples):
            return Utterance("", sound.at, sound.until)
        window = float(self._processor.feature_extractor.chunk_length)
        with self._free, torch.no_grad():
            segments = tuple(
                segment
                for since, samples in pieces(sound.samples, window)
                if not is_silent(samples)
                for segment in self._segments(samples, sound.at + since, phrases)
            )
        return Utterance(" ".join(segment.text for segment in segments), sound.at, sound.until, words=segments)

    def label(self) -> str:
        return f"{self._name} on {self._model.device}"

    def _segments(self, samples: Samples, at: float, phrases: Sequence[str]) -> Iterator[Word]:
        features = self._features(samples)
        if self._no_speech(features) > _NO_SPEECH:
            return
        made = self._model.generate(
            features,
            return_timestamps=True,
            return_segments=True,
            return_dict_in_generate=True,
            output_scores=True,
            **self._options(phrases),
        )
        until = at + len(samples) / SAMPLE_RATE
        for segment in made["segments"][0]:
            text = self._processor.decode(segment["tokens"], skip_special_tokens=True).strip()
            if text and _sureness(segment["result"]) >= _UNSURE:
                yield Word(text, at + float(segment["start"]), min(at + float(segment["end"]), until))

    def _features(self, samples: Samples) -> torch.Tensor:
        features = self._processor(samples, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_features
        return features.to(self._model.device, self._model.dtype)

    def _no_speech(self, features: torch.Tensor) -> float:
        """The probability of <|nospeech|> right after the start, as openai-whisper measures it."""
        start = torch.tensor([[self._model.generation_config.decoder_start_token_id]], device=features.device)
        logits = self._model(input_features=features, decoder_input_ids=start).logits[0, -1]
        id = self._processor.tokenizer.convert_tokens_to_ids("<|nospeech|>")
        return 0.0 if id is None else float(logits.float().softmax(-1)[id])

    def _options(self, phrases: Sequence[str]) -> dict[str, Any]:
        knows_languages = getattr(self._model.generation_config, "is_multilingual", False)
        options: dict[str, Any] = {"task": "transcribe", "language": self._language} if knows_languages else {}
        if phrases:
            prompt = self._processor.get_prompt_ids(" ".join(phrases), return_tensors="pt")
            options["prompt_ids"] = prompt.to(self._model.device)
        return options


def _sureness(result: Mapping[str, Any]) -> float:
    """Mean log probability of the tokens that were chosen."""
    scores = torch.stack([score.flatten() for score in result["scores"]]).float().log_softmax(-1)
    tokens = result["sequences"].flatten()[-len(scores) :].to(scores.device)
    return float(scores.gather(1, tokens[:, None]).mean())
