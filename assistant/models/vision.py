"""A vision-language model in this process: any that transformers knows, from a folder, in safetensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch

from assistant.errors import ModelError, StoppedError
from assistant.models.catalog import HUB, folder_of
from assistant.models.checkpoint import checked
from assistant.models.confidence import Confidence, Sureness
from assistant.models.decoding import Decoding, Letters
from assistant.models.failures import NoRoomError, failure_of
from assistant.models.guide import Guide
from assistant.models.int8 import numbers_of
from assistant.models.loading import Report, loaded
from assistant.models.markup import Reading, hidden_ids, markup_of, unspeakable
from assistant.models.place import device_of, format_of
from assistant.models.prompt import Prompt, Template
from assistant.models.reader import reader_of
from assistant.models.snapshots import Snapshots, weights_of
from assistant.models.turns import Rank, Turns
from assistant.types import Abstained, Message, Progress, Reply, Usage

Force = Callable[[Any, int, int, Mapping[str, Any] | str], Any]
"""Makes a LogitsProcessor from a tokenizer, the number of scores, the id that ends a reply, and a schema or grammar."""

Result = TypeVar("Result")
_ONCE_MORE = "out of memory: once more, with smaller pictures"


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
        snapshots: Snapshots | None = None,
    ) -> None:
        """`limit`: tokens of a reply. `longest`: pixels of a picture's longer edge (half of it for many pictures).

        `force`: holds replies to a JSON schema or a grammar. `confidence`: what a reply must be sure of; it is then
        given at once. `guide`: writes the grammar of replies. `snapshots`: beginnings of talks that were read before.
        """
        self._force, self.confidence, self.guide = force, confidence, guide
        self._model, self._processor, self._name, self._limit = model, processor, name, limit
        self._template, self._keeps = Template(processor, longest), snapshots is not None
        self._reader = reader_of(model, processor, self._template, confidence, snapshots)
        self._markup = markup_of(self._template.source, getattr(processor.tokenizer, "response_template", None))
        self._hidden = hidden_ids(model, processor.tokenizer, self._markup)
        self.sureness = Sureness()
        """Of the newest reply, where confidence is asked for."""
        self._turns = Turns()
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
        beginnings: Path | None = None,
        report: Report = lambda text, done: None,
    ) -> Vision:
        """From a folder or the id of a downloaded hub model; nothing is fetched, no code of a model is run.

        dtype: "auto", "float32", "float16", "bfloat16", "int8". `beginnings`: a folder that keeps what the model makes
        of its tools and its system prompt. Raises ModelError.
        """
        target = device_of(device)
        numbers = format_of(dtype, target)
        folder = checked(folder_of(place, hub))
        name = _name(place)
        report(f"reading {name}", 0.0)
        model, processor = loaded(folder, numbers, target, report)
        report(f"{name} is ready", 1.0)
        snapshots = Snapshots(beginnings, weights_of(folder, numbers, target)) if beginnings else None
        confidence, guide = Confidence.beside(folder), Guide.beside(folder)
        return cls(model, processor, name, limit, longest, force, confidence, guide, snapshots)

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
        draft: Sequence[int] = (),
        noted: list[int] | None = None,
    ) -> Iterator[Reply]:
        """Deltas and calls as they are decoded, at last the Usage; to close it ends the work. Raises ModelError.

        `draft`: tokens that may be the reply, read in one go. `noted`: takes up the tokens of the reply.
        """
        if self.confidence is None:
            return self._reply(messages, tools, schema, self._stops, None, draft, noted)
        return self._sure(messages, tools, schema, self._stops, self.confidence)

    def read(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> int:
        """Read what is new of a talk whose last message may go on; how many tokens that was. Raises ModelError.

        It gives way to a question: what is not read then is read with it, or the next time.
        """
        prompt = self._template.opened(messages, tools)
        return self._at_work(Rank.FRAME, lambda check: self._reader.read(prompt, check), 0)

    def shorten(
        self, before: Sequence[Message], after: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Forget what the later form of a talk that was read, with its last message open, has no more."""
        old, new = (self._template.opened(messages, tools) for messages in (before, after))
        self._at_work(Rank.FRAME, lambda check: self._reader.shorten(old, new), None)

    def tidy(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> bool:
        """Read a talk in idle time, once more if it was shortened, its last message open; false when nothing is left.

        It is then exactly as if what was forgotten had never been there. It gives way to everything else, and goes on
        where it was when it is called again.
        """
        prompt = self._template.opened(messages, tools)
        return self._at_work(Rank.TIDYING, lambda check: self._reader.tidy(prompt, check), True)

    def weigh(
        self, messages: Sequence[Message], labels: Sequence[str], tools: Sequence[Mapping[str, Any]] = ()
    ) -> dict[str, float]:
        """How likely each label is as the reply, 0..1, together 1; nothing is remembered of it."""
        prompt = self._template.render(messages, tools)
        none = [0.0] * len(labels)
        logs = self._at_work(Rank.QUESTION, lambda check: self._reader.weigh(prompt, labels, check), none)
        shares = torch.tensor(logs, dtype=torch.float64).softmax(0).tolist()
        return dict(zip(labels, shares, strict=True))

    def forget(self) -> None:
        """Let go of what was read: the next reply begins anew."""
        with self._turns.at(Rank.QUESTION):
            self._reader.forget()

    def stop(self) -> None:
        """End the replies that were asked for until now; later ones are not touched."""
        self._stops += 1

    def label(self) -> str:
        tools = "" if self._template.knows_tools else "; was not trained with tools"
        return f"{self._name} on {self._model.device}, {numbers_of(self._model)}{tools}{self._reader.note}"

    def _at_work(self, rank: Rank, work: Callable[[Callable[[], None]], Result], stopped: Result) -> Result:
        """What some work on the weights gives, or another value when it was stopped. Raises ModelError."""
        stops, failure = self._stops, None

        def check() -> None:
            if self._stops != stops or self._turns.is_wanted(rank):
                raise StoppedError("stopped")

        with self._turns.at(rank):
            try:
                return work(check)
            except StoppedError:
                return stopped
            except ModelError:
                raise
            except Exception as error:  # noqa: BLE001  whatever a model does, it is one clear error
                failure = failure_of(error)
        self._reader.forget()
        raise failure

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
        replies = list(self._reply(messages, tools, schema, stops, sureness))
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
        draft: Sequence[int] = (),
        noted: list[int] | None = None,
    ) -> Iterator[Reply]:
        prompt = self._template.render(messages, tools)
        if self._keeps and (tools or messages[0].role == "system"):
            prompt = replace(prompt, stem=self._template.stem(messages, tools))
        reading = Reading(self._markup, prompt.opening, tools)
        letters = Letters(self._processor.tokenizer, self._hidden)
        held = partial(self._held, messages, tools, schema)
        made = [] if noted is None else noted
        work = self._begin(prompt, forced := held(), stops, sureness, draft)
        try:
            yield from _read(work, reading, letters, made)
        except NoRoomError:
            if made and forced:  # what holds the reply has seen its beginning
                raise
            work.close()
            yield Progress(_ONCE_MORE)
            prompt = _behind(self._template.smaller().render(messages, tools), self._raw(made))
            work = self._begin(prompt, held(), stops, sureness, (), len(made))
            yield from _read(work, reading, letters, made)
        finally:
            work.close()
        yield Usage(work.read, work.reused, len(made))

    def _raw(self, ids: Sequence[int]) -> str:
        return str(self._processor.tokenizer.decode(ids, skip_special_tokens=False))

    def _begin(
        self,
        prompt: Prompt,
        forced: Sequence[Any],
        stops: int,
        sureness: Sureness | None,
        draft: Sequence[int],
        said: int = 0,
    ) -> Decoding:
        """The work on a prompt, behind some tokens of the reply that are said already."""
        length, prepare = self._reader.reading(prompt, sureness)
        room = self._room(length, said)
        options: dict[str, Any] = {"max_new_tokens": room, "suppress_tokens": unspeakable(self._model.config)}
        options["logits_processor"] = [*forced, *([] if sureness is None else [sureness])]
        return Decoding(
            self._model,
            prepare,
            options,
            self._turns.at(Rank.QUESTION),
            lambda: self._stops != stops,
            draft,
            self._reader.forget,
        )

    def _held(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None
    ) -> list[Any]:
        """What the reply is held to, and what it leans to."""
        if schema is not None:
            return [self._forced(schema)]
        grammar = self.guide.grammar(messages, tools) if self.guide and self._force else None
        if self.guide is None or grammar is None:
            return []
        leaning = self.guide.leaning(messages, tools, self._processor.tokenizer)
        return [self._forced(grammar), *([] if leaning is None else [leaning])]

    def _forced(self, wanted: Mapping[str, Any] | str) -> Any:
        if self._force is None:
            raise ModelError("This host cannot force a schema.", "Install llguidance where the models are.")
        ends = self._model.generation_config.eos_token_id
        end = ends[0] if isinstance(ends, list) else ends
        return self._force(self._processor.tokenizer, self._model.config.get_text_config().vocab_size, end, wanted)

    def _room(self, read: int, said: int) -> int:
        holds = getattr(self._model.config.get_text_config(), "max_position_embeddings", None) or read + self._limit
        if read >= holds:
            raise ModelError(
                f"the conversation has {read} tokens, {self._name} holds {holds}",
                "start a new conversation, or attach fewer pictures",
            )
        return max(1, min(self._limit - said, holds - read))


def _read(work: Decoding, reading: Reading, letters: Letters, made: list[int]) -> Iterator[Reply]:
    """What a work says."""
    for token in work:
        made.append(token)
        yield from reading.feed(letters.add(token))
    if not work.stopped:
        yield from reading.feed(letters.rest())
        yield from reading.end()


def _behind(prompt: Prompt, said: str) -> Prompt:
    return replace(prompt, text=prompt.text + said)


def _name(place: str | Path) -> str:
    return Path(place).expanduser().name
