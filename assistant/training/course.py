"""The whole making of the pocket model: tokenizer, eyes, words, trial, export; it goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils import logging

from assistant.errors import ModelError
from assistant.models.confidence import Confidence
from assistant.models.place import device_of
from assistant.models.vision import Force, Vision
from assistant.training import curve, recipes, routing, tokenizer
from assistant.training.architecture import SIZES, built, family_of
from assistant.training.calibration import calibrated, kept
from assistant.training.exam import cases, exam
from assistant.training.examples import Shown, taken
from assistant.training.export import LONGEST, begin_with, card, export, figures
from assistant.training.language import Language, sentences
from assistant.training.phrasebook import Phrasebook
from assistant.training.pocket import Pupil
from assistant.training.questions import Questions
from assistant.training.recipes import QUESTIONS
from assistant.training.stages import Report, Run, Stage
from assistant.training.trial import Mark, trial

MODEL, WORDS = "model", "tokenizer"
"""The folders of a course: the checkpoint, and the tokenizer that it was begun with."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model is made."""

    size: str
    stages: tuple[Stage, ...]
    texts: int
    """Examples that the tokenizer is learnt from."""
    vocabulary: int
    cases: int
    """Of each skill, in the trial."""
    requests: int = routing.REQUESTS
    """That the router learns from."""


PLANS = {
    "tiny": Plan("tiny", (
        Stage("eyes", "easy", 6, 4, warm=2),
        Stage("words", "mix", 6, 4, eyes=0.0, dense=0.0, warm=2, fresh=4, introduced=True),
    ), 120, 1400, 1, 200),
    "quick": Plan("quick", (
        Stage("eyes", "easy", 480, 32),
        Stage("captions", "captions", 100, 24, eyes=0.0, dense=0.0, introduced=True),
        Stage("words", "mix", 90, 24, eyes=0.0, dense=0.0),
    ), 2000, 2560, 5, 20_000),
    "full": Plan("pocket", (
        Stage("easy", "easy", 200, 64),
        Stage("eyes", "eyes", 2450, 64, fresh=1400),
        Stage("talk", "talk", 900, 64, eyes=0.0, dense=0.0, warm=40),
        Stage("mix", "mix", 2540, 64, eyes=0.0, dense=0.0, warm=40, fresh=1300, introduced=True),
    ), 8000, 3072, 100),
    "more": Plan("pocket", (
        Stage("mix", "mix", 3000, 64, rate=0.01, eyes=0.0, dense=0.0, warm=60),
    ), 0, 0, 100),
}  # fmt: skip
"""The one to see that all works, the one of ten minutes on two cores, the real one, and more for one that is there."""


@dataclass(frozen=True, slots=True)
class Course:
    """One making of a model in a folder."""

    plan: Plan
    folder: Path
    seed: int = 0
    tower: str = "focal"
    device: str = "auto"
    workers: int = 0
    system: str = ""
    """The system prompt of the product."""
    every: float = 60.0
    """Seconds between checkpoints."""
    begun: Path | None = None
    """The checkpoint that it begins with; its tokenizer stays."""
    force: Force | None = None
    """Holds the replies of the trained model to its guide when it is examined."""

    def train(self, seconds: float, report: Report) -> bool:
        """Train to the end, or for about some seconds, and draw the curve; true when the training is done."""
        run = self._run(report)
        done = run.go(seconds)
        (self.folder / "curve.png").write_bytes(curve.png(run.rows))
        (self.folder / "curve.txt").write_text(curve.text(run.rows) + "\n", encoding="utf-8")
        return done

    def export(self) -> Path:
        """Write the trained model as a checkpoint; ModelError when the training is not done."""
        run = self._run(lambda row, rate, left: None)
        if not run.done:
            raise ModelError("the training is not done", "go on with it: run the same command again")
        folder = self.folder / MODEL
        export(run.pupil, self._words(), family_of(self.tower), folder, sentences(Phrasebook()))
        kept(Confidence(), folder)
        routing.kept(routing.learnt(Phrasebook(), self.seed, self.plan.requests), folder)
        return folder

    def examine(self, report: Callable[[str, float], None]) -> tuple[Mark, ...]:
        """Try the checkpoint on what it has never seen, and write its card."""
        folder = self.folder / MODEL
        model = Vision.load(folder, self.device, "float32", limit=LONGEST, force=self.force)
        shown, language = Shown(Questions.load(QUESTIONS)), Language(Phrasebook())
        report("finding how sure it must be", 0.0)
        confidence = calibrated(
            model, shown, cases(language, self.plan.cases, self.seed + 2), self.seed + 2, self.plan.cases * 4
        )
        kept(confidence, folder)
        model.confidence = replace(confidence, told=0.0)  # what is chosen is examined whole
        asked, guide = cases(language, self.plan.cases, self.seed + 1), model.guide
        helped, model.guide = exam(model, asked, report), None
        bare, model.guide = exam(model, asked, report, bare=True), guide
        marks = (
            *helped,
            *bare,
            *trial(model, shown, self.seed + 1, self.plan.cases, report),
        )
        told = {
            "weights": f"{_weights(folder) / 1e6:.1f} million, stored in float16",
            "eyes": self.tower,
            "seed": self.seed,
            "examples": ", ".join(f"{s.name} {s.steps * s.batch}" for s in self.plan.stages),
            "router": f"linear, over words and letters of {self.plan.requests} requests",
            "licence": "Apache-2.0, weights and data alike",
        }
        (folder / "MODEL_CARD.md").write_text(card("Vireo pocket", told, marks), encoding="utf-8")
        (folder / "figures.json").write_text(figures(marks) + "\n", encoding="utf-8")
        return marks

    def _run(self, report: Report) -> Run:
        self.folder.mkdir(parents=True, exist_ok=True)
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        words = self._words()
        torch.manual_seed(self.seed)
        pupil = Pupil(built(self.tower, SIZES[self.plan.size], words), self.tower)
        if self.begun is not None:
            begin_with(pupil, self.begun)
        return Run(
            pupil,
            self.plan.stages,
            self.folder,
            self.folder / WORDS,
            family_of(self.tower),
            seed=self.seed,
            device=device_of(self.device),
            workers=self.workers,
            system=self.system,
            every=self.every,
            report=report,
        )

    def _words(self) -> PreTrainedTokenizerFast:
        """The tokenizer of this course, learnt when it is wanted first."""
        folder = self.folder / WORDS
        if self.begun is not None:
            AutoTokenizer.from_pretrained(self.begun, local_files_only=True).save_pretrained(folder)
        elif not (folder / "tokenizer.json").exists():
            source = recipes.source("mix", self.system, recipes.blank)
            rng = np.random.default_rng(self.seed)
            texts = taken(source, rng, "train", self.plan.texts)
            tokenizer.learnt(texts, recipes.tools(), self.plan.vocabulary).save_pretrained(folder)
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _weights(folder: Path) -> int:
    """How many weights are stored."""
    return sum(path.stat().st_size for path in folder.glob("model*.safetensors")) // 2


def table(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """The marks as rows."""
    return [{"skill": m.skill, "cases": m.cases, "right": m.right, "constant": m.constant} for m in marks]
