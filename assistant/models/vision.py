"""A vision-language model in this process: any that transformers knows, from a folder, in safetensors."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForImageTextToText
from transformers.utils import logging

from assistant.errors import ModelError
from assistant.models.catalog import HUB, folder_of
from assistant.models.checkpoint import checked
from assistant.models.confidence import Confidence, Sureness
from assistant.models.decoding import Decoding, Letters, Watched, is_out_of_memory
from assistant.models.guide import Guide
from assistant.models.markup import Reading, control_tokens, is_part_of, markup_of
from assistant.models.place import device_of, format_of
from assistant.models.processors import LOCAL, load_processor
from assistant.models.prompt import Prompt, Template
from assistant.types import Abstained, Message, Reply, Usage

Report = Callable[[str, float | None], None]
"""Is told what is being done, and how far it is, 0..1."""

Force = Callable[[Any, int, int, Mapping[str, Any] | str], Any]
"""Makes a LogitsProcessor from a tokenizer, the number of scores, the id that ends a reply, and a schema or grammar."""

_WRONG_FILES = (OSError, ValueError, RuntimeError, ImportError, LookupError, TypeError, AttributeError, SafetensorError)


class Vision:
    """Continues conversations with pictures; greedy unless the model's own generation config says otherwise."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        name: str,
        limit: int = 1024,
        longest: int = 1024,
        force: Force | None = None,
        confidence: Confidence | None = None,
        guide: Guide | None = None,
    ) -> None:
        """`limit`: tokens of a reply. `longest`: pixels of a picture's longer edge (half of it for many pictures).

        `force`: holds replies to a JSON schema or a grammar. `confidence`: what a reply must be sure of; it is then
        given at once. `guide`: writes the grammar of replies.
        """
        self._force, self.confidence, self.guide = force, confidence, guide
        self._model, self._processor, self._name, self._limit = model, processor, name, limit
        self._template = Template(processor, longest)
        self._markup = markup_of(self._template.source, getattr(processor.tokenizer, "response_template", None))
        self._hidden = _hidden_ids(model, processor.tokenizer, self._markup)
        self.sureness = Sureness()
        """Of the newest reply, where confidence is asked for."""
        self._weights = threading.Lock()
        self._stops = 0

    @classmethod
    def load(
        cls,
        place: str | Path,
        device: str = "auto",
        dtype: str = "auto",
        *,
        hub: Path = HUB,
        limit: int = 1024,
        longest: int = 1024,
        force: Force | None = None,
        report: Report = lambda text, done: None,
    ) -> Vision:
        """From a folder or the id of a downloaded hub model; nothing is fetched, no code of a model is run.

        dtype: "auto", "float32", "float16" or "bfloat16". Raises ModelError.
        """
        target = device_of(device)
        numbers = format_of(dtype, target)
        folder = checked(folder_of(place, hub))
        name = _name(place)
        report(f"reading {name}", 0.0)
        model, processor = _loaded(folder, numbers, target, report)
        report(f"{name} is ready", 1.0)
        return cls(model, processor, name, limit, longest, force, Confidence.beside(folder), Guide.beside(folder))

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        """Deltas and calls as they are decoded, at last the Usage; to close it ends the work. Raises ModelError."""
        if self.confidence is None:
            return self._reply(messages, tools, schema, self._stops)
        return self._sure(messages, tools, schema, self._stops, self.confidence)

    def stop(self) -> None:
        """End the replies that were asked for until now; later ones are not touched."""
        self._stops += 1

    def label(self) -> str:
        numbers = str(self._model.dtype).removeprefix("torch.")
        tools = "" if self._template.knows_tools else "; was not trained with tools"
        return f"{self._name} on {self._model.device}, {numbers}{tools}"

    def _sure(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        schema: Mapping[str, Any] | None,
        stops: int,
        confidence: Confidence,
    ) -> Iterator[Reply]:
        """The reply when it is whole, or that the model abstains."""
        self.sureness = sureness = Sureness()
        watched = partial(confidence.watching, self._model, sureness)
        replies = list(self._reply(messages, tools, schema, stops, sureness, watched))
        doubt = confidence.doubt(sureness)
        if doubt is not None:
            replies = [Abstained(doubt), *(reply for reply in replies if isinstance(reply, Usage))]
        yield from replies

    def _reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        schema: Mapping[str, Any] | None,
        stops: int,
        sureness: Sureness | None = None,
        watched: Watched = nullcontext,
    ) -> Iterator[Reply]:
        prompt = self._template.render(messages, tools)
        reading = Reading(self._markup, prompt.opening, tools)
        letters = Letters(self._processor.tokenizer, self._hidden)
        read, work = self._begin(prompt, self._wanted(messages, tools, schema), stops, sureness, watched)
        decoded = 0
        try:
            for token in work:
                decoded += 1
                yield from reading.feed(letters.add(token))
            if not work.stopped:
                yield from reading.feed(letters.rest())
                yield from reading.end()
        finally:
            work.close()
        yield Usage(read, 0, decoded)

    def _begin(
        self,
        prompt: Prompt,
        wanted: Mapping[str, Any] | str | None,
        stops: int,
        sureness: Sureness | None,
        watched: Watched,
    ) -> tuple[int, Decoding]:
        """The number of tokens to be read, and the work on them; it alone holds the tensors."""
        inputs = self._inputs(prompt)
        read = inputs["input_ids"].shape[1]
        options: dict[str, Any] = {"max_new_tokens": self._room(read), "suppress_tokens": self._unspeakable()}
        forced = [] if wanted is None else [self._forced(wanted)]
        options["logits_processor"] = [*forced, *([] if sureness is None else [sureness])]
        return read, Decoding(self._model, inputs, options, self._weights, lambda: self._stops != stops, watched)

    def _wanted(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None
    ) -> Mapping[str, Any] | str | None:
        """What the reply is held to."""
        if schema is not None or self.guide is None or self._force is None:
            return schema
        return self.guide.grammar(messages, tools)

    def _forced(self, wanted: Mapping[str, Any] | str) -> Any:
        if self._force is None:
            raise ModelError("This host cannot force a schema.", "Install llguidance where the models are.")
        ends = self._model.generation_config.eos_token_id
        end = ends[0] if isinstance(ends, list) else ends
        return self._force(self._processor.tokenizer, self._model.config.get_text_config().vocab_size, end, wanted)

    def _inputs(self, prompt: Prompt) -> dict[str, torch.Tensor]:
        begins = self._processor.tokenizer.bos_token
        again = not (begins and prompt.text.startswith(begins))
        pictures = list(prompt.pictures) or None
        try:
            inputs = self._processor(text=[prompt.text], images=pictures, return_tensors="pt", add_special_tokens=again)
        except (ValueError, TypeError, LookupError) as error:
            raise ModelError(f"the model cannot take this: {error}", "leave out the picture, or cut it") from error
        return {name: _in_format(value, self._model.dtype) for name, value in inputs.items()}

    def _room(self, read: int) -> int:
        holds = getattr(self._model.config.get_text_config(), "max_position_embeddings", None) or read + self._limit
        if read >= holds:
            raise ModelError(
                f"the conversation has {read} tokens, {self._name} holds {holds}",
                "start a new conversation, or attach fewer pictures",
            )
        return min(self._limit, holds - read)

    def _unspeakable(self) -> list[int] | None:
        """The marks of pictures: a model that wrote one would be read as having seen something."""
        config = self._model.config
        ids = [getattr(config, name, None) for name in ("image_token_id", "video_token_id", "audio_token_id")]
        return [id for id in ids if id is not None] or None


