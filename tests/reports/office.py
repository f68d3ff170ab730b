"""LibreOffice, asked what it makes of documents: their text, their cells as they are shown, their pages."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pypdf

_TEXT = "txt:Text (encoded):UTF8"
_CELLS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"  # as shown, every sheet
_SECONDS = 300


def program() -> str | None:
    """Where LibreOffice is; None: it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


class Office:
    """LibreOffice with a profile of its own, which reads documents in batches: starting takes longer than reading."""

    def __init__(self, folder: Path):
        found = program()
        assert found is not None
        self._folder, self._program, self._times = folder, found, 0

    def pages(self, files: Iterable[Path]) -> dict[str, Path]:
        """The documents as PDF, by name and kind (`statement_ru_docx`): how they look on paper."""
        return {path.stem: path for path in self._convert(files, "pdf")}

    def texts(self, files: Iterable[Path]) -> dict[str, list[str]]:
        """The lines of Word documents that are not empty, a cell a line, by name and kind."""
        read = {path.stem: path.read_text(encoding="utf-8-sig") for path in self._convert(files, _TEXT)}
        return {name: [line for line in text.splitlines() if line.strip()] for name, text in read.items()}

    def cells(self, files: Iterable[Path]) -> dict[tuple[str, str], list[list[str]]]:
        """The cells of workbooks as they are shown, by name and kind of the workbook, and its sheet."""
        read = {}
        for path in self._convert(files, _CELLS):
            name, _, sheet = path.stem.partition("-")
            with path.open(encoding="utf-8", newline="") as file:
                read[name, sheet] = list(csv.reader(file))
        return read

    def _convert(self, files: Iterable[Path], to: str) -> list[Path]:
        """Each file in another format, by its name and what it was: `statement_ru_xlsx.pdf`."""
        self._times += 1
        given, made = self._folder / f"given-{self._times}", self._folder / f"made-{self._times}"
        given.mkdir()
        for file in files:
            (given / f"{file.stem}_{file.suffix[1:]}{file.suffix}").symlink_to(file)
        command = [
            self._program, f"-env:UserInstallation={(self._folder / 'profile').as_uri()}", "--headless", "--norestore",
            "--convert-to", to, "--outdir", str(made), *map(str, sorted(given.iterdir())),
        ]  # fmt: skip
        done = subprocess.run(
            command, env=os.environ | {"LC_ALL": "C.UTF-8"}, capture_output=True, text=True, timeout=_SECONDS
        )
        found = sorted(made.glob("*")) if made.exists() else []
        assert done.returncode == 0 and found, f"LibreOffice made nothing of {to}: {done.stderr}"
        return found


def text_of_pages(path: Path) -> list[str]:
    """The text of each page of a PDF."""
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]
