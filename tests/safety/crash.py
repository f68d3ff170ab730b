"""Kills processes at every fail point and at random moments, does it again undisturbed, and compares all that is left.

    python -m tests.safety.crash KILLS [SEED]      (make crash KILLS=1000)

A trial is a copy of the prepared books, one to three kills of one operation in a row, and the same operation to its end.
What the books say then has to be what they say where nobody was killed, to the row.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from prm.settings import Settings
from tests.books import broken
from tests.safety.children import Child
from tests.safety.contents import contents, differences, left_over, torn
from tests.safety.operations import OPERATIONS, Operation
from tests.safety.prepared import Prepared


@dataclass
class Figures:
    """What was done and found. kills: (operation, where) → how many; faults: what was lost, doubled or torn."""

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    trials: int = 0
    faults: list[str] = field(default_factory=list)
    left_over: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        by_operation: Counter[str] = Counter()
        at_points = 0
        for (operation, where), count in self.kills.items():
            by_operation[operation] += count
            at_points += count if where != "random" else 0
        said = ", ".join(f"{operation} {count}" for operation, count in by_operation.items())
        return (
            f"{self.kills.total():,} kills in {self.trials:,} trials ({said}), {at_points:,} of them at "
            f"{len({where for _, where in self.kills} - {'random'})} fail points, the others at random moments; "
            f"{len(self.faults)} lost, doubled or torn; {self.left_over} files that no row names; {self.seconds:.0f} s"
        )


def crash(prepared: Prepared, kills: int, seed: int, folder: Path, *, tell: bool = False) -> Figures:
    """Kills at least `kills` processes; the same seed draws the same trials."""
    dice, figures, began = random.Random(seed), Figures(), time.monotonic()
    expected, usual = _undisturbed(prepared, folder)
    trials = [(operation, [point]) for operation in OPERATIONS for point in operation.points]
    while figures.kills.total() < kills:
        operation, points = trials.pop(0) if trials else (_draw(dice), [])
        points = (points + [dice.choice(["", *operation.points]) for _ in range(dice.choice((0, 1, 2)))]) or [""]
        try:
            _trial(prepared, operation, points, expected[operation.name], usual[operation.name], dice, folder, figures)
        except Exception as error:
            figures.faults.append(f"{operation.name} after kills at {points}: {type(error).__name__}: {error}")
        if tell and figures.trials % 25 == 0:
            print(f"{figures}", flush=True)
    figures.seconds = time.monotonic() - began
    return figures


def _draw(dice: random.Random) -> Operation:
    return dice.choices(OPERATIONS, [one.share for one in OPERATIONS])[0]


def _undisturbed(prepared: Prepared, folder: Path) -> tuple[dict[str, dict[str, Counter[str]]], dict[str, float]]:
    """What the books say after each operation where nobody is killed, and how long it takes."""
    expected, usual = {}, {}
    for operation in OPERATIONS:
        if operation.by_dbt:
            continue
        for _ in range(2):  # the first one may have to build
            with prepared.copy(folder) as settings:
                _finish(operation, settings, prepared)
                child = Child(operation.work, settings, kept=prepared.built)  # asked for again it changes nothing
                assert child.wait() == 0, child.answer
                assert torn(settings) == broken(settings) == []
                expected[operation.name] = contents(settings)
            with prepared.copy(folder) as settings:
                usual[operation.name] = _finish(operation, settings, prepared)
    expected["calculate"], usual["calculate"] = expected["publish"], 8.0
    return expected, usual


def _finish(operation: Operation, settings: Settings, prepared: Prepared) -> float:
    child = Child(operation.work, settings, kept=prepared.built)
    assert child.wait() == 0, child.answer
    return time.monotonic() - child.began


def _trial(
    prepared: Prepared, operation: Operation, points: list[str], expected: dict[str, Counter[str]], usual: float,
    dice: random.Random, folder: Path, figures: Figures,
) -> None:  # fmt: skip
    with prepared.copy(folder) as settings:
        killed = []
        for place, point in enumerate(points):
            kept = None if operation.by_dbt else prepared.built
            child = Child(operation.work, settings, point=point, kept=kept)
            if not point:
                child.process.join(dice.uniform(0, usual))
                child.kill(with_its_own=dice.random() < 0.5)
            code = child.wait()
            if code == -9:
                killed.append(point or "random")
            elif code != 0:
                raise AssertionError(f"it failed instead of dying at {point or 'a random moment'}: {child.answer}")
            elif point and place == 0:  # a later one may find all of it done
                raise AssertionError(f"{point} was not reached")
        _finish(operation, settings, prepared)
        figures.trials += 1
        figures.kills.update((operation.name, where) for where in killed)
        found = [*torn(settings), *(f"broken: {rule}" for rule in broken(settings))]
        found += differences(expected, contents(settings))
        figures.faults += [f"{operation.name} after kills at {killed}: {fault}" for fault in found]
        figures.left_over += len(left_over(settings))


def main(kills: int, seed: int) -> int:
    """Prepares, kills, and prints the figure; 1 where a fault was found."""
    from tests.safety.alone import prepared_alone

    with prepared_alone() as (prepared, folder):
        figures = crash(prepared, kills, seed, folder, tell=True)
    for fault in figures.faults:
        print(f"FAULT {fault}")
    for (operation, where), count in sorted(figures.kills.items()):
        print(f"  {operation:10} {where:22} {count:5}")
    print(f"seed {seed}: {figures}")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    raise SystemExit(main(int((sys.argv[1:] or ["1000"])[0]), int((sys.argv[2:] or ["0"])[0])))
