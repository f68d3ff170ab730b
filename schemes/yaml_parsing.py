"""YAML's events from libyaml, which finds them ten times as fast; what they mean, ruamel.yaml says as ever.

libyaml follows YAML 1.1 where ruamel.yaml follows 1.2, but the two differ in what texts and numbers mean, which
is not asked of it; the few things that would be told otherwise (directives, tags, anchors, where a missing value would stand) are refused.
What is refused is read by ruamel.yaml alone, which accepts it or says in its words what is wrong.
"""

from __future__ import annotations

import itertools
import re
from functools import partial
from typing import Any

import yaml  # type: ignore[import-untyped]
from ruamel.yaml import YAML
from ruamel.yaml import events as ours
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode
from yaml.cyaml import CParser  # type: ignore[import-untyped]

_ENDS = {
    yaml.SequenceEndEvent: ours.SequenceEndEvent,
    yaml.MappingEndEvent: ours.MappingEndEvent,
    yaml.StreamStartEvent: ours.StreamStartEvent,
    yaml.StreamEndEvent: ours.StreamEndEvent,
    yaml.DocumentEndEvent: ours.DocumentEndEvent,
}
_STARTS = {
    yaml.SequenceStartEvent: ours.SequenceStartEvent,
    yaml.MappingStartEvent: ours.MappingStartEvent,
}
_READ_OTHERWISE = re.compile(r"[\t\r\x85\u2028\u2029\ufeff]|[|>][-+\d]*#")


class Refused(YAMLError):
    """What is left to ruamel.yaml."""


def document(text: str) -> Any:
    """The document of a text, each mapping and list with its places. Raises what ruamel.yaml raises."""
    try:
        return quick(text)
    except (yaml.YAMLError, YAMLError, ValueError, RecursionError):
        return thorough(text)


def quick(text: str) -> Any:
    """The document by libyaml's events; raises whatever it refuses with."""
    if _READ_OTHERWISE.search(text):
        raise Refused("a space or a break of lines that the two take differently")
    reader = YAML(typ="rt")
    reader.Parser = partial(_Events, text)
    return reader.load(text)


def thorough(text: str) -> Any:
    """The document by ruamel.yaml alone."""
    return YAML(typ="rt").load(text)


def impossible_day(text: str) -> tuple[str, int, int] | None:
    """The first day of a text that no calendar has, such as 2026-02-30, with its line and column, counted from 1.

    YAML takes it for a day, and can't make it one: a ValueError that says nothing of its place.
    """
    reader, seen = YAML(typ="rt"), set()
    waiting: list[Any] = [reader.compose(text)]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:  # an anchor may lead back to where it stands
            continue
        seen.add(id(node))
        if not isinstance(node, ScalarNode):
            parts = itertools.chain.from_iterable(node.value) if isinstance(node, MappingNode) else node.value
            waiting += reversed(list(parts))
        elif str(node.tag).endswith(":timestamp"):
            try:
                reader.constructor.construct_yaml_timestamp(node)
            except ValueError:
                return node.value, node.start_mark.line + 1, node.start_mark.column + 1
            except YAMLError:  # it has no form of a day
                continue
    return None


class _Events:
    """Stands for the parser of ruamel.yaml: hands out the events of libyaml, one after another."""

    def __init__(self, text: str, loader: Any) -> None:
        self.loader = loader
        loader._parser = self
        self._found = CParser(text)
        self._next: ours.Event | None = None

    def check_event(self, *kinds: type) -> bool:
        return isinstance(self.peek_event(), kinds)

    def peek_event(self) -> ours.Event:
        if self._next is None:
            self._next = _event(self._found.get_event())
        return self._next

    def get_event(self) -> ours.Event:
        event, self._next = self.peek_event(), None
        return event

    def dispose(self) -> None:
        self._found.dispose()


def _event(found: Any) -> ours.Event:
    kind = type(found)
    if getattr(found, "anchor", None):
        raise Refused("an anchor")
    if kind is yaml.ScalarEvent and found.tag is None and (found.value or found.style):
        return ours.ScalarEvent(
            None, None, found.implicit, found.value, found.start_mark, found.end_mark, style=found.style or None
        )
    if kind in _STARTS and found.tag is None:
        return _STARTS[kind](None, None, found.implicit, found.start_mark, found.end_mark, flow_style=found.flow_style)
    if kind in _ENDS:
        return _ENDS[kind](found.start_mark, found.end_mark)
    if kind is yaml.DocumentStartEvent and found.version is None and not found.tags:
        return ours.DocumentStartEvent(found.start_mark, found.end_mark, explicit=found.explicit)
    raise Refused("a directive, a tag, or nothing where a value may stand")
