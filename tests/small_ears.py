"""Small Whisper checkpoints, for transformers and for openai-whisper, that write one sentence whatever they hear."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import whisper
from tokenizers import pre_tokenizers
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperProcessor,
    WhisperTokenizer,
)
from whisper.tokenizer import get_tokenizer

_NAMES = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>",
          "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>")  # fmt: skip
_TIMES = tuple(f"<|{0.02 * step:.2f}|>" for step in range(1501))
_WIDTH = 64


def transformers_ears(folder: Path, says: Sequence[str], sure: float = 4.0) -> Path:
    """A folder for transformers. `says`: tokens from the head of the reply, such as "<|en|>" or "<|nospeech|>".

    `sure`: how large the logits are; below 1 all words are about as likely.
    """
    torch.manual_seed(0)
    says = [token.replace(" ", "Ġ") for token in says]
    tokenizer = _tokenizer([token for token in says if not token.startswith("<|")])
    ids = tokenizer.convert_tokens_to_ids
    config = WhisperConfig(
        vocab_size=len(tokenizer), d_model=_WIDTH, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, num_mel_bins=80, max_target_positions=64,
        decoder_start_token_id=ids("<|startoftranscript|>"), eos_token_id=ids("<|endoftext|>"),
        pad_token_id=ids("<|endoftext|>"), bos_token_id=ids("<|endoftext|>"), begin_suppress_tokens=None,
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config).eval()
    decoder = model.model.decoder
    _recite(decoder, decoder.embed_tokens, decoder.embed_positions.weight, ids(says), sure)
    model.generation_config = _generation(config, ids)
    model.save_pretrained(folder)
    WhisperProcessor(WhisperFeatureExtractor(), tokenizer).save_pretrained(folder)
    return folder


def openai_ears(file: Path, says: Sequence[str], sure: float = 4.0) -> Path:
    """A checkpoint file for openai-whisper, with its own multilingual vocabulary."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        tokenizer = get_tokenizer(multilingual=True, num_languages=99)
    ids = [id for text in says for id in _openai_ids(tokenizer, text)]
    size = whisper.ModelDimensions(
        n_mels=80, n_audio_ctx=1500, n_audio_state=_WIDTH, n_audio_head=2, n_audio_layer=1, n_vocab=51865,
        n_text_ctx=32, n_text_state=_WIDTH, n_text_head=2, n_text_layer=1,
    )  # fmt: skip
    model = whisper.Whisper(size)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.02)
    _recite(model.decoder, model.decoder.token_embedding, model.decoder.positional_embedding, ids, sure)
    torch.save({"dims": vars(size), "model_state_dict": model.state_dict()}, file)
    return file


def _openai_ids(tokenizer: Any, text: str) -> list[int]:
    known = tokenizer.special_tokens
    name = "<|nospeech|>" if text == "<|nospeech|>" and text in known else text
    name = "<|nocaptions|>" if name == "<|nospeech|>" and name not in known else name
    return [known[name]] if name in known else list(tokenizer.encode(text))


def _tokenizer(words: Sequence[str]) -> WhisperTokenizer:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = WhisperTokenizer(vocab={text: n for n, text in enumerate([*letters, *words])}, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": list(_NAMES)})
    tokenizer.add_tokens(list(_TIMES))
    return tokenizer


def _generation(config: Any, ids: Any) -> GenerationConfig:
    return GenerationConfig(
        decoder_start_token_id=config.decoder_start_token_id, eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id, bos_token_id=config.bos_token_id, max_length=40,
        no_timestamps_token_id=ids("<|notimestamps|>"), prev_sot_token_id=ids("<|startofprev|>"),
        is_multilingual=True, lang_to_id={"<|en|>": ids("<|en|>"), "<|de|>": ids("<|de|>")},
        task_to_id={"transcribe": ids("<|transcribe|>"), "translate": ids("<|translate|>")},
        max_initial_timestamp_index=50, return_timestamps=False,
    )  # fmt: skip


@torch.no_grad()
def _recite(decoder: Any, tokens: Any, positions: torch.Tensor, ids: Sequence[int], sure: float) -> None:
    """Weights by which the position alone decides the next token: blocks that add nothing, places that point at it."""
    for name, weight in decoder.named_parameters():
        if name.endswith(("out_proj.weight", "out.weight", "fc2.weight", "mlp.2.weight")) or name.endswith("bias"):
            weight.zero_()
    for norm in (module for module in decoder.modules() if isinstance(module, torch.nn.LayerNorm)):
        norm.weight.fill_(1.0)
    tokens.weight.copy_(sure * torch.nn.functional.normalize(torch.randn_like(tokens.weight), dim=-1))
    positions.zero_()
    for place, id in enumerate(ids):
        positions[place] = 20 * tokens.weight[id] / sure * max(sure, 1.0)
