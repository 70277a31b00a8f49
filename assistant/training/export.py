"""Writes a trained model as a folder that plain Auto classes load: float16 shards, processor, and a card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast

from assistant.errors import ModelError
from assistant.models.catalog import SENTENCES
from assistant.models.confidence import HEAD
from assistant.training import tokenizer
from assistant.training.pocket import Pupil
from assistant.training.trial import Mark

SHARD = "15MB"
HEADS = "heads.safetensors"
"""What its eyes were taught with, for those who teach them more; plain loading ignores it."""
LONGEST = 96
"""Tokens of a reply."""


def export(
    pupil: Pupil, words: PreTrainedTokenizerFast, family: str, folder: Path, sentences: Sequence[str] = ()
) -> None:
    """Write the model; the head of the words is stored apart from the table of tokens, as some servers want it."""
    folder.mkdir(parents=True, exist_ok=True)
    model = _untied(pupil.model)
    model.generation_config.do_sample, model.generation_config.max_new_tokens = False, LONGEST
    model.to(torch.float16).save_pretrained(folder, max_shard_size=SHARD)
    tokenizer.processor(words, family).save_pretrained(folder)
    head = {"weight": pupil.whole.weight[-1], "bias": pupil.whole.bias[-1:],
            "norm.weight": pupil.norm.weight, "norm.bias": pupil.norm.bias}  # fmt: skip
    save_file({name: t.detach().half().cpu().contiguous() for name, t in head.items()}, folder / HEAD)
    heads = {name: weight for name, weight in pupil.named_parameters() if not name.startswith("model.")}
    save_file({name: t.detach().half().cpu().contiguous() for name, t in heads.items()}, folder / HEADS)
    (folder / SENTENCES).write_text(json.dumps(sentences, indent=1) + "\n", encoding="utf-8")


def begin_with(pupil: Pupil, folder: Path) -> None:
    """Give a pupil the weights of an exported checkpoint of its size; ModelError when they do not fit."""
    try:
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        pupil.model.load_state_dict(model.state_dict())
        heads = {name: tensor.float() for name, tensor in load_file(folder / HEADS).items()}
        pupil.load_state_dict({**pupil.state_dict(), **heads})
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        hint = "give the folder of a trained pocket model of this size"
        raise ModelError(f"{folder} cannot be begun with: {error}", hint) from error


def _untied(model: Any) -> Any:
    """A copy whose output head is a matrix of its own."""
    weights = {name: weight.detach().clone().cpu() for name, weight in model.state_dict().items()}
    weights["lm_head.weight"] = model.get_input_embeddings().weight.detach().clone().cpu()
    config = type(model.config).from_dict(model.config.to_dict())
    config.tie_word_embeddings = config.text_config.tie_word_embeddings = False
    free = type(model)(config)
    free.load_state_dict(weights)
    free.generation_config = model.generation_config
    return free


def card(title: str, told: Mapping[str, Any], marks: Sequence[Mark]) -> str:
    """The model card: what was measured, and nothing else."""
    lines = [
        "---", "license: apache-2.0", "pipeline_tag: image-text-to-text", "library_name: transformers", "---", "",
        f"# {title}", "",
        "A small multimodal model, trained from scratch on made data alone: drawn scenes and hand-written phrases.",
        "It knows a small world of drawn things. Of anything else it is taught to say that it cannot tell.", "",
        "## How it was made", "", *(f"- {name}: {value}" for name, value in told.items()), "",
        "## What it can do", "",
        "Made scenes and wordings that it was never trained on. Constant: what the best single answer would have.", "",
        "| skill | cases | right | constant |", "|---|---|---|---|",
        *(f"| {m.skill} | {m.cases} | {m.right:.2f} | {m.constant:.2f} |" for m in marks), "",
        "## Limits", "",
        _limits(marks), "",
        "It has seen no photograph. It is no judge of people, places or what is not drawn as in its world.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _limits(marks: Sequence[Mark]) -> str:
    weak = [mark.skill for mark in marks if mark.right < max(mark.bar, mark.constant + 0.1)]
    return f"Not claimed, as below their bar: {', '.join(weak)}." if weak else "Every skill above reaches its bar."


def claimed(marks: Sequence[Mark]) -> list[str]:
    """The skills that reach their bar."""
    return [mark.skill for mark in marks if mark.right >= max(mark.bar, mark.constant + 0.1)]


def figures(marks: Sequence[Mark]) -> str:
    """The same as JSON, for programs."""
    rows = [{"skill": m.skill, "cases": m.cases, "right": m.right, "constant": m.constant, "bar": m.bar} for m in marks]
    return json.dumps({"skills": rows, "claimed": claimed(marks)}, indent=1)