def _loaded(folder: Path, numbers: torch.dtype, target: torch.device, report: Report) -> tuple[Any, Any]:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    out_of_memory = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            processor = load_processor(folder)
            report("loading the weights", 0.1)
            return _weights(folder, numbers, target), processor
    except ModelError:
        raise
    except (*_WRONG_FILES, MemoryError) as error:
        out_of_memory = is_out_of_memory(error)
        if not out_of_memory:
            raise ModelError(
                f"{folder.name} cannot be loaded: {error}", "download it again, or choose another"
            ) from error
    # Raised outside of `except`, because a kept traceback keeps tensors alive.
    raise ModelError(f"{folder.name} does not fit the memory of {target}", "choose a smaller model: models list")


def _weights(folder: Path, numbers: torch.dtype, target: torch.device) -> Any:
    model, found = AutoModelForImageTextToText.from_pretrained(
        folder, dtype=numbers, use_safetensors=True, output_loading_info=True, **LOCAL
    )
    if found["missing_keys"]:
        lost = sorted(found["missing_keys"])
        raise ModelError(f"{len(lost)} weights of {folder.name} are missing, {lost[0]} first", "download it again")
    return model.to(target).eval()


def _name(place: str | Path) -> str:
    return Path(place).expanduser().name


def _hidden_ids(model: Any, tokenizer: Any, markup: Mapping[str, Any]) -> frozenset[int]:
    ends = model.generation_config.eos_token_id
    ends = {ends} if isinstance(ends, int) else set(ends or ())
    unseen = {id for token, id in control_tokens(tokenizer).items() if not is_part_of(token, markup)}
    return frozenset(ends | unseen)


def _in_format(value: torch.Tensor, numbers: torch.dtype) -> torch.Tensor:
    return value.to(numbers) if value.is_floating_point() else value
