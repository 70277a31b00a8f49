"""Small random checkpoints of real families, with tokenizers and processors made on the spot, saved to folders."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3Processor,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3_5Config,
    Qwen3_5ForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

FAMILIES = ("idefics3", "smolvlm", "qwen2_5_vl", "qwen3_vl", "qwen3_5")

_IDEFICS_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}:{% else %}: {% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
    "{% elif line['type'] == 'image' %}<image>{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
_QWEN2_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_QWEN3_TEMPLATE = """\
{%- macro shown(content) -%}
{%- if content is string %}{{ content }}{% else %}{% for item in content %}
{%- if item.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>
{%- elif 'text' in item %}{{ item.text }}{% endif %}
{%- endfor %}{% endif %}
{%- endmacro -%}
{%- if tools %}
{{- '<|im_start|>system\n' }}
{%- if messages[0].role == 'system' %}{{ shown(messages[0].content) + '\n\n' }}{% endif %}
{{- '# Tools\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>' }}
{%- for tool in tools %}{{ '\n' + (tool | tojson) }}{% endfor %}
{{- '\n</tools>\n\nFor each call return <tool_call>\n' }}
{{- '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>' }}
{{- '<|im_end|>\n' }}
{%- elif messages[0].role == 'system' %}
{{- '<|im_start|>system\n' + shown(messages[0].content) + '<|im_end|>\n' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{ '<|im_start|>user\n' + shown(message.content) + '<|im_end|>\n' }}
{%- elif message.role == 'assistant' %}
{{- '<|im_start|>assistant\n' + shown(message.content) }}
{%- for call in message.tool_calls or [] %}
{{- '\n<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' + (call.function.arguments | tojson) }}
{{- '}\n</tool_call>' }}
{%- endfor %}{{ '<|im_end|>\n' }}
{%- elif message.role == 'tool' %}
{{- '<|im_start|>user\n<tool_response>\n' + shown(message.content) + '\n</tool_response><|im_end|>\n' }}
{%- endif %}{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""

_QWEN3_5_TEMPLATE = """\
{%- macro shown(content) -%}
{%- if content is string %}{{ content }}{% else %}{% for item in content %}
{%- if item.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>
{%- elif 'text' in item %}{{ item.text }}{% endif %}
{%- endfor %}{% endif %}
{%- endmacro -%}
{%- set first = messages[0] %}
{%- if tools or first.role == 'system' %}{{ '<|im_start|>system\n' }}
{%- if tools %}{{ '# Tools\n\nYou have access to the following functions:\n\n<tools>' }}
{%- for tool in tools %}{{ '\n' + (tool | tojson) }}{% endfor %}
{{- '\n</tools>\n\nCall one so:\n\n<tool_call>\n<function=example>\n<parameter=name>\nvalue\n</parameter>\n' }}
{{- '</function>\n</tool_call>\n\n' }}{% endif %}
{%- if first.role == 'system' %}{{ shown(first.content) }}{% endif %}{{ '<|im_end|>\n' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{ '<|im_start|>user\n' + shown(message.content) + '<|im_end|>\n' }}
{%- elif message.role == 'assistant' %}{{ '<|im_start|>assistant\n' + shown(message.content) }}
{%- for call in message.tool_calls or [] %}{{ '\n\n<tool_call>\n<function=' + call.function.name + '>\n' }}
{%- for name, value in call.function.arguments | items %}
{{- '<parameter=' + name + '>\n' + (value if value is string else value | tojson) + '\n</parameter>\n' }}
{%- endfor %}{{ '</function>\n</tool_call>' }}{% endfor %}{{ '<|im_end|>\n' }}
{%- elif message.role == 'tool' %}
{{- '<|im_start|>user\n<tool_response>\n' + shown(message.content) + '\n</tool_response><|im_end|>\n' }}
{%- endif %}{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}
{%- if enable_thinking is defined and enable_thinking %}{{ '<think>\n' }}
{%- else %}{{ '<think>\n\n</think>\n\n' }}{% endif %}{% endif %}"""

_IDEFICS_SPECIAL = (
    "<|im_start|>", "<end_of_utterance>", "<image>", "<fake_token_around_image>", "<global-img>", "<|pad|>"
)  # fmt: skip
_QWEN_SPECIAL = (
    "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>", "<|pad|>"
)  # fmt: skip
_MARKUP = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>")


def vision_model(folder: Path, family: str, says: Sequence[str] = (), seed: int = 0, **changes: Any) -> Path:
    """A checkpoint of the family in the folder, 2 layers of width 64.

    `says`: pieces of text that the model recites to any prompt, one token each, and then ends. Without it the weights
    are random and the replies are long nonsense. `changes` are set on the tokenizer ("chat_template", ...).
    """
    torch.manual_seed(seed)
    idefics = family in ("idefics3", "smolvlm")
    tokenizer = _tokenizer(_IDEFICS_SPECIAL if idefics else _QWEN_SPECIAL, says, idefics)
    processor = _idefics_processor(family, tokenizer) if idefics else None
    model = (_idefics if idefics else _qwen)(family, tokenizer)
    end = "<end_of_utterance>" if idefics else "<|im_end|>"
    model.generation_config.eos_token_id = tokenizer.convert_tokens_to_ids(end)
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    if says:
        _recite(model, tokenizer, [":" if idefics else "Ċ", *says, end])
    model.save_pretrained(folder)
    _save_processor(folder, family, tokenizer, processor, changes)
    return folder


def _tokenizer(special: Sequence[str], says: Sequence[str], idefics: bool) -> PreTrainedTokenizerFast:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE(vocab={letter: n for n, letter in enumerate(letters)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(list(special))
    inner.add_tokens([AddedToken(text, normalized=False) for text in (*_MARKUP, *says) if text not in special])
    end = "<end_of_utterance>" if idefics else "<|im_end|>"
    extra = {"image_token": "<image>"} if idefics else {"image_token": "<|image_pad|>", "video_token": "<|video_pad|>"}
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token=end, pad_token="<|pad|>", extra_special_tokens=extra, model_max_length=100_000
    )


def _idefics_processor(family: str, tokenizer: Any) -> Any:
    kind = SmolVLMImageProcessorPil if family == "smolvlm" else Idefics3ImageProcessorPil
    pictures = kind(size={"longest_edge": 64}, max_image_size={"longest_edge": 64}, do_image_splitting=False)
    return Idefics3Processor(pictures, tokenizer, image_seq_len=4, chat_template=_IDEFICS_TEMPLATE)


def _save_processor(folder: Path, family: str, tokenizer: Any, processor: Any, changes: dict[str, Any]) -> None:
    template = {"qwen2_5_vl": _QWEN2_TEMPLATE, "qwen3_5": _QWEN3_5_TEMPLATE}.get(family, _QWEN3_TEMPLATE)
    if processor is None:
        patch = 14 if family == "qwen2_5_vl" else 16
        pictures = Qwen2VLImageProcessorPil(patch_size=patch, merge_size=2, min_pixels=56 * 56, max_pixels=112 * 112)
        pictures.save_pretrained(folder)
        tokenizer.chat_template = template
    for name, value in changes.items():
        setattr(tokenizer if processor is None else processor, name, value)
    (processor or tokenizer).save_pretrained(folder)


def _idefics(family: str, tokenizer: Any) -> Any:
    config, model = {
        "idefics3": (Idefics3Config, Idefics3ForConditionalGeneration),
        "smolvlm": (SmolVLMConfig, SmolVLMForConditionalGeneration),
    }[family]
    return model(
        config(
            text_config={"model_type": "llama", **_text(tokenizer), "tie_word_embeddings": False},
            vision_config={"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
                           "image_size": 64, "patch_size": 16},
            scale_factor=2, image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
            pad_token_id=tokenizer.pad_token_id, tie_word_embeddings=False,
        )
    ).eval()  # fmt: skip


def _qwen(family: str, tokenizer: Any) -> Any:
    ids = tokenizer.convert_tokens_to_ids
    seeing = {"depth": 1, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "spatial_merge_size": 2,
              "temporal_patch_size": 2, "out_hidden_size": 64}  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e6}
    tokens = {"image_token_id": ids("<|image_pad|>"), "video_token_id": ids("<|video_pad|>"),
              "vision_start_token_id": ids("<|vision_start|>"), "vision_end_token_id": ids("<|vision_end|>"),
              "tie_word_embeddings": False}  # fmt: skip
    if family == "qwen2_5_vl":
        seeing |= {"patch_size": 14, "window_size": 112, "fullatt_block_indexes": [0], "tokens_per_second": 2}
        text = {**_text(tokenizer), "rope_parameters": rope}
        return Qwen2_5_VLForConditionalGeneration(
            Qwen2_5_VLConfig(text_config=text, vision_config=seeing, **tokens)
        ).eval()
    if family == "qwen3_5":
        return _qwen3_5(tokenizer, seeing, rope, tokens)
    seeing |= {"patch_size": 16, "num_position_embeddings": 64, "deepstack_visual_indexes": [0]}
    text = {**_text(tokenizer), "head_dim": 16, "rope_parameters": {**rope, "mrope_interleaved": True}}
    return Qwen3VLForConditionalGeneration(Qwen3VLConfig(text_config=text, vision_config=seeing, **tokens)).eval()


def _qwen3_5(tokenizer: Any, seeing: dict[str, Any], rope: dict[str, Any], tokens: dict[str, Any]) -> Any:
    seeing |= {"patch_size": 16, "num_position_embeddings": 64}
    linear = {"linear_key_head_dim": 16, "linear_value_head_dim": 16, "linear_num_key_heads": 2,
              "linear_num_value_heads": 4, "layer_types": ["linear_attention", "full_attention"]}  # fmt: skip
    rotary = {**rope, "mrope_interleaved": True, "partial_rotary_factor": 1.0}
    text = {**_text(tokenizer), **linear, "head_dim": 16, "rope_parameters": rotary}
    return Qwen3_5ForConditionalGeneration(Qwen3_5Config(text_config=text, vision_config=seeing, **tokens)).eval()


def _text(tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer), "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 32768,
        "initializer_range": 0.2, "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": None, "eos_token_id": tokenizer.eos_token_id,
    }  # fmt: skip


@torch.no_grad()
def _recite(model: Any, tokenizer: Any, pieces: Sequence[str]) -> None:
    """Weights by which each piece is followed by the next: blocks that add nothing, a head that knows the successor."""
    for name, weight in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight", "linear_attn.out_proj.weight")) and "vis" not in name:
            weight.zero_()
    ids = tokenizer.convert_tokens_to_ids(list(pieces))
    known = torch.nn.functional.normalize(model.get_input_embeddings().weight, dim=-1)
    head = model.get_output_embeddings().weight
    head.zero_()
    for before, after in itertools.pairwise(ids):
        head[after] += 50 * known[before]
