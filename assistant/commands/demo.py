"""``vireo demo``: the whole path on media that come with Vireo, step by step."""

import argparse
from contextlib import closing
from time import monotonic

from assistant.commands.face import Face
from assistant.commands.output import aside, line
from assistant.types import Turn
from assistant.wiring import HOME, Options, open_mind

MEDIA = HOME / "demo"
STEPS = (
    ("scene.png", "What does the code say?"),
    ("scene.png", "What are the main colours?"),
    ("clip.mp4", "What moves in this clip, and when is it cut?"),
    ("scene.png", "Who painted this?"),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", "--model", default="", help="a model by name, folder or hub id")
    parser.add_argument("-u", "--usage", action="store_true", help="tell tokens and times")


def run(arguments: argparse.Namespace) -> int:
    begun = monotonic()
    face = Face(usage=arguments.usage)
    with closing(open_mind(Options(model=arguments.model, log=False))) as mind:
        aside(f"Vireo, {mind.status().label}. Nothing leaves this machine; nothing is stored.")
        line("\n1. vireo ask -a scene.png --spoken question.wav --phrases phrases.txt")
        phrases = (MEDIA / "phrases.txt").read_text(encoding="utf-8").splitlines()
        said = mind.hear(mind.senses.media.sound(str(MEDIA / "question.wav")), phrases)
        line(f"> {said.text}?")
        outcome = face.show(mind, mind.ask(Turn(said.text, (str(MEDIA / "scene.png"),))))
        for number, (name, question) in enumerate(STEPS, 2):
            if outcome.code:
                return outcome.code
            line(f'\n{number}. vireo ask -a {name} "{question}"')
            outcome = face.show(mind, mind.ask(Turn(question, (str(MEDIA / name),))))
    aside(f"\n{len(STEPS) + 1} questions in {monotonic() - begun:.1f} s. Now yours: vireo ask -a FILE QUESTION")
    return outcome.code
