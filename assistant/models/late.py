"""A model and a hearing that are loaded when they are first needed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from assistant.protocols import Hearing, Model
from assistant.types import Message, Progress, Reply, Sound, Utterance

Report = Callable[[str, float | None], None]


class LateModel:
    """A `Model` that loads at its first reply, telling how far it is.

    Args:
        load: makes the model, reporting progress; ModelError when it cannot
        label: what to say of it before it is loaded
    """

    def __init__(self, load: Callable[[Report], Model], label: str) -> None:
        self._load, self._label = load, label
        self._model: Model | None = None
        self._stops = 0
        self._outcome: SimpleQueue[Progress | Model | BaseException] | None = None
        self._loading = Lock()

    def load(self) -> Iterator[Progress]:
        """Make it ready; nothing is yielded when it is."""
        with self._loading:
            if self._model is None:
                if self._outcome is None:  # else a load that nobody waited for goes on
                    self._outcome = SimpleQueue()
                    Thread(target=self._run, args=(self._outcome,), daemon=True, name="loading a model").start()
                while isinstance(item := self._outcome.get(), Progress):
                    yield item
                self._outcome = None
                if isinstance(item, BaseException):
                    raise item
                self._model = item

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        stops = self._stops
        yield from self.load()
        if self._model is not None and self._stops == stops:
            yield from self._model.reply(messages, tools, schema)

    def stop(self) -> None:
        self._stops += 1
        if self._model is not None:
            self._model.stop()

    def label(self) -> str:
        return self._label if self._model is None else self._model.label()

    def _run(self, outcome: "SimpleQueue[Progress | Model | BaseException]") -> None:
        try:
            outcome.put(self._load(lambda text, done: outcome.put(Progress(text, done))))
        except BaseException as error:  # noqa: BLE001  it is raised again where somebody waits
            outcome.put(error)


class LateHearing:
    """A `Hearing` that loads at its first sound."""

    def __init__(self, load: Callable[[], Hearing], label: str) -> None:
        self._load, self._label = load, label
        self._hearing: Hearing | None = None
        self._loading = Lock()

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        with self._loading:
            if self._hearing is None:
                self._hearing = self._load()
        return self._hearing.transcribe(sound, phrases)

    def label(self) -> str:
        return self._label if self._hearing is None else self._hearing.label()
