"""The wiring picks the classes; every import stands where it is used, so that a command pays for its own only."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import __version__
from assistant.errors import ConfigError

if TYPE_CHECKING:
    from assistant.config import Config, Folders
    from assistant.mind import Host, Mind, Senses
    from assistant.models.late import Report
    from assistant.protocols import Hearing, Model, Prompts, Readers
    from assistant.remote import Child, Remote
    from assistant.store import Store
    from assistant.toolbox import Toolbox
    from assistant.types import Profile

HOME = Path(__file__).parent
TOP = HOME.parent
START = f"import sys; sys.path[:0] = [{str(TOP)!r}]; from assistant.__main__ import main; sys.exit(main())"
RULES = "scripted"
DOWNLOAD = "Download it first: hf download {id}; or go back: vireo models use auto"
ROUGH = "pocketsphinx"
"""The hearing that needs no download."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a command line chooses beside the configuration; an empty value leaves the choice to it."""

    model: str = ""
    hearing: str = ""
    instructions: str = ""
    """Added to the system prompt."""
    conversation: str = ""
    """The id of a stored conversation to go on with."""
    log: bool = True
    """False stores nothing."""

    def words(self) -> list[str]:
        """The options as a command line."""
        named = {"--model": self.model, "--hearing": self.hearing, "--system": self.instructions}
        words = [f"{name}={value}" for name, value in named.items() if value]
        words += [f"--conversation={self.conversation}"] if self.conversation else []
        return words + ([] if self.log else ["--no-log"])


def standard_folders() -> Folders:
    from assistant.config import Folders

    return Folders.standard()


def settings() -> tuple[Config, Folders]:
    """The configuration and the folders; ConfigError when it cannot be read."""
    from assistant.config import load

    folders = standard_folders()
    return load(folders), folders


def keep_log(role: str) -> None:
    """What libraries and tools complain of goes to a file of its own, never to the terminal."""
    import logging

    folder = standard_folders().log
    shape = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(filename=folder / f"{role}.log", format=shape)
    except OSError:  # without a log is better than without an answer
        logging.basicConfig(handlers=[logging.NullHandler()])
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a full disk is no reason to fill the terminal


def bundled(kind: str) -> Path:
    """A folder that ships with Vireo: inside the wheel, or beside the package in a checkout."""
    return HOME / kind if (HOME / kind).is_dir() else TOP / kind


def child(role: str, name: str, *words: str, at: str = "") -> Child:
    """A process of ours, started when it is first needed; `at` is the command that runs Vireo elsewhere."""
    from assistant.remote import Child

    try:
        vireo = shlex.split(at) or [sys.executable, "-P", "-c", START]
    except ValueError as error:
        raise ConfigError(f"The setting host is no command: {error}.", "See: vireo config show") from error
    return Child([*vireo, "serve", "--stdio", "--role", role, *words], name, standard_folders().log / f"{role}.log")


def open_store(log: bool = True) -> Store:
    """The conversations; in memory when nothing is to be stored."""
    from assistant.store import Store

    config, folders = settings()
    sources = (path for folder in (HOME, bundled("tools")) for path in folder.rglob("*.py"))
    edition = f"{__version__} {max(path.stat().st_mtime_ns for path in sources)}"
    return Store((config.store or folders.data / "vireo.db") if log else None, edition=edition)


def open_prompts() -> Prompts:
    from assistant.prompts import PromptFolders

    _, folders = settings()
    return PromptFolders(folders.config / "prompts", bundled("prompts"))


def open_senses() -> Senses:
    """What reads the world; files in a child under limits."""
    from assistant.mind import Senses
    from assistant.readers.late import LateReaders
    from assistant.recent import Recent
    from assistant.remote import RemoteMedia

    decoder = child("decoder", "decoder")
    return Senses(RemoteMedia(decoder), LateReaders(load_readers), Recent(), decoder.stop, decoder.close)


def load_readers() -> Readers:
    """What reads text, codes, shots, motion and sound."""
    from assistant.readers.reading import Reading
    from assistant.sound.voice_activity import VoiceActivity

    return Reading(VoiceActivity())


def open_toolbox() -> Toolbox:
    """The tools of Vireo, then the user's own."""
    from assistant.mind import GIFTS
    from assistant.protocols import Reporter
    from assistant.toolbox import Toolbox

    _, folders = settings()
    return Toolbox((bundled("tools"), folders.config / "tools"), (*GIFTS, Reporter))


def remember_model(name: str) -> None:
    """Write the choice of a model into the configuration."""
    from assistant.config import change

    change(standard_folders(), "model", name)


def find_model(name: str) -> Profile:
    """The profile of a model; "auto" is the built-in until a real one is chosen."""
    from assistant.models.catalog import built_in, find, hub

    return built_in() if name in ("", "auto") else find(name, hub=hub())


