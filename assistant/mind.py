"""The assistant in this process: it sees into the recent past, hears through a model, answers through an agent."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from assistant.agent import Agent, Task
from assistant.conversation import Conversation, Exchange, from_rows, question, to_rows, whole
from assistant.errors import AssistantError, MediaError, StoppedError, ToolError
from assistant.evidence import citations, highest, unsupported
from assistant.files import named
from assistant.permissions import Permissions, Roots
from assistant.protocols import Hearing, Media, Model, Notes, Prompts, Readers, Scene, Shelf, Sight
from assistant.recent import Recent
from assistant.scene import ModelSight, TurnScene
from assistant.store import KeptHearing, Store
from assistant.toolbox import Gifts
from assistant.types import (
    Abstained,
    Delta,
    Done,
    Event,
    Frame,
    Message,
    Profile,
    Progress,
    Session,
    Sound,
    Status,
    ToolCall,
    ToolResult,
    Turn,
    Utterance,
)

Ending = Literal["done", "stopped", "failed"]

GIFTS = (Scene, Sight, Hearing, Readers, Notes, Shelf)
"""What tools may ask for beside their arguments (and a Reporter)."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where the models live."""

    profile: Profile
    model: Model
    hearing: Hearing
    load: Callable[[], Iterator[Progress]] = lambda: iter(())
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Senses:
    """What reads the world for the tools."""

    media: Media
    readers: Readers
    recent: Recent
    stop: Callable[[], None] = lambda: None
    """Ends the reading in progress."""
    close: Callable[[], None] = lambda: None


@dataclass(slots=True)
class _Record:
    """What happened in a turn, as it is stored."""

    begun: float = field(default_factory=monotonic)
    times: dict[str, float] = field(default_factory=dict)
    answer: str = ""
    abstained: str | None = None

    def note(self, event: Event) -> Event:
        match event:
            case Delta(text):
                self.times.setdefault("first", round(monotonic() - self.begun, 4))
                self.answer += text
            case Abstained(reason):
                self.abstained = reason
        return event


