"""A tokenizer and a training for tests: the smallest of the pocket model's own.

Run as ``python small_pocket.py FOLDER`` it trains in the folder, one line a step, and goes on where it was stopped.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from assistant.training import recipes, tokenizer
from assistant.training.architecture import SIZES, built, family_of
from assistant.training.examples import Example, taken
from assistant.training.pocket import Pupil
from assistant.training.stages import Row, Run, Stage

STAGES = (
    Stage("eyes", "easy", 4, 4, warm=2),
    Stage("words", "captions", 5, 4, eyes=0.0, dense=0.0, warm=2, fresh=3, introduced=True),
)


def examples(number: int, recipe: str = "mix", seed: int = 0) -> list[Example]:
    source, rng = recipes.source(recipe), np.random.default_rng(seed)
    return taken(source, rng, "train", number)


@cache
def folder() -> Path:
    """The tokenizer's."""
    place = Path(mkdtemp(prefix="vireo-pocket-"))
    tokenizer.learnt(examples(150), recipes.tools(), 1400).save_pretrained(place)
    return place


@cache
def words() -> PreTrainedTokenizerFast:
    return AutoTokenizer.from_pretrained(folder(), local_files_only=True)


def model(place: Path, tower: str = "focal") -> None:
    """A checkpoint with random weights in a folder."""
    torch.manual_seed(0)
    built(tower, SIZES["tiny"], words()).save_pretrained(place)
    tokenizer.processor(words(), family_of(tower)).save_pretrained(place)


def run(place: Path, tokens: Path, tower: str = "vit", stages: tuple[Stage, ...] = STAGES, **options: object) -> Run:
    """A training in a folder, with checkpoints at every step unless told otherwise."""
    torch.manual_seed(0)
    known = AutoTokenizer.from_pretrained(tokens, local_files_only=True)
    pupil = Pupil(built(tower, SIZES["tiny"], known), tower)
    settings = {"device": torch.device("cpu"), "every": 0.0, **options}
    return Run(pupil, stages, place, tokens, family_of(tower), **settings)  # type: ignore[arg-type]


def main(place: Path, tokens: Path) -> None:
    torch.set_num_threads(1)

    def told(row: Row, rate: float, left: float) -> None:
        print(row.stage, row.step, row.loss.hex(), flush=True)

    run(place, tokens, report=told).go()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
