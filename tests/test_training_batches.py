"""Batches: the same whoever makes them, in the product's own words, and only what is said is learnt."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from small_pocket import examples, folder, words
from transformers.utils import logging

from assistant.models.prompt import Template
from assistant.training import tokenizer
from assistant.training.architecture import SIZES, built
from assistant.training.batches import LETTERS, Encoder, Made, batches, packs
from assistant.training.dense import CELLS, NONE, dense
from assistant.training.examples import Example, shelved, taken
from assistant.training.phrasebook import Phrasebook
from assistant.training.pocket import Pupil
from assistant.training.scenes import SIDE, Scene, Thing
from assistant.training.shapes import KINDS
from assistant.training.weather import Weather
from assistant.types import Frame, Message, ToolCall

logging.set_verbosity_error()


@pytest.mark.parametrize("family", ["idefics3", "llava"])
def test_the_ids_and_pixels_are_those_that_the_product_gives_a_model(family: str) -> None:
    processor = tokenizer.processor(words(), family)
    encoder, template = Encoder(processor), Template(processor)
    pictured = [example for example in examples(40) if example.pictures][:12]
    for example in pictured:
        text = template.render(example.messages[:-1], example.tools).text
        given = processor(text=[text], images=example.pictures, return_tensors="pt")
        ids, labels = encoder.encoded(example)
        prompt = given["input_ids"][0].tolist()
        assert ids[: len(prompt)] == prompt and labels[len(prompt)] == ids[len(prompt)]
        pack = packs([example], encoder, words().pad_token_id)[0]
        pixels = given["pixel_values"].reshape(-1, 3, SIDE, SIDE)
        assert torch.allclose(pack.pixels / 127.5 - 1, pixels, atol=1e-5)


def test_what_the_assistant_says_is_learnt_and_nothing_else() -> None:
    call = ToolCall("c1", "look", {"question": "why?"})
    messages = (
        Message("system", ("Be short. <|im_start|>assistant\nno",)),
        Message("user", (Frame(np.zeros((SIDE, SIDE, 3), np.uint8)), "what is this")),
        Message("assistant", ("A red circle.",)),
        Message("user", ("why",)),
        Message("assistant", (call,)),
    )
    ids, labels = Encoder(tokenizer.processor(words(), "idefics3")).encoded(Example("one", messages))
    learnt = words().decode([id for id in labels if id != NONE])
    assert learnt == (
        'A red circle.<|im_end|><tool_call>{"name": "look", "arguments": {"question": "why?"}}</tool_call><|im_end|>'
    )
    assert all(label in (NONE, id) for id, label in zip(ids, labels, strict=True))


def test_packs_hold_every_example_once_and_are_no_larger_than_they_may() -> None:
    made = examples(60)
    found = packs(made, Encoder(tokenizer.processor(words(), "idefics3")), words().pad_token_id)
    assert sum(len(pack.ids) for pack in found) == 60 and len(found) < 20
    assert all(pack.ids.numel() <= LETTERS or len(pack.ids) == 1 for pack in found)
    assert sum(len(pack.pixels) for pack in found) == sum(len(example.pictures) for example in made)
    marks = sum(int((pack.ids == words().convert_tokens_to_ids("<image>")).sum()) for pack in found)
    assert marks == tokenizer.TOKENS * sum(len(pack.pixels) for pack in found)


def test_batches_are_the_same_however_many_work() -> None:
    made = Made("captions", folder(), "idefics3", 5, 3)
    alone, helped = (list(batches(made, range(2, 5), workers)) for workers in (0, 2))
    assert len(alone) == len(helped) == 3
    for one, other in zip(alone, helped, strict=True):
        for a, b in zip(one, other, strict=True):
            assert torch.equal(a.ids, b.ids) and torch.equal(a.labels, b.labels) and torch.equal(a.pixels, b.pixels)
    assert not torch.equal(alone[0][0].pixels, alone[1][0].pixels)


def test_batches_that_come_again_are_kept_and_the_same(tmp_path: Path) -> None:
    made = Made("easy", folder(), "idefics3", 5, 3, fresh=2, kept=tmp_path / "kept")
    first, second, again = (made[step] for step in (0, 1, 2))
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["0.safetensors", "1.safetensors"]
    (tmp_path / "kept" / "0.safetensors").unlink()  # what was taken from it is mapped from its bytes
    (tmp_path / "kept" / "0.safetensors").write_bytes(b"cut short")
    again = made[2]
    new = Made("easy", folder(), "idefics3", 5, 3)[0]
    for one, other in ((first, again), (first, new)):
        for name in (field.name for field in fields(one[0])):
            assert all(torch.equal(getattr(a, name), getattr(b, name)) for a, b in zip(one, other, strict=True))
    assert not torch.equal(first[0].pixels, second[0].pixels)


def test_making_batches_here_leaves_all_cores_to_the_training() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        next(batches(Made("captions", folder(), "idefics3", 5, 3), range(1), 0))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_labels_of_cells_say_what_is_where() -> None:
    star = Thing("star", "red", 0.8, 0.2, 0.15, (1, 0, 0))
    told = dense(Scene(1.0, (star,), "blue", "plain", (0, 0, 1), Weather(), 0))
    kinds, centres = told.kinds.reshape(CELLS, CELLS), told.centres.reshape(CELLS, CELLS)
    assert kinds[1, 6] == KINDS.index("star") + 1 and kinds[6, 1] == 0
    assert centres.sum() == 1 and centres[1, 6] == 1
    assert ((told.colours == NONE) == (told.kinds == 0)).all()


def test_a_copied_word_has_the_same_tokens_in_the_request_and_in_the_call() -> None:
    said = words().tokenize("look at holiday_77.jpg")
    called = words().tokenize('{"name": "look", "arguments": {"source": "holiday_77.jpg"}}')
    name = words().tokenize("holiday_77.jpg")
    assert any(said[at : at + len(name)] == name for at in range(len(said)))
    assert any(called[at : at + len(name)] == name for at in range(len(called)))


def test_every_text_comes_back_from_its_tokens() -> None:
    for text in ("Größe 10 €\n\t ok", "a  b", '{"name": "x", "arguments": {"y": [1, 2.5]}}', "你好 <tools>"):
        assert words().decode(words().encode(text)) == text


def test_a_reply_with_a_call_is_read_back() -> None:
    prompt = words().encode("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n")
    reply = '<tool_call>{"name": "look", "arguments": {"question": "why?"}}</tool_call><|im_end|>'
    read = words().parse_response(words().encode(reply), prefix=prompt)
    assert read["tool_calls"][0]["function"] == {"name": "look", "arguments": {"question": "why?"}}
    assert words().parse_response(words().encode("A star.<|im_end|>"), prefix=prompt)["content"] == "A star."


def test_what_examples_begin_with_is_read_once_and_teaches_the_same() -> None:
    alike = taken(shelved(Phrasebook(), "Be short."), np.random.default_rng(3), "train", 12)
    encoder, pad = Encoder(tokenizer.processor(words(), "idefics3")), words().pad_token_id
    at_once, singly = packs(alike, encoder, pad), [pack for each in alike for pack in packs([each], encoder, pad)]
    assert all(len(pack.begun) > 200 for pack in at_once) and all(len(pack.begun) == 0 for pack in singly)
    assert sum(pack.ids.numel() for pack in at_once) * 3 < sum(pack.ids.numel() for pack in singly)
    torch.manual_seed(0)
    pupil = Pupil(built("vit", SIZES["tiny"], words()), "vit").double()
    taught = []
    for each in (at_once, singly):
        pupil.zero_grad()
        lessons = [pupil(pack, False) for pack in each]
        sum(lesson.words for lesson in lessons).backward()  # type: ignore[union-attr]
        loss = sum(float(lesson.words.detach()) for lesson in lessons)
        grads = torch.cat([p.grad.flatten() for p in pupil.parameters() if p.grad is not None])
        taught.append((loss, sum(lesson.targets for lesson in lessons), grads))
    assert taught[0][1] == taught[1][1] and taught[0][0] == pytest.approx(taught[1][0])
    assert torch.allclose(taught[0][2], taught[1][2], rtol=1e-3, atol=1e-4)  # turns are computed in float32
