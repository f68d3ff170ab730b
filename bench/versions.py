"""Two hundred schemes where there was one: the dealers' scheme, each time with one more condition, always met.

What they pay is the same, so that the totals must be. The conditions differ in a number (as versions mostly do:
another rate, another window), or in a text, so that no scheme can share its SQL with another.
"""

from __future__ import annotations

import csv
from pathlib import Path

import schemes

_ORIGINAL = "dealer_standard"


NUMBERS, TEXTS = "days_since_activation > -{}", "product_id <> 'NONE-{}'"
"""How the conditions differ."""


def write_versions(contracts: Path, folder: Path, count: int, condition: str) -> tuple[list[Path], Path]:
    """Writes the scheme files, and a file of contracts that spreads the dealers over them; returns both.

    condition: NUMBERS or TEXTS.
    """
    folder.mkdir(parents=True)
    text = (schemes.LIBRARY / f"{_ORIGINAL}.yaml").read_text(encoding="utf-8")
    files, kind = [], "numbers" if condition == NUMBERS else "texts"
    for number in range(count):
        name = f"{_ORIGINAL}_{kind}_{number:03d}"
        varied = [
            f"{line} and {condition.format(number + 1000)}" if line.strip().startswith("where:") else line
            for line in text.splitlines()
        ]
        files.append(folder / f"{name}.yaml")
        files[-1].write_text(
            "\n".join(varied).replace(f"scheme: {_ORIGINAL}", f"scheme: {name}") + "\n", encoding="utf-8"
        )
    spread = folder / f"contracts_{kind}.csv"
    with contracts.open(encoding="utf-8", newline="") as given, spread.open("w", encoding="utf-8", newline="") as made:
        reader = csv.DictReader(given)
        writer = csv.DictWriter(made, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        for at, row in enumerate(reader):
            if row["scheme"] == _ORIGINAL:
                row["scheme"] = f"{_ORIGINAL}_{kind}_{at % count:03d}"
            writer.writerow(row)
    return files, spread
