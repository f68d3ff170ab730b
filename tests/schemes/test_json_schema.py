"""The JSON Schema: whatever the parser takes it takes, it knows every key, and it refuses what a schema can refuse."""

import json
import re
from datetime import date
from io import StringIO

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from typer.testing import CliRunner

import cli.scheme
import schemes
from schemes import SchemeError
from schemes.json_schema import FILE, json_schema, text
from schemes.reading import Reader
from schemes.shape import keys, shape
from tests.oracle.made_up import scheme as made_up
from tests.schemes.drafts import SOUND, broken
from tests.schemes.rich import EXAMPLES, RICH
from tests.schemes.test_drafts import CASES, PERIODIC, PERIODIC_CASES

VALIDATOR = Draft202012Validator(json_schema())
LIBRARY = [path.read_text(encoding="utf-8") for path in sorted(schemes.LIBRARY.glob("*.yaml"))]


def as_an_editor_sees(node):
    """A YAML document as JSON: days are texts."""
    if isinstance(node, dict):
        return {as_an_editor_sees(key): as_an_editor_sees(value) for key, value in node.items()}
    if isinstance(node, list):
        return [as_an_editor_sees(item) for item in node]
    return node.isoformat() if isinstance(node, date) else node


def refusals(written: str) -> list[str]:
    document = as_an_editor_sees(YAML(typ="safe").load(written))
    return [error.message for error in VALIDATOR.iter_errors(document)]


def test_the_file_is_the_schema_that_the_shape_gives():
    Draft202012Validator.check_schema(json_schema())
    assert FILE.read_text(encoding="utf-8") == text(), "run schemes.json_schema.write()"
    assert json.loads(CliRunner().invoke(cli.scheme.group, ["schema"]).stdout) == json_schema()


def test_the_library_names_the_schema_in_its_first_line():
    named = [path for path in schemes.LIBRARY.glob("*.yaml")
             if (found := re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8")))
             and (path.parent / found[1]).resolve() == FILE]  # fmt: skip
    assert len(named) >= 4


@pytest.mark.parametrize("written", [SOUND, PERIODIC, RICH, *EXAMPLES, *LIBRARY])
def test_a_sound_scheme_has_no_refusals(written):
    schemes.parse(written, "x")
    assert refusals(written) == []


@settings(max_examples=40, deadline=None)
@given(made_up("one"))
def test_a_made_up_scheme_has_no_refusals(written):
    assert refusals(written) == []


def nodes(document):
    """Every part of a scheme that stands in a document: (its name in the shape, the node)."""
    yield "scheme", document
    yield "rounding", document["rounding"]
    for section, key in shape().parts["scheme"].items():
        for of in document.get(section, {}).values() if key.kind == "parts" else ():
            variants = shape().variants.get(key.of, {})
            yield next((variant for variant, known in variants.items() if known[0] in of), key.of), of
    for of in document["components"].values():
        if "within" in of:
            yield "within", of["within"]
        for pay in ("pay", "keeps"):
            if isinstance(of.get(pay), dict):
                yield "tiers", of[pay]["tiers"]
                yield from (("step", step) for step in of[pay]["tiers"]["steps"])
    yield from (("dated_value", of) for of in document["terms"]["smallest"]["values"].values() if isinstance(of, dict))


PARTS = [*(part for part in shape().parts if part not in shape().variants), *shape().variants["measure"]]


@pytest.mark.parametrize(("part", "key"), [(part, key) for part in PARTS for key in keys(part)])
def test_every_key_is_read_and_nonsense_under_it_is_refused_by_parser_and_schema(part, key):
    yaml = YAML()
    loaded = yaml.load(RICH)
    # a node that has the key, so that a rate of another kind is not refused just for being another kind
    node = max((of for known, of in nodes(loaded) if known == part), key=lambda of: key in of)
    node[key] = [[0.5]]
    assert list(VALIDATOR.iter_errors(as_an_editor_sees(loaded)))
    out = StringIO()
    yaml.dump(loaded, out)
    with pytest.raises(SchemeError) as refused:
        schemes.parse(out.getvalue(), "x")
    assert not any(f"'{key}' is not known here" in problem.message.en for problem in refused.value.problems)


@pytest.mark.parametrize("part", PARTS)
def test_an_unknown_key_is_refused_everywhere(part):
    loaded = YAML().load(RICH)
    next(of for known, of in nodes(loaded) if known == part)["nonsense"] = "1"
    assert list(VALIDATOR.iter_errors(as_an_editor_sees(loaded)))


def test_the_words_that_the_parser_accepts_are_those_of_the_shape(monkeypatch):
    asked = set()
    choice = Reader.choice

    def recording(self, node, key, known, default=None):
        asked.add((key, frozenset(known)))
        return choice(self, node, key, known, default)

    monkeypatch.setattr(Reader, "choice", recording)
    schemes.parse(RICH, "x")
    listed = {(key.name, frozenset(key.choices)) for of in shape().parts.values() for key in of.values() if key.choices}
    assert asked == listed


BY_MEANING = (
    "2026-02-30", "is not a day", "is not exact", "decimal places", "lies outside", "range is empty", "first day until",
    "is used by", "There is no", "stands where", "multiplied", "This is", "cannot be kept", "first tier",     "does not rise", "is of type", "whole number.", "is taken", "not negative", "takes 2", "takes 1",
    "takes a number", "A single event", "stands twice", "lists the components", "added up",
    "needs itself", "is not known here. Accepted: grade", "stands here already",
    "word of formulas", "goes with", "counts from 1", "how old the subscriber is", "looks back to", "of a single event", "'XYZ' is not a currency",
    "is no measure of single ", "reach more than 0",
    "A table of text",
)  # fmt: skip
"""What only the parser can say: formulas, names, types, order, numbers out of range."""


@pytest.mark.parametrize(
    ("written", "message"),
    [(broken(old, new), message) for old, new, _, message in CASES]
    + [(broken(old, new, PERIODIC), message) for old, new, _, message in PERIODIC_CASES],
    ids=[case[3][:50] for case in CASES + PERIODIC_CASES],
)
def test_broken_structure_is_refused_by_the_schema_too(written, message):
    try:
        told = refusals(written)
    except (
        DuplicateKeyError,
        ValueError,
    ):  # a key that stands twice, a day that there is none of: said before any schema
        return
    assert told or any(part in message for part in BY_MEANING), message
