"""A scheme from one form to the other: YAML to a workbook and back, saying exactly the same."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from prm.errors import InvariantError, PrmError, RefusedError
from prm.words import Language, Words
from schemes import workbook_reading, workbook_writing
from schemes.canonical import content_hash
from schemes.model import Scheme
from schemes.parsing import is_workbook, parse, read
from schemes.reading import load, read_text, writing

_WIDEST = 118
_IN_ONE_LINE = 100  # characters of a mapping that stands in one line
EXAMPLE = Path(__file__).with_name("example.yaml")
"""The scheme that the template's instructions show."""


def write_template(path: Path, language: Language) -> None:
    """Writes an empty workbook to fill in. Raises RefusedError where there is a file already."""
    if not is_workbook(path):
        raise PrmError(
            Words(en=f"'{path}' is no name of a workbook.", ru=f"«{path}» — не имя книги Excel."),
            hint=Words(en="Give it the ending .xlsx.", ru="Дайте имя с окончанием .xlsx."),
        )
    _refuse_to_overwrite(path)
    example = load(read_text(EXAMPLE), str(EXAMPLE))
    with writing(path):
        workbook_writing.write(path, {}, language, example)


def export(source: Path, target: Path, language: Language) -> None:
    """Writes the scheme of a file in the form that the target's name says: .yaml, .yml or .xlsx.

    Raises SchemeError where the scheme has problems, RefusedError where there is a file already, and InvariantError
    where the other form would not say the same (nothing is written then).
    """
    if not is_workbook(target) and target.suffix.lower() not in (".yaml", ".yml"):
        raise PrmError(
            Words(en=f"'{target}' is in no form of schemes.", ru=f"«{target}» — не имя файла схемы."),
            hint=Words(en="Give it the ending .yaml or .xlsx.", ru="Дайте имя с окончанием .yaml или .xlsx."),
        )
    _refuse_to_overwrite(target)
    scheme = read(source)
    part = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        with writing(target):
            if is_workbook(target):
                workbook_writing.write(part, _tree(source), language, load(read_text(EXAMPLE), str(EXAMPLE)))
            else:
                part.write_text(yaml_text(_tree(source)), encoding="utf-8")
        _must_say_the_same(scheme, read(part), source)
        os.replace(part, target)
    finally:
        with suppress(OSError):
            part.unlink()


def source_text(path: Path) -> str:
    """The YAML of a scheme file in either form: what is kept with a version. Raises as `export` does."""
    if not is_workbook(path):
        return read_text(path)
    text = yaml_text(_tree(path))
    _must_say_the_same(read(path), parse(text, str(path)), path)
    return text


def _refuse_to_overwrite(path: Path) -> None:
    if path.exists():
        raise RefusedError(
            Words(en=f"There is a file '{path}' already.", ru=f"Файл «{path}» уже есть."),
            hint=Words(en="Choose another name, or remove it.", ru="Выберите другое имя или уберите его."),
        )


def _must_say_the_same(scheme: Scheme, written: Scheme, source: Path) -> None:
    if content_hash(scheme) != content_hash(written):
        raise InvariantError(
            Words(
                en=f"{source} says something that the other form can't carry.",
                ru=f"{source}: есть то, чего другая форма не передаст.",
            ),
            hint=Words(
                en="Look for texts with line breaks, control characters, or commas in the names of keys.",
                ru="Ищите тексты с переводами строк и управляющими символами, запятые в именах ключей.",
            ),
        )


def _tree(path: Path) -> Mapping[str, Any]:
    return workbook_reading.load(path)[1] if is_workbook(path) else load(read_text(path), str(path))


def yaml_text(tree: Mapping[str, Any]) -> str:
    """A scheme's tree as YAML that a person would write: sections in blocks, small things in one line."""
    yaml, out = YAML(), io.StringIO()
    yaml.width = _WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda *_: True
    yaml.dump(_laid_out(tree, 0), out)
    return out.getvalue()


def _laid_out(node: Any, level: int) -> Any:
    if isinstance(node, Mapping):
        laid = CommentedMap({_scalar(key): _laid_out(value, level + 1) for key, value in node.items()})
        is_section = level == 1 and any(isinstance(of, Mapping) for of in node.values())
        if level and not is_section and _fits(node):
            laid.fa.set_flow_style()
        return laid
    if isinstance(node, list):
        items = CommentedSeq([_laid_out(item, level + 1) for item in node])
        if all(not isinstance(item, Mapping | list) for item in node):
            items.fa.set_flow_style()
        return items
    return _scalar(node)


def _fits(node: Mapping[str, Any]) -> bool:
    """Whether a mapping is short, and of plain things, so that it reads well in one line."""
    is_plain = all(
        not isinstance(of, list) or all(not isinstance(item, Mapping) for item in of) for of in node.values()
    )
    return is_plain and len(str(_bare(node))) <= _IN_ONE_LINE


def _bare(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _bare(value) for key, value in node.items()}
    return [_bare(item) for item in node] if isinstance(node, list) else str(node)


def _scalar(value: Any) -> Any:
    """A value as it is written: a text that looks like a number, a day, or a key that is asked for, in double quotes."""
    if isinstance(value, bool | int | date) or value is None:
        return value
    text = str(value)
    is_like_another = not text or text != text.strip() or text[0] in "+-.?0123456789" or not text.isprintable()
    return DoubleQuotedScalarString(text) if is_like_another else text
