"""Names that can hold only certain words: a draft with another word is refused, where it would silently never pay.

It is a fault of the draft, as a name that nobody uses is. Versions that were added before are not looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from prm.words import Words
from schemes.formula import Formula
from schemes.problems import nearest
from schemes.streams import streams

Held = frozenset[str] | None
"""What a key of a table is looked up by: names and texts; None - something that may come to anything."""


def words_of(name: str, on: str | None = None) -> Mapping[str, Words]:
    """The words that a name of events can hold, in order; empty where it can hold anything. on: the stream."""
    known = [of.names[name] for stream, of in streams().items() if name in of.names and on in (None, stream)]
    return known[0].words if known else {}


def unknown_words(formula: Formula) -> Iterator[tuple[int, Words, Words]]:
    """Texts that a name is compared with and that it can't hold: the offset in the formula, what is wrong, the way out."""
    for node in formula.tree.find_all(exp.EQ, exp.NEQ, exp.In):
        parts = (
            [node.this, *node.expressions] if isinstance(node, exp.In) else [node.args["this"], node.args["expression"]]
        )
        parts = [part.unnest() for part in parts]
        for name in {part.name for part in parts if isinstance(part, exp.Column)}:
            for part in parts:
                if isinstance(part, exp.Literal) and part.is_string and (wrong := unknown_word(name, part.this)):
                    yield part.meta.get("start", 0), *wrong


def unknown_word(name: str, word: str) -> tuple[Words, Words] | None:
    """What is wrong with a word for a name, and what would be right; None where the name can hold it."""
    known = words_of(name)
    if not known or word in known:
        return None
    return (
        Words(en=f"There is no {name} '{word}'.", ru=f"Значения «{word}» у {name} не бывает."), _right(word, known)
    )  # fmt: skip


def _right(word: str, known: Iterable[str]) -> Words:
    listed, near = ", ".join(known), nearest(word, known)
    if "?" not in near.en:
        return Words(en=f"Accepted: {listed}.", ru=f"Допустимо: {listed}.")
    return Words(en=f"{near.en} Accepted: {listed}.", ru=f"{near.ru} Допустимо: {listed}.")


def lookups(formulas: Iterable[Formula]) -> dict[str, list[Held]]:
    """What each table is called with, by key: names of events and texts."""
    found: dict[str, list[Held]] = {}
    for formula in formulas:
        for call in formula.tree.find_all(exp.Anonymous):
            held = [_held(part.unnest()) for part in call.expressions]
            before = found.get(call.name, [frozenset()] * len(held))
            found[call.name] = [None if a is None or b is None else a | b for a, b in zip(before, held, strict=True)]
    return found


def _held(part: exp.Expr) -> Held:
    if isinstance(part, exp.Column):
        return frozenset({part.name})
    return frozenset({repr(part.this)}) if isinstance(part, exp.Literal) and part.is_string else None


def unknown_key(held: Held, key: str) -> tuple[Words, Words] | None:
    """What is wrong with a key of a row, where it can never be looked up; held: what the table is called with."""
    if not held or repr(key) in held or not all(name.startswith(("'", '"')) or words_of(name) for name in held):
        return None
    wrong = [unknown_word(name, key) for name in sorted(held) if words_of(name)]
    return wrong[0] if wrong and None not in wrong else None
