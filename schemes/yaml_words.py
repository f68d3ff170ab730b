"""What the YAML reader says of a file that is not YAML, in the words of one who writes schemes."""

from __future__ import annotations

from prm.words import Words

_TAB = Words(
    en="A tab is not allowed here: indent with spaces.", ru="Табуляция здесь недопустима: отступ делается пробелами."
)
_LIST = Words(
    en="A list or mapping in brackets is not closed before this, or a comma is missing.",
    ru="Список или перечень в скобках не закрыт до этого места, или пропущена запятая.",
)
_INDENT = Words(
    en="This does not fit the lines above: look at the indentation, and at quotes in and around texts.",
    ru="Это не согласуется со строками выше: проверьте отступы и кавычки в текстах и вокруг них.",
)
_SAID = (
    # a piece of the reader's message, and what it means
    ("'\\t' that cannot start", _TAB),
    ("mapping values are not allowed", Words(
        en="A colon cannot stand here: put a text with ': ' in it into quotes, and look at the indentation.",
        ru="Двоеточие здесь недопустимо: текст с «: » берётся в кавычки; проверьте и отступ.",
    )),
    ("could not find expected ':'", Words(
        en="A name without its colon stands here or in the line above.", ru="Здесь или строкой выше у имени нет двоеточия.",
    )),
    ("unexpected end of stream", Words(en="A quote is not closed.", ru="Не закрыта кавычка.")),
    ("',' or ']'", _LIST),
    ("',' or '}'", _LIST),
    ("that cannot start any token", Words(
        en="A text cannot begin with this character: put it into quotes.",
        ru="Текст не может начинаться с этого знака: возьмите его в кавычки.",
    )),
    ("undefined alias", Words(
        en="A text that begins with * stands in quotes.", ru="Текст, который начинается со звёздочки, берётся в кавычки.",
    )),
    ("expected <block end>", _INDENT),
    ("expected the node content", Words(en="A value is missing here.", ru="Здесь не хватает значения.")),
)  # fmt: skip


def not_yaml(said: str) -> Words:
    """What is wrong with a file, from what the reader says in English."""
    for piece, words in _SAID:
        if piece in said:
            return words
    return Words(en=f"Not readable as YAML: {said}.", ru=f"Это не YAML: {said}.")
