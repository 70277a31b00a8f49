"""Decodes one prompt in a thread of its own: tokens come out as they are made, and it can be stopped at any layer."""

from __future__ import annotations

import atexit
import gc
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from queue import SimpleQueue
from typing import Any

import torch
from transformers.generation.streamers import BaseStreamer

from assistant.errors import ModelError, StoppedError
from assistant.models.failures import failure_of
from assistant.models.layers import checked
from assistant.models.talks import Prepared

Prepare = Callable[[Callable[[], None]], Prepared]
"""Reads a prompt but for its end, with a check that raises when it shall stop."""
_PATIENCE = 10.0
"""Seconds that a stopped thread is waited for; one layer takes far less."""


class Decoding(BaseStreamer):  # type: ignore[misc]
    """The tokens of one reply. Iterating gives ids; ModelError when the model fails; it just ends when stopped."""

    def __init__(
        self,
        model: Any,
        prepare: Prepare,
        options: Mapping[str, Any],
        turn: AbstractContextManager[None],
        is_stopped: Callable[[], bool],
        draft: Sequence[int] = (),
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        """`prepare` reads the prompt; `turn` is entered while the model works, so that one reply waits for another.

        `draft`: tokens that may be the reply; those that the model would say are said at once (speculative decoding,
        Leviathan et al. 2023). It is for greedy replies, which no processor changes. `forget` lets go of what is held,
        after a failure.
        """
        self._model, self._prepare, self._turn, self._is_stopped = model, prepare, turn, is_stopped
        self._draft, self._forget = tuple(draft), forget
        self._made: SimpleQueue[int | ModelError | None] = SimpleQueue()
        self.ids: list[int] = []
        """What was made so far."""
        self.read = self.reused = 0
        """Tokens of the prompt that were read anew, and those that were held; known when the first token is."""
        self._prompted = self._closed = False
        self._thread = threading.Thread(target=self._run, args=(options,), name="decoding", daemon=True)
        self._thread.start()
        atexit.register(self.close)  # a thread inside torch aborts a process that ends

    def __iter__(self) -> Iterator[int]:
        while (token := self._made.get()) is not None and not self.stopped:
            if isinstance(token, ModelError):
                raise token
            yield token

    @property
    def stopped(self) -> bool:
        return self._closed or self._is_stopped()

    def close(self) -> None:
        """End the work and its thread."""
        self._closed = True
        self._thread.join(_PATIENCE)
        atexit.unregister(self.close)

    def put(self, value: torch.Tensor) -> None:
        """Takes what `generate` has made: first the prompt, then a token at a time."""
        self._check()
        if self._prompted:
            for token in value.flatten().tolist():
                self._say(token)
        self._prompted = True

    def end(self) -> None:
        """Part of the streamer's interface; the end is told when the thread ends."""

    def _run(self, options: Mapping[str, Any]) -> None:
        with self._turn:
            failure = None if self.stopped else self._outcome(options)
        if failure is not None:
            self._forget()
            # Only now, when the exception and the frames that it kept alive are gone, can their tensors be freed.
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        self._made.put(failure)

    def _outcome(self, options: Mapping[str, Any]) -> ModelError | None:
        try:
            with checked(self._model, self._check):
                self._generate(options)
        except StoppedError:
            return None
        except Exception as error:  # noqa: BLE001  a thread hands every failure to the one who waits for it
            return failure_of(error)
        return None

    def _generate(self, options: Mapping[str, Any]) -> None:
        prepared = self._prepare(self._check)
        self.read, self.reused = prepared.read, prepared.reused
        drafted = self._verified(prepared, options)
        if drafted and (drafted[-1] in self._ends() or len(drafted) == options["max_new_tokens"]):
            return
        here = {name: _there(value, self._model.device) for name, value in prepared.inputs.items()}
        left = {**options, "max_new_tokens": options["max_new_tokens"] - len(drafted)}
        whole = False
        try:
            with torch.no_grad():
                self._model.generate(**here, **left, streamer=self)
            whole = True
        finally:
            prepared.done(self.ids[len(drafted) :], whole)

    def _verified(self, prepared: Prepared, options: Mapping[str, Any]) -> list[int]:
        """What the model says of the draft, and the token behind it; said already."""
        draft = self._draft[: options["max_new_tokens"] - 1]
        if not draft or options.get("logits_processor"):
            return []
        found = prepared.verified(draft, options.get("suppress_tokens") or (), self._ends())
        for token in found:
            self._say(token)
        return found

    def _say(self, token: int) -> None:
        self.ids.append(token)
        self._made.put(token)

    def _ends(self) -> Sequence[int]:
        ends = self._model.generation_config.eos_token_id
        return ends if isinstance(ends, list) else [ends]

    def _check(self) -> None:
        if self.stopped:
            raise StoppedError("stopped")


class Letters:
    """Text out of token ids; a letter made of several tokens is held until it is whole."""

    def __init__(self, tokenizer: Any, hidden: frozenset[int]) -> None:
        """`hidden`: ids that are never shown, such as the end of the reply."""
        self._tokenizer, self._hidden = tokenizer, hidden
        self._ids: list[int] = []
        self._shown = self._known = 0

    def add(self, id: int) -> str:
        """The letters that became certain with this token; two windows, as text-generation-inference does it."""
        if id in self._hidden:
            return ""
        self._ids.append(id)
        before, now = self._text(self._shown, self._known), self._text(self._shown, len(self._ids))
        if len(now) <= len(before) or now.endswith("\ufffd"):
            return ""
        self._shown, self._known = self._known, len(self._ids)
        return now[len(before) :]

    def rest(self) -> str:
        return self._text(self._shown, len(self._ids))[len(self._text(self._shown, self._known)) :]

    def _text(self, since: int, until: int) -> str:
        return str(self._tokenizer.decode(self._ids[since:until], skip_special_tokens=False))


def _there(value: Any, device: torch.device) -> Any:
    return value.to(device) if isinstance(value, torch.Tensor) else value
