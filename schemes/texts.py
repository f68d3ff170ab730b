"""Texts in rules: they stand in the rule's SQL, where they are read and compared fast, unless too many rules would differ
in nothing else.

Two hundred schemes that leave out two hundred tariffs would be two hundred rules at a place, each tried on each event;
then their texts are parameters, as numbers always are, and they share one rule.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from schemes.rules import TEXT_PARAMETER, Compiled, Rule

MOST_RULES = 16
"""How many rules may differ in nothing but their texts."""
_PARAMETER = re.compile(rf"\bterms\.({TEXT_PARAMETER}_\d+)\b")


class Texts:
    """Knows which rules, of all that were compiled, share their SQL and have their texts as parameters."""

    def __init__(self, compiled: Iterable[Compiled]) -> None:
        variants: dict[Rule, set[tuple[str, ...]]] = defaultdict(set)
        for one in compiled:
            for rule in one.rules:
                variants[rule].add(tuple(_text(one, column) for column in _PARAMETER.findall(rule.sql)))
        self._shared = {rule for rule, texts in variants.items() if len(texts) > MOST_RULES}

    def settled(self, one: Compiled) -> Compiled:
        """The compiled rules with the texts written out of those that are not shared."""
        rules = tuple(rule if rule in self._shared else _written_out(rule, one) for rule in one.rules)
        used = {column for rule in one.rules if rule in self._shared for column in _PARAMETER.findall(rule.sql)}
        parameters = {
            column: filling
            for column, filling in one.parameters.items()
            if column in used or not column.startswith(f"{TEXT_PARAMETER}_")
        }
        return replace(one, rules=rules, parameters=parameters)


def _written_out(rule: Rule, one: Compiled) -> Rule:
    def text(found: re.Match[str]) -> str:
        return exp.Literal.string(_text(one, found[1])).sql(dialect="duckdb")

    return replace(rule, sql=_PARAMETER.sub(text, rule.sql))


def _text(one: Compiled, column: str) -> str:
    return str(one.parameters[column][1])
