"""The language of some text."""


def language(text: str) -> str:
    """The English name of the language; "" when it cannot be told."""
    return ""
