"""The bytes of an offered file: fingerprint, compression, encoding. Ends in UTF-8 text that DuckDB can read.

A plain UTF-8 file is read where it lies; gzip and cp1251 are written out beside the work first, in blocks.
Nothing is guessed: a byte order mark means UTF-8, else the whole file either decodes as UTF-8 or, where the
contract declares a single-byte encoding, must decode as that without a single undefined byte.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loaders.contract import Contract
from loaders.refusal import FileRefused
from prm.errors import Place

_BLOCK = 4 << 20
_LARGEST_GROWTH = 200  # how much a gzip of text may grow; text reaches 20-30, a bomb 1,000


@dataclass(frozen=True)
class Source:
    """A file's content: path to it uncompressed, its SHA-256 and size, and what its bytes decode as."""

    path: Path
    content_hash: str
    bytes: int
    is_utf8: bool
    has_mark: bool
    has_spaces: bool

    @property
    def load_id(self) -> str:
        """The name of the load: the first 16 hex digits of the content's hash."""
        return self.content_hash[:16]


def take(path: Path, work: Path) -> Source:
    """Fingerprints the (decompressed) content and sees whether it is UTF-8. `work`: folder for large temporaries."""
    digest, size, decoder, is_utf8 = hashlib.sha256(), 0, codecs.getincrementaldecoder("utf-8")("strict"), True
    first, has_spaces = b"", False
    is_packed = path.name.lower().endswith(".gz")
    is_text = not path.name.lower().endswith(".xlsx")
    content = work / "content.csv" if is_packed else path
    with content.open("wb") if is_packed else path.open("rb") as out:
        for block in _blocks(path, is_packed):
            first = first or block[:3]
            digest.update(block)
            has_spaces = has_spaces or b" " in block
            size += len(block)
            if is_packed:
                out.write(block)
                if size > _LARGEST_GROWTH * max(path.stat().st_size, 1 << 16):
                    raise FileRefused(
                        "grows_too_much",
                        f"the archive grows more than {_LARGEST_GROWTH} times when unpacked",
                        f"архив при распаковке увеличивается более чем в {_LARGEST_GROWTH} раз",
                        where=Place(path.name),
                    )
            if is_text and is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
    if is_text and is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    return Source(content, digest.hexdigest(), size, is_utf8, first.startswith(codecs.BOM_UTF8), has_spaces)


def _blocks(path: Path, is_packed: bool) -> Iterator[bytes]:
    try:
        with gzip.open(path) if is_packed else path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileRefused(
            "broken_archive",
            f"the gzip archive is damaged or cut short ({error}); send it again",
            f"архив gzip повреждён или обрезан ({error}); пришлите файл ещё раз",
            where=Place(path.name),
        ) from error


def as_utf8(source: Source, contract: Contract, work: Path, name: str) -> tuple[Path, Literal["utf-8", "cp1251"]]:
    """The content as UTF-8 text and the encoding that it came in. FileRefused if it is in none declared."""
    declared = {one.encoding for one in contract.formats}
    if source.is_utf8 and "utf-8" in declared:
        return source.path, "utf-8"
    if not source.has_mark and "cp1251" in declared:
        return _transcode(source.path, work / "transcoded.csv", name), "cp1251"
    raise FileRefused(
        "wrong_encoding",
        f"the text is not in an encoding that the contract declares ({', '.join(sorted(declared))})",
        f"текст не в той кодировке, которую объявляет контракт данных ({', '.join(sorted(declared))})",
        where=Place(name),
    )


def _transcode(path: Path, target: Path, name: str) -> Path:
    position = 0
    with path.open("rb") as file, target.open("wb") as out:
        while block := file.read(_BLOCK):
            try:
                out.write(block.decode("cp1251").encode("utf-8"))
            except UnicodeDecodeError as error:
                raise FileRefused(
                    "wrong_encoding",
                    f"the text is neither UTF-8 nor cp1251: byte {position + error.start + 1} means nothing there",
                    f"текст не в UTF-8 и не в cp1251: байт {position + error.start + 1} в ней не определён",
                    where=Place(name),
                ) from error
            position += len(block)
    return target