class Mind:
    """An `Assistant` and its `Desk`.

    Args:
        agent: runs the turns
        permissions: the gate the agent asks, answered through `use`
        senses: media, readers and what was seen lately
        store: keeps the conversations and the notes
        prompts: the texts for the models
        open_host: a model by name, or ModelError
        host: the model to begin with
        conversation: the id of a stored conversation to go on with; "" for a new one
        roots: where files may be read that a tool names; what is attached joins them
        profiles: the models that can be chosen
    """

    def __init__(
        self,
        agent: Agent,
        permissions: Permissions,
        senses: Senses,
        store: Store,
        prompts: Prompts,
        host: Host,
        conversation: str,
        open_host: Callable[[str], Host],
        roots: Roots,
        profiles: Callable[[], tuple[Profile, ...]],
        instructions: str = "",
    ) -> None:
        self._agent, self._permissions, self._store = agent, permissions, store
        self.senses = senses
        self._prompts, self._host, self._open_host = prompts, host, open_host
        self._roots, self._profiles = roots, profiles
        self.id = conversation
        self._system = "\n\n".join(filter(None, (prompts.text("system"), instructions)))
        exchanges = _exchanges(store, conversation)
        self._conversation = Conversation(self._system, exchanges)
        for exchange in exchanges:
            self._admit(exchange.attachments)
        self._tasks: list[Task] = []
        self._numbers = count(1)

    def see(self, frame: Frame) -> None:
        self.senses.recent.see(frame)

    def hear(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        utterance = self._host.hearing.transcribe(sound, phrases)
        self.senses.recent.hear(utterance)
        return utterance

    def ask(self, turn: Turn) -> Iterator[Event]:
        record = _Record()
        state: Ending = "failed"
        self.id = self.id or self._store.begin()
        stored = self._store.open_turn(self.id, {"text": turn.text, "attachments": list(turn.attachments)})
        self._admit(turn.attachments)
        scene = self._scene(turn.attachments or self._conversation.attachments, turn, self._roots.allows)
        window = self._conversation.window()
        task = Task(str(stored), self._host.model, window, self._gifts(scene), schema=turn.schema, first=len(window))
        task.pieces, task.names = highest(window), turn.names
        self._tasks.append(task)
        try:
            task.messages.append(self._question(turn, task, scene))
            yield from map(record.note, self._agent.run(task))
            state = "stopped" if task.stopped.is_set() else "done"
        except StoppedError:
            task.stopped.set()
            state = "stopped"
        except GeneratorExit:
            task.stopped.set()
            state = "stopped"
            raise
        finally:
            self._tasks.remove(task)
            self._keep(stored, state, record, turn, tuple(task.messages[task.first :]))
        record.times["total"] = round(monotonic() - record.begun, 4)
        yield Done(task.usage, record.times, self._label(), state == "stopped", *_rests(task, record.answer))

    def use(self, call: ToolCall, approval: str | None = None) -> Iterator[Event]:
        if approval is not None:
            if not self._permissions.answer(call.id, approval):
                raise ToolError("No such call waits for approval.", "It may have waited too long: ask again.")
            return
        task = Task(
            f"use-{next(self._numbers)}", self._host.model, [], self._gifts(self._scene((), None, lambda p: True))
        )
        self._tasks.append(task)
        try:
            yield from self._agent.use(task, [task.number(call)])
        finally:
            self._tasks.remove(task)

    def stop(self) -> None:
        for task in list(self._tasks):
            task.stopped.set()
        self._host.model.stop()
        self.senses.stop()

    def status(self) -> Status:
        return Status(self._host.profile.name, self._label(), self.id)

    def models(self) -> tuple[Profile, ...]:
        return self._profiles()

    def load(self, model: str) -> Iterator[Progress]:
        host = self._open_host(model)
        try:
            yield from host.load()
        except BaseException:
            host.close()
            raise
        self._host, old = host, self._host
        old.close()

    def tools(self) -> tuple[dict[str, Any], ...]:
        return self._agent.toolbox.schemas

    def sessions(self) -> tuple[Session, ...]:
        return self._store.sessions()

    def begin(self) -> None:
        """Begin a new conversation with the next question."""
        self.id = ""
        self._conversation = Conversation(self._system)

    def close(self) -> None:
        """Let the children and the store go."""
        self.stop()
        self._host.close()
        self.senses.close()
        self._store.close()

    def _scene(self, attachments: Sequence[str], turn: Turn | None, allows: Callable[[Path], bool]) -> TurnScene:
        region = turn.region if turn else None
        return TurnScene(self.senses.media, self.senses.recent, attachments, region, allows, self._roots.files)

    def _gifts(self, scene: TurnScene) -> Gifts:
        sight = ModelSight(self._host.model, self._prompts)
        hearing = KeptHearing(self._host.hearing, self._store.shelf)
        given = (scene, sight, hearing, self.senses.readers, self._store, self._store.shelf)
        return dict(zip(GIFTS, given, strict=True))

    def _admit(self, attachments: Sequence[str]) -> None:
        """Let tools read in later turns what the user attached."""
        for attachment in attachments:
            self._roots.allow(Path(named(attachment).path))

    def _label(self) -> str:
        """What the model says of itself, or what is known of it where it cannot speak now."""
        try:
            return self._host.model.label()
        except AssistantError:
            return self._host.profile.label

    def _question(self, turn: Turn, task: Task, scene: TurnScene) -> Message:
        """The user's message; frames only where the model does not have them yet."""
        there = {}
        for source in scene.attachments:
            try:
                there[source] = scene.info(source)
            except MediaError:
                if turn.attachments:
                    raise  # an earlier one may have gone: the words and the others still stand
        gone = [source for source in scene.attachments if source not in there]
        scene.attachments = tuple(there)
        task.media = tuple((source, info.kind) for source, info in there.items())
        frames = self._host.profile.frames if turn.attachments or not self._conversation.has_frames() else 0
        return question(turn, scene, there, frames, gone)

    def _keep(self, stored: int, state: Ending, record: _Record, turn: Turn, messages: tuple[Message, ...]) -> None:
        messages = whole(messages)
        rows = to_rows(messages)
        kept = {"answer": record.answer, "abstained": record.abstained, "messages": rows, "times": record.times}
        self._store.close_turn(stored, state, kept)
        if messages:
            self._conversation.append(Exchange(messages, turn.attachments))


def _rests(task: Task, answer: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The evidence that an answer cites, and what of it nothing holds that was read or said in the turn."""
    results = task.parts(ToolResult)
    read = [text for result in results for text in (result.text, *(each.text for each in result.evidence))]
    said = [part for m in task.messages[task.first :] if m.role == "user" for part in m.parts if isinstance(part, str)]
    return citations(answer), unsupported(answer, read + said) if results else ()


def _exchanges(store: Store, conversation: str) -> list[Exchange]:
    """The stored turns as messages; one that was cut off by a crash still has its question."""
    exchanges = []
    for turn in store.turns(conversation):
        words = Message("user", (str(turn.question.get("text", "")),))
        with suppress(KeyError, TypeError, ValueError, AttributeError):  # rows of another version, or of nobody
            messages = from_rows(turn.record.get("messages", []))
            attachments = turn.question.get("attachments", ()) if messages or turn.state != "failed" else ()
            exchanges.append(Exchange(messages or (words,), tuple(map(str, attachments))))
    return exchanges
