"""Trains a pupil stage after stage; a run that was killed goes on from its last checkpoint as if nothing had been.

A run's folder holds `state.safetensors`: all weights, the optimizers' memory, the step, and a row for each step. It is
replaced in one go, so it is whole at any time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoTokenizer

from assistant.errors import ModelError
from assistant.models.place import is_fast_in_half
from assistant.training.batches import Made, Pack, batches
from assistant.training.clock import Clock
from assistant.training.introduction import introduce
from assistant.training.optimizer import optimizers
from assistant.training.pocket import Lesson, Pupil

STATE, KEPT = "state.safetensors", "batches"
_LEAST = 0.02
"""Of the rate, at the end of a stage."""
_MEETINGS = 8
"""Batches from which eyes are introduced to words."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a training."""

    name: str
    recipe: str
    """The name of its source."""
    steps: int
    batch: int
    """Examples a step."""
    rate: float = 0.02
    """Of Muon; AdamW has a fixed share of it."""
    eyes: float = 1.0
    """The share of the rate that what sees gets."""
    dense: float = 1.0
    """The weight of the heads' loss."""
    warm: int = 20
    """Steps until the rate is whole."""
    fresh: int = 0
    """How many batches are made; then they come again, from the disk. 0: each batch is a new one."""
    introduced: bool = False
    """Whether what is seen is introduced to the words before."""

    def share(self, step: int) -> float:
        """Of the rate at a step: it rises, stays, and falls from a third of the way on."""
        falling = (self.steps - step) / (self.steps * 0.65)
        return min(1.0, (step + 1) / self.warm) * max(_LEAST, min(1.0, falling))


@dataclass(frozen=True, slots=True)
class Row:
    """What one step was like."""

    stage: str
    step: int
    loss: float
    """Of the words, a token; of the heads where nothing is said."""
    right: float
    """The share of right tokens, or of cells whose thing is told rightly."""
    examples: int


Report = Callable[[Row, float, float], None]
"""Is told a row, examples a second, and the seconds that are left."""


