"""The language of some text, by py3langid's model of letter sequences (https://github.com/adbar/py3langid)."""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

SURE = 0.8
"""Probability under which no language is named."""
LETTERS = 12
"""Letters, of fewer nothing can be told; signs of Chinese and Japanese count threefold."""
NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "ga": "Irish", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish",
    "sw": "Swahili", "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
"""The languages that are told apart; of the model's 139 the others are mistaken for these in short texts."""


def language(text: str) -> str:
    """The English name of the language; "" when it cannot be told."""
    words = re.sub(r"[^\w\s'’-]|[\d_]", " ", text)
    if sum(3 if letter >= "\u2e80" else 1 for letter in words if letter.isalpha()) < LETTERS:
        return ""
    code, probability = _identifier().classify(words.lower())
    return NAMES[code] if probability >= SURE else ""


@cache
def _identifier() -> LanguageIdentifier:
    """Takes 0.5 s and 40 MB, so it is made when first needed."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(NAMES))
    return identifier
