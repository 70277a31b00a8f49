"""The language of a text is told, or nothing is said."""

import pytest

from assistant.readers.languages import language


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("English", "No frames have been received, check error logs"),
        ("French", "Palais du LOUVRE LES ARTS DÉCORATIFS Théâtre du PALAIS-ROYAL"),
        ("Spanish", "ES BUENO SABER Información Nutricional Valores medios por 100g"),
        ("German", "Bitte die Türen schließen, der Zug fährt gleich ab"),
        ("Chinese", "我是中国人"),
        ("Japanese", "みどりの窓口"),
        ("Russian", "Осторожно, двери закрываются, следующая станция"),
        ("Greek", "Σας ευχαριστούμε πολύ"),
        ("Arabic", "ممنوع الدخول إلا للعاملين"),
    ],
)
def test_a_sentence_has_its_language(name: str, text: str) -> None:
    assert language(text) == name


@pytest.mark.parametrize("text", ["", "TAXI", "ON RED", "00:00:03:13", "8413000065504", "Rana temporaria", "x = f(y)"])
def test_a_few_words_have_none(text: str) -> None:
    assert language(text) == ""
