"""Two hundred schemes where there was one: the dealers' scheme, each time with another rule text.

What they pay is the same, so that the totals must be; the texts differ in a condition that is always met, so that
none of them can share its SQL with another.
"""

from __future__ import annotations

import csv
from pathlib import Path

import schemes

_ORIGINAL = "dealer_standard"


def write_versions(contracts: Path, folder: Path, count: int) -> tuple[list[Path], Path]:
    """Writes the scheme files, and a file of contracts that spreads the dealers over them; returns both."""
    folder.mkdir(parents=True)
    text = (schemes.LIBRARY / f"{_ORIGINAL}.yaml").read_text(encoding="utf-8")
    files = []
    for number in range(count):
        name = f"{_ORIGINAL}_{number:03d}"
        varied = [
            f"{line} and product_id <> 'NONE-{number:03d}'" if line.strip().startswith("where:") else line
            for line in text.splitlines()
        ]
        files.append(folder / f"{name}.yaml")
        files[-1].write_text(
            "\n".join(varied).replace(f"scheme: {_ORIGINAL}", f"scheme: {name}") + "\n", encoding="utf-8"
        )
    spread = folder / f"contracts_{count}.csv"
    with contracts.open(encoding="utf-8", newline="") as given, spread.open("w", encoding="utf-8", newline="") as made:
        reader = csv.DictReader(given)
        writer = csv.DictWriter(made, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        for at, row in enumerate(reader):
            if row["scheme"] == _ORIGINAL:
                row["scheme"] = f"{_ORIGINAL}_{at % count:03d}"
            writer.writerow(row)
    return files, spread