def open_host(model: str, hearing: str) -> Host:
    """A model host in a child; ModelError when there is no such model."""
    from assistant.mind import Host
    from assistant.remote import RemoteHearing, RemoteModel

    config, _ = settings()
    profile = find_model(model)
    there = child("host", "model host", f"--model={model or 'auto'}", f"--hearing={hearing or 'auto'}", at=config.host)
    served = RemoteModel(there)
    return Host(profile, served, RemoteHearing(there), served.load, there.close)


def load_model(profile: Profile) -> Callable[[Report], Model]:
    """What loads a model in this process."""
    config, _ = settings()

    def load(report: Report) -> Model:
        if profile.id == RULES:
            from assistant.models.scripted import Scripted

            return Scripted()
        from assistant.models.catalog import folder_of, hub, is_small
        from assistant.models.late import LateModel
        from assistant.models.offline import Offline

        folder = folder_of(profile.id, hub())
        if is_small(folder):
            return Offline(LateModel(lambda report: vision(folder, report), profile.label), profile.label)
        return vision(folder, report)

    def vision(folder: Path, report: Report) -> Model:
        from assistant.models.schema import Held
        from assistant.models.vision import Vision

        kept = standard_folders().cache / "beginnings"
        return Vision.load(folder, config.device, config.dtype, force=Held, beginnings=kept, report=report)

    return load


def load_hearing(name: str) -> tuple[Callable[[], Hearing], str]:
    """What loads a hearing in this process, and its label: Whisper where its weights are, else pocketsphinx."""
    from assistant.models.catalog import find, free_memory, hub, propose

    config, _ = settings()
    language = config.language or None
    profile = propose(free_memory(), "hearing", hub()) if name in ("", "auto") else find(name, "hearing", hub())

    def load() -> Hearing:
        if profile.id == ROUGH:
            from assistant.models.hearing_sphinx import SphinxHearing

            return SphinxHearing()
        if profile.id.endswith(".pt"):
            from assistant.models.hearing_whisper import WhisperHearing

            return WhisperHearing.load(profile.id, config.device, language)
        from assistant.models.hearing_transformers import TransformersHearing

        return TransformersHearing.load(profile.id, config.device, config.dtype, language, hub=hub())

    return load, profile.label


def open_mind(options: Options) -> Mind:
    """The assistant in this process, with its models and its decoder in children."""
    from assistant.agent import Agent
    from assistant.mind import Mind
    from assistant.models.catalog import profiles
    from assistant.permissions import Permissions, Roots

    keep_log("vireo")
    config, _ = settings()
    model, hearing = options.model or config.model, options.hearing or config.hearing
    host = open_host(model, hearing)
    store = open_store(options.log)
    toolbox = open_toolbox()
    permissions = Permissions(toolbox.effects, config.approval_seconds)
    return Mind(
        Agent(toolbox, permissions.needs_approval, permissions.wait_for, config.max_steps, config.tool_seconds),
        permissions,
        open_senses(),
        store,
        open_prompts(),
        host,
        options.conversation,
        lambda name: open_host(name, hearing),
        Roots(config.roots or (Path.cwd(),)),
        profiles,
        options.instructions,
    )


def open_remote(options: Options) -> Remote:
    """The assistant in a child; a new one after a crash goes on with the same conversation."""
    from assistant.remote import Remote

    if options.log and not options.conversation:
        with closing(open_store()) as store:
            options = replace(options, conversation=store.begin())
    return Remote(child("mind", "assistant", *options.words()))


def serve(role: str, options: Options) -> None:
    """Serve a role on standard input and output until the other side closes it."""
    from assistant import server

    match role:
        case "decoder" | "documents":
            from assistant.media.decoder import Decoder
            from assistant.media.limits import Limits, apply
            from assistant.remote import DRAWING, RemoteMedia

            limits = Limits()
            pages = RemoteMedia(child("documents", "reader of documents"), DRAWING) if role == "decoder" else None
            server.serve(server.decoder_verbs(Decoder(limits, pages), lambda: apply(limits)), role)
        case "grabber":
            from assistant.media.grabbing import grab as grabbed

            server.serve({"grab": grabbed}, "grabber")
        case "mind":
            mind = open_mind(options)
            server.serve(server.mind_verbs(mind, mind), "assistant")
        case _:
            from assistant.models.gate import GatedHearing
            from assistant.models.late import LateHearing, LateModel
            from assistant.sound.voice_activity import VoiceActivity

            profile = find_model(options.model)
            model = LateModel(load_model(profile), profile.label)
            hearing = GatedHearing(LateHearing(*load_hearing(options.hearing)), VoiceActivity())
            verbs = server.host_verbs(model, hearing, model.load)
            server.serve(verbs, "model host")