class Run:
    """One training in a folder.

    Args:
        pupil: what is trained
        stages: in their order
        folder: where the state is kept
        processor: the folder of the tokenizer
        family: of the model
        seed: of all chance
        device: where it computes
        workers: processes that make examples; 0 makes them here
        system: the system prompt that some examples have
        every: seconds between checkpoints
        report: is told each step
    """

    def __init__(
        self,
        pupil: Pupil,
        stages: Sequence[Stage],
        folder: Path,
        processor: Path,
        family: str,
        *,
        seed: int = 0,
        device: torch.device,
        workers: int = 0,
        system: str = "",
        every: float = 60.0,
        report: Report = lambda row, rate, left: None,
    ) -> None:
        self.pupil, self._stages, self._folder = pupil.to(device), tuple(stages), folder
        self._processor, self._family, self._seed, self._system = processor, family, seed, system
        self._device, self._workers, self._every, self._report = device, workers, every, report
        self._cores = ThreadPoolExecutor(torch.get_num_threads() if device.type == "cpu" else 1)
        self._stage, self._step = 0, 0
        self._optimizers = self._fresh()
        self.rows: list[Row] = []
        self._resumed()

    @property
    def done(self) -> bool:
        return self._stage == len(self._stages)

    def go(self, seconds: float = float("inf")) -> bool:
        """Train to the end, or for about some seconds; true when it is done. The state is kept either way."""
        begun, threads = monotonic(), torch.get_num_threads()
        if self._device.type == "cpu":
            torch.set_num_threads(1)  # a lesson a core is faster than all cores on one lesson
        try:
            while not self.done:
                if not self._go(self._stages[self._stage], begun + seconds):
                    return False
                self._stage, self._step = self._stage + 1, 0
                self._optimizers = [] if self.done else self._fresh()
                self.save()
        finally:
            torch.set_num_threads(threads)
        return True

    def save(self) -> None:
        """Write the state; a crash leaves the old one or the new one."""
        told = {
            "stage": self._stage,
            "step": self._step,
            "plan": self._plan(),
            "rows": [asdict(row) for row in self.rows],
        }
        partial = self._folder / f"{STATE}.part"
        save_file(dict(self._tensors()), partial, {"run": json.dumps(told)})
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(self._folder / STATE)

    def _go(self, stage: Stage, until: float) -> bool:
        """The rest of a stage; false when the time is over."""
        made = Made(
            stage.recipe,
            self._processor,
            self._family,
            self._seed * 100 + self._stage,
            stage.batch,
            self._system,
            stage.fresh,
            self._folder / KEPT / f"{stage.name}-{stage.batch}-{self._seed}",
        )
        if stage.introduced and self._step == 0:
            tokens = AutoTokenizer.from_pretrained(self._processor, local_files_only=True)
            met = (pack.to(self._device) for step in range(_MEETINGS) for pack in made[step])
            introduce(self.pupil, tokens, met)
        kept, clock = monotonic(), Clock(self._left())
        for packs in batches(made, range(self._step, stage.steps), self._workers):
            row = self._learn(stage, packs)
            self.rows.append(row)
            self._step += 1
            self._report(row, *clock.tick(stage.batch))
            if monotonic() - kept > self._every:
                self.save()
                kept = monotonic()
            if monotonic() > until:
                self.save()
                return False
        return True

    def _learn(self, stage: Stage, packs: Sequence[Pack]) -> Row:
        """One step over a batch."""
        share = stage.share(self._step)
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group.setdefault("whole", group["lr"]) * share
        here = [pack.to(self._device) for pack in packs]
        targets = sum(int((pack.labels[:, 1:] >= 0).sum()) for pack in packs)
        pictures = sum(len(pack.pixels) for pack in packs)
        lessons = self._taught(stage, here, targets, pictures)
        torch.nn.utils.clip_grad_norm_(self.pupil.parameters(), 1.0)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return _row(stage, self._step, lessons)

    def _taught(self, stage: Stage, packs: Sequence[Pack], targets: int, pictures: int) -> list[Lesson]:
        """The lessons of a batch, a core each; what they teach is added up in their order, so it is always the same."""
        weights = [weight for weight in self.pupil.parameters() if weight.requires_grad]
        lessons = []
        for lesson, ways in self._cores.map(lambda pack: self._lesson(stage, pack, targets, pictures, weights), packs):
            lessons.append(lesson)
            for weight, way in zip(weights, ways, strict=True):
                if way is not None:
                    weight.grad = way if weight.grad is None else weight.grad.add_(way)
        return lessons

    def _lesson(
        self, stage: Stage, pack: Pack, targets: int, pictures: int, weights: Sequence[Tensor]
    ) -> tuple[Lesson, Sequence[Tensor | None]]:
        """What a pack teaches, and the way it would have each weight go."""
        with torch.autocast(self._device.type, torch.bfloat16, is_fast_in_half(self._device)):
            lesson = self.pupil(pack, stage.dense > 0)
        loss = lesson.words / max(1, targets) + stage.dense * lesson.seen * lesson.pictures / max(1, pictures)
        ways = torch.autograd.grad(loss, weights, allow_unused=True) if loss.requires_grad else [None] * len(weights)
        return replace(lesson, words=lesson.words.detach(), seen=lesson.seen.detach()), ways

    def _left(self) -> int:
        """Examples that are still to be learnt from."""
        stages = self._stages[self._stage :]
        return sum(each.steps * each.batch for each in stages) - self._step * stages[0].batch

    # State

    def _fresh(self) -> list[torch.optim.Optimizer]:
        stage = self._stages[self._stage]
        for weight in self.pupil.eyes():
            weight.requires_grad_(stage.eyes > 0)
        return optimizers(self.pupil, stage.rate, stage.eyes)

    def _plan(self) -> dict[str, Any]:
        """What must be the same for a run to go on."""
        return {"stages": [asdict(stage) for stage in self._stages], "seed": self._seed, "family": self._family}

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        for name, weight in self.pupil.state_dict().items():
            if name != "model.lm_head.weight":  # it is the table of tokens
                yield f"weights/{name}", weight.contiguous()
        for number, optimizer in enumerate(self._optimizers):
            for place, memory in optimizer.state_dict()["state"].items():
                for name, tensor in memory.items():
                    yield f"memory/{number}/{place}/{name}", tensor.contiguous()

    def _resumed(self) -> None:
        """Take up the state of the folder, where there is one; ModelError when it is of another training."""
        path = self._folder / STATE
        if not path.exists():
            return
        try:
            with safe_open(path, "pt", device="cpu") as file:
                told = json.loads((file.metadata() or {})["run"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no mapping
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise ModelError(f"{path} cannot be read: {error}", "remove it to begin anew") from error
        if told["plan"] != json.loads(json.dumps(self._plan())):
            raise ModelError(
                f"{self._folder} holds a training with other settings", "choose another --out, or remove it"
            )
        self._stage, self._step = told["stage"], told["step"]
        self.rows = [Row(**row) for row in told["rows"]]
        self._taken(tensors)

    def _taken(self, tensors: dict[str, Tensor]) -> None:
        weights = {name.removeprefix("weights/"): t for name, t in tensors.items() if name.startswith("weights/")}
        self.pupil.load_state_dict(weights, strict=False)
        self._optimizers = [] if self.done else self._fresh()
        for number, optimizer in enumerate(self._optimizers):
            state = optimizer.state_dict()
            for key, tensor in tensors.items():
                match key.split("/"):
                    case ["memory", own, place, name] if int(own) == number:
                        state["state"].setdefault(int(place), {})[name] = tensor
            optimizer.load_state_dict(state)


def _row(stage: Stage, step: int, lessons: Sequence[Lesson]) -> Row:
    targets, pictures = sum(each.targets for each in lessons), sum(each.pictures for each in lessons)
    if targets:
        loss = sum(float(each.words) for each in lessons) / targets
        right = sum(each.right for each in lessons) / targets
    else:
        loss = sum(float(each.seen) * each.pictures for each in lessons) / max(1, pictures)
        right = sum(each.kinds[0] for each in lessons) / max(1, sum(each.kinds[1] for each in lessons))
    return Row(stage.name, step, loss, right, stage.batch)
