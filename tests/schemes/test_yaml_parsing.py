"""Two readers of YAML, one of them ten times as fast: what both accept means the same, and stands at the same places."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

import schemes
from bench.versions import write_versions
from schemes import yaml_parsing
from tests.schemes.drafts import SOUND
from tests.schemes.rich import EXAMPLES, RICH
from tests.schemes.test_fuzzing import files

LIBRARY = [path.read_text(encoding="utf-8") for path in sorted(schemes.LIBRARY.glob("*.yaml"))]
OF_TWO_VERSIONS = """
yes: no
on: [0o17, 017, 1_000, 1e3, .5, 12:30:00, 0x1F, ~, null, 2026-10-01, 2026-10-01 12:00:00, "2026-10-01", True, OFF]
text: 'it''s'
folded: >-
  a
  b

  c
kept: |
  a
   b
? a
: {x: 1, 'y': [2, {z: 3}]}
русский: "ж\\u0061\\x41"  # a comment
"""


def told(node: object) -> object:
    """All that a scheme's reader sees of a document: values with their types, and where they stand."""
    if isinstance(node, CommentedMap):
        of_keys = [(key, type(key).__name__, told(value)) for key, value in node.items()]
        return ("map", node.lc.line, node.lc.col, dict(node.lc.data or {}), of_keys)
    if isinstance(node, CommentedSeq):
        return ("list", node.lc.line, node.lc.col, dict(node.lc.data or {}), [told(item) for item in node])
    return (type(node).__name__, repr(node))


def by(reader, text):
    try:
        document = reader(text)
        return told(document) if isinstance(document, CommentedMap) else "no scheme"
    except (yaml.YAMLError, YAMLError, ValueError) as error:
        return type(error)


def test_every_scheme_is_read_by_both_and_means_the_same(tmp_path: Path):
    made = write_versions(tmp_path, 1)[0].read_text(encoding="utf-8")
    for text in (made, RICH, SOUND, OF_TWO_VERSIONS, *LIBRARY, *EXAMPLES):
        assert told(yaml_parsing.quick(text)) == told(yaml_parsing.thorough(text))


@settings(max_examples=60, deadline=None)
@given(files())
def test_a_draft_means_what_it_always_meant(text):
    quickly = by(yaml_parsing.quick, text)
    assert isinstance(quickly, type) or quickly == by(yaml_parsing.thorough, text)


@pytest.mark.parametrize(
    "text",
    [
        "%YAML 1.1\n---\na: yes",
        "a: !!int '1'",
        "a:\nb: 1",
        "a: [1",
        "a: 1\na: 2",
        "\ta: 1",
        "a: &b 1\nc: *b",
        "a: \ud800",
    ],
)
def test_what_would_be_read_otherwise_is_left_to_the_thorough_one(text):
    with pytest.raises((yaml.YAMLError, YAMLError, ValueError)):
        yaml_parsing.quick(text)
    assert by(yaml_parsing.document, text) == by(yaml_parsing.thorough, text)


@settings(max_examples=300, deadline=None)
@given(
    some.lists(
        some.sampled_from([*"ab1-:?,[]{}#&*!|>'\"% .\n", "\n  ", ": ", "- ", "\n- ", "é", "\t", "0x1"]),
        max_size=24,
    )
)
def test_what_both_accept_is_the_same(pieces):
    text = "".join(pieces)
    quickly = by(yaml_parsing.quick, text)
    assert isinstance(quickly, type) or quickly == by(yaml_parsing.thorough, text)
