"""The pocket model's own tokenizer (byte-level BPE), chat template and processor.

A word is written with the same tokens wherever it stands: only frequent words of little meaning carry the space before
them, digits are single, and the frame of a tool call is made of whole tokens. So what is copied from a request into a
call is copied token by token.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Idefics3Processor, LlavaProcessor, PreTrainedTokenizerFast
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

from assistant.training.examples import Example
from assistant.training.scenes import SIDE
from assistant.types import ToolCall, ToolResult

PAD, BEGIN, END, PICTURE = "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>"
SPECIAL = (PAD, BEGIN, END, "<fake_token_around_image>", "<global-img>", PICTURE, "<end_of_utterance>")
GLUE = ('{"name": "', '", "arguments": {', "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>",
        "<tools>", "</tools>", "assistant", "user")  # fmt: skip
TOKENS = 64
"""That a picture takes in the words' sequence: one a cell."""
HOLDS = 4096
"""Tokens of a conversation."""
_SPACED = 400
"""Words that may carry their space."""
_ALONE = r" |\p{L}+|\p{N}|[^\s\p{L}\p{N}]+|\s"
_TOGETHER = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+| |\s"

TEMPLATE = """\
{%- macro shown(content) -%}
{%- if content is string %}{{ content }}{% else %}{% for part in content %}
{%- if part.type == 'image' %}<image>{% elif 'text' in part %}{{ part.text }}{% endif %}
{%- endfor %}{% endif %}
{%- endmacro -%}
{%- set told = messages[0].role == 'system' -%}
{%- if tools or told %}{{ '<|im_start|>system\n' }}
{%- if told %}{{ shown(messages[0].content) }}{% endif %}
{%- if tools %}{{ '<tools>' }}
{%- for tool in tools %}{% set f = tool.function or tool %}
{{- '\n' + f.name + '(' + (f.parameters.properties or {}) | join(', ') + '): ' }}
{{- (f.description or '').split('\n')[0].split(' ')[:12] | join(' ') }}
{%- endfor %}{{ '</tools>' }}{% endif %}{{ '<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}
{{- '<|im_start|>user\n<tool_response>' + shown(message.content) + '</tool_response><|im_end|>\n' }}
{%- elif message.role != 'system' %}
{{- '<|im_start|>' + message.role + '\n' + shown(message.content or '') }}
{%- for call in message.tool_calls or [] %}{% set f = call.function or call %}
{{- '<tool_call>{"name": "' + f.name + '", "arguments": ' }}
{{- (f.arguments if f.arguments is string else f.arguments | tojson) + '}</tool_call>' }}
{%- endfor %}{{ '<|im_end|>\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""

RESPONSE = {
    "defaults": {"role": "assistant"},
    "start_anchor_pattern": r"<\|im_start\|>assistant\n?",
    "fields": {
        "tool_calls": {
            "open_pattern": r"\s*<tool_call>",
            "close": "</tool_call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close_pattern": r"\s*(?:<\|im_end\|>|<\|endoftext\|>)", "content": "text"},
    },
}
"""By which `parse_response` reads a reply."""


def learnt(examples: Iterable[Example], names: Sequence[str] = (), size: int = 2560) -> PreTrainedTokenizerFast:
    """A tokenizer of about `size` tokens for the texts of some examples; `names` of tools are tokens of their own."""
    texts, copied = _texts(examples)
    inner = _split(Tokenizer(models.BPE()), _ALONE)
    room = size - _SPACED - len(SPECIAL) - len(GLUE) - len(names)
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=room, initial_alphabet=letters, min_frequency=3, show_progress=False)
    inner.train_from_iterator(texts, trainer)
    vocab, merges = _spaced(inner, texts, copied)
    inner = _split(Tokenizer(models.BPE(vocab=vocab, merges=merges)), _TOGETHER)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
    inner.add_tokens([AddedToken(text, special=False, normalized=False) for text in (*GLUE, *names)])
    return _wrapped(inner)


def _texts(examples: Iterable[Example]) -> tuple[list[str], set[str]]:
    """What is said in the examples, and the words of the arguments of their calls."""
    texts, copied = list[str](), set[str]()
    for example in examples:
        texts += (json.dumps(tool, ensure_ascii=False) for tool in example.tools)
        for part in (part for message in example.messages for part in message.parts):
            match part:
                case str():
                    texts.append(part)
                case ToolCall():
                    said = " ".join(str(value) for value in part.arguments.values())
                    texts.append(said)
                    copied |= set(re.findall(r"[^\W\d_]+", said))
                case ToolResult():
                    texts.append(part.text)
    return texts, copied


def _split(inner: Tokenizer, pattern: str) -> Tokenizer:
    words = pre_tokenizers.Split(Regex(pattern), "isolated")
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    return inner


def _spaced(inner: Tokenizer, texts: Sequence[str], copied: set[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The vocabulary and merges, and with them the frequent words that take their space along."""
    parts = json.loads(inner.to_str())["model"]
    vocab, merges = dict(parts["vocab"]), [_pair(merge) for merge in parts["merges"]]
    for word in _frequent(texts, vocab, copied):
        merges.append(("Ġ", word))
        vocab[f"Ġ{word}"] = len(vocab)
    return vocab, merges


def _frequent(texts: Sequence[str], vocab: dict[str, int], copied: set[str]) -> Iterator[str]:
    counts = Counter(word for text in texts for word in re.findall(r" ([A-Za-z]+)", text))
    rare = {word for word in copied if counts[word] < 200}
    fitting = (word for word, _ in counts.most_common() if word in vocab and word not in rare)
    yield from (word for _, word in zip(range(_SPACED), fitting, strict=False))


def _pair(merge: Any) -> tuple[str, str]:
    left, right = merge if isinstance(merge, list) else merge.split(" ")
    return left, right


def _wrapped(inner: Tokenizer) -> PreTrainedTokenizerFast:
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token=END,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
        model_max_length=HOLDS,
        extra_special_tokens={"image_token": PICTURE},
        padding_side="left",
    )
    tokenizer.chat_template, tokenizer.response_template = TEMPLATE, RESPONSE
    return tokenizer


def processor(tokenizer: PreTrainedTokenizerFast, family: str) -> Any:
    """What turns conversations and pictures into tensors, for a family of models: "idefics3" or "llava"."""
    plain = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    if family == "llava":
        square = {"height": SIDE, "width": SIDE}
        pictures = CLIPImageProcessorPil(size=square, do_center_crop=False, crop_size=square, **plain)
        patch = round(SIDE / TOKENS**0.5)
        return LlavaProcessor(pictures, tokenizer, patch, "full", chat_template=TEMPLATE)
    edge = {"longest_edge": SIDE}
    pictures = Idefics3ImageProcessorPil(do_image_splitting=False, size=edge, max_image_size=edge, **plain)
    return Idefics3Processor(pictures, tokenizer, image_seq_len=TOKENS, chat_template=TEMPLATE)
