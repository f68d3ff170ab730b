"""The page on schemes: every example is read by the program, every formula is what the page says it is."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import schemes
from schemes.formula import parse
from schemes.formula_types import FormulaError
from schemes.streams import streams
from tests.oracle.made_up_coverage import expected, used
from tests.schemes.rich import EXAMPLES as WHOLE

PAGE = (Path(__file__).parents[2] / "docs" / "schemes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HEAD = EXAMPLES[0][: EXAMPLES[0].index("attributes:")]
FORMULAS = re.findall(r"^\| `([^`]+)` \| (money|share|number|flag|refused)", PAGE, re.MULTILINE)
TYPES = {name: of.type for name, of in streams()["charge"].names.items()} | {"fee": "money", "part": "share"}


@pytest.mark.parametrize("example", EXAMPLES, ids=[re.sub(r"\W+", " ", example[:30]) for example in EXAMPLES])
def test_an_example_is_a_sound_scheme(example):
    text = example if example.startswith("scheme:") else HEAD + example
    scheme = schemes.parse(text, "docs/schemes.md")
    assert scheme.components and all(schemes.explain(scheme, language) for language in ("en", "ru"))
    assert schemes.uncounted([scheme]) == []


@pytest.mark.parametrize(("formula", "gives"), FORMULAS)
def test_a_formula_gives_what_the_page_says(formula, gives):
    if gives == "refused":
        with pytest.raises(FormulaError):
            parse(formula, TYPES)
    else:
        assert parse(formula, TYPES).type == gives


def test_the_page_names_every_name_of_every_stream():
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert {name for stream in streams().values() for name in stream.names} | set(streams()) <= named
    assert len(EXAMPLES) >= 5 and len(FORMULAS) >= 14


IN_WORDS = (
    "name ", "sign ", "word ", "places ", "rounding.mode", "term.type", "tiers over ", "tiers in order ", "tiers share ",
    "tiers fixed ", "tiers each ", "tiers of ", "tiers sum ", "rate by ", "at_most by ", "at_least by ", "outlets by ", "subscribers by ",
    "sum of numbers", "taken back at depth", "shared by ", "first days on ", "within days ", "within months ", "days not ", "months not ",
)  # fmt: skip
"""Ideas of which the page shows one and tells the others: the same key with another word, or two ideas together."""
TOLD = {
    "tiers.over: period", "measure.over: period", "value.type: date", "measure.type: number", "measure on fraud_mark",
    "measure on reactivation", "measure on tariff_change", "measure after range", "clawback after list",
    "clawback after months", "clawback after range", "outlet's measure in keeps", "subscriber's measure in keeps",
}  # fmt: skip


def test_every_feature_has_an_example():
    shown = set().union(*(used({"limits": {}} | YAML(typ="safe").load(text)) for text in WHOLE))
    asked = {idea for idea in expected() if not idea.startswith(IN_WORDS) and ": name " not in idea} - TOLD
    assert asked <= shown, sorted(asked - shown)
    assert len(asked) > 120 and expected() >= TOLD
