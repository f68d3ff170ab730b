"""The page on schemes: every example is read by the program, every formula is what the page says it is."""

import re
from pathlib import Path

import pytest

import schemes
from schemes.formula import parse
from schemes.formula_types import FormulaError
from schemes.streams import streams

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
