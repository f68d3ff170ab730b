"""Where a form's description stands in its file: all of a YAML file, the first paragraphs of a Word template, a sheet of an
Excel one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import PurePath

import docx
import openpyxl
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.text.paragraph import Paragraph

from prm.errors import Place, PrmError

SHEET = "form"
"""The sheet of an Excel template whose column A holds the description, a line a cell."""
END = "end of form"
"""The paragraph of a Word template that ends the description."""
_MOST_BYTES, _MOST_UNPACKED = 5_000_000, 30_000_000
_LIKE_IN_YAML = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "\xa0": " "})
Placing = Callable[[int, int], Place]


def description_in(file_name: str, content: bytes) -> tuple[str, Placing, str]:
    """The description's text, how its lines are placed in the file, and which kind of file it is (yaml, docx, xlsx).

    Raises PrmError for a file that is no form.
    """
    name, suffix = PurePath(file_name).name, PurePath(file_name).suffix.lower().lstrip(".")
    if suffix in ("yaml", "yml"):
        try:
            return content.decode("utf-8-sig"), lambda line, column: Place(name, line, column), "yaml"
        except UnicodeDecodeError:
            raise PrmError("The file is not in UTF-8.", where=Place(name), hint="Save it as UTF-8.") from None
    if suffix not in ("docx", "xlsx"):
        raise PrmError(
            f"A form is not a file of the kind .{suffix}.", where=Place(name), hint="It is .yaml, .docx or .xlsx."
        )
    _bounded(name, content)
    return (_in_word if suffix == "docx" else _in_excel)(name, content)


def take_description_out(word: WordDocument) -> None:
    """Removes the description from a Word template, and all before it."""
    for paragraph in _description(word):
        paragraph._p.getparent().remove(paragraph._p)


def _bounded(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        raise PrmError("The file can't be opened.", where=Place(name), hint="Save it anew as .docx or .xlsx.") from None
    if len(content) > _MOST_BYTES or unpacked > _MOST_UNPACKED:
        raise PrmError("The template is too large.", where=Place(name), hint="5 MB at most, 30 MB unpacked.")


def _description(word: WordDocument) -> list[Paragraph]:
    paragraphs = word.paragraphs
    for index, paragraph in enumerate(paragraphs):
        if paragraph.text.strip().lower() == END:
            return paragraphs[: index + 1]
    return []


def _in_word(name: str, content: bytes) -> tuple[str, Placing, str]:
    try:
        found = _description(docx.Document(io.BytesIO(content)))
    except (PackageNotFoundError, KeyError, ValueError):
        raise PrmError("This is not a Word document.", where=Place(name), hint="Save it anew as .docx.") from None
    if not found:
        raise PrmError(
            "The template does not say what it shows.", where=Place(name),
            hint=f"Begin it with the lines of a form's description, and a paragraph '{END}' after them.",
        )  # fmt: skip
    lines = "\n".join(paragraph.text for paragraph in found[:-1]).translate(_LIKE_IN_YAML)
    return lines, lambda line, column: Place(f"{name}, line {line} of the description"), "docx"


def _in_excel(name: str, content: bytes) -> tuple[str, Placing, str]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    except Exception:  # openpyxl raises whatever its XML parser does
        raise PrmError("This is not an Excel workbook.", where=Place(name), hint="Save it anew as .xlsx.") from None
    if SHEET not in book.sheetnames or len(book.sheetnames) < 2:
        raise PrmError(
            "The template does not say what it shows.", where=Place(name),
            hint=f"Add a sheet '{SHEET}' with the lines of a form's description in its column A.",
        )  # fmt: skip
    rows = book[SHEET].iter_rows(max_col=1, values_only=True)
    lines = ["" if value is None else str(value) for (value,) in rows]
    return (
        "\n".join(lines).translate(_LIKE_IN_YAML),
        lambda line, column: Place(name, sheet=SHEET, cell=f"A{line}"),
        "xlsx",
    )
