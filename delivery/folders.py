"""Folders and storage: documents under the same names as here, wherever fsspec finds the folder (a disk, S3, …).

Whose storage it is, and with which keys, its library reads from the environment (of S3: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_S3). Written again, a file is the same file: nothing is doubled.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path, PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from delivery.errors import NotNowError
from delivery.parcels import Parcel
from prm.lake import fingerprint, settle
from prm.settings import Settings
from reports import Document


def deliver(parcel: Parcel, settings: Settings) -> None:
    """Copies a parcel's documents into `<folder>/<period>/<counterparty>/`. A relative folder is one of the home's.

    Raises NotNowError, with the storage's words, where it can't.
    """
    try:
        system, root = fsspec.core.url_to_fs(_absolute(parcel.address, settings))
        for document in parcel.documents:
            if not document.path.exists() or fingerprint(document.path) != document.sha256:
                raise NotNowError(f"{document.path.name} is being made anew: it is not what was registered.")
            target = PurePosixPath(root, document.path.relative_to(settings.documents).as_posix())
            if isinstance(system, LocalFileSystem):
                _copy(document.path, Path(target))
            else:
                _put(system, document, str(target))
    except NotNowError:
        raise
    except Exception as error:  # every storage has its own; none of them is the document's fault
        told = " ".join(str(error).split()) or type(error).__name__
        raise NotNowError(f"{parcel.address} did not take it: {told}.", is_of_receiver=True) from error


def _absolute(address: str, settings: Settings) -> str:
    return address if "://" in address else str(settings.home / Path(address).expanduser())


def _copy(source: Path, target: Path) -> None:
    """Whoever reads the folder sees the old file or the new one, whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as file:
        temporary = Path(file.name)
    try:
        shutil.copyfile(source, temporary)
        temporary.chmod(0o644)
        settle(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _put(system: fsspec.AbstractFileSystem, document: Document, target: str) -> None:
    system.put_file(str(document.path), target)
    system.invalidate_cache()
    stored, sent = system.info(target)["size"], document.path.stat().st_size
    if stored != sent:
        raise NotNowError(f"{target} has {stored} bytes there, and {sent} here.")
