"""Processes that want the same at once, and workers that come back too late: one wins, or both do, one after the other.

python -m tests.safety.races ROUNDS [SEED]      (make races ROUNDS=20)
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import loaders
import runs
import settlement
from prm import database
from prm.settings import Settings
from tests.books import as_owner, broken
from tests.safety.children import Child, Raised
from tests.safety.contents import torn
from tests.safety.prepared import OCTOBER, SEPTEMBER, Prepared

AT_WORK = ("calculate.built", "calculate.recorded")
"""Where a worker is halted that comes back when a newer run has published."""


@dataclass
class Figures:
    """races: kind → how many; processes: of all of them; refused: who gave way, by the error's name."""

    races: Counter[str] = field(default_factory=Counter)
    processes: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.races.items())
        gave_way = ", ".join(f"{kind} {count}" for kind, count in self.refused.items()) or "nobody"
        return (
            f"{self.races.total()} races of {self.processes} processes ({kinds}); gave way: {gave_way}; "
            f"{len(self.faults)} with two winners, none, or a torn result; {self.seconds:.0f} s"
        )


def race(prepared: Prepared, rounds: int, seed: int, folder: Path, *, tell: bool = False) -> Figures:
    """Every kind of race, so many times; the same seed draws the same races."""
    dice, figures, began = random.Random(seed), Figures(), time.monotonic()
    for _ in range(rounds):
        for kind in KINDS:
            with prepared.copy(folder) as settings:
                try:
                    found = kind(Track(settings, prepared.built, figures), dice)
                    found += [*torn(settings), *broken(settings), *_moves_that_do_not_follow(settings)]
                except Exception as error:
                    found = [f"{type(error).__name__}: {error}"]
            name = kind.__name__.replace("_", " ").strip()
            figures.races[name] += 1
            figures.faults += [f"{name}: {fault}" for fault in found]
        if tell:
            print(figures, flush=True)
    figures.seconds = time.monotonic() - began
    return figures


@dataclass
class Track:
    """Where a race is run: books, and processes that work on them."""

    settings: Settings
    built: Path
    figures: Figures

    def start(self, work: Callable[..., object], *arguments: object, point: str = "") -> Child:
        """A process that works on the books."""
        self.figures.processes += 1
        return Child(work, self.settings, *arguments, point=point, kept=self.built)

    def ends(self, children: list[Child], may: tuple[str, ...] = ()) -> tuple[list, list[str]]:
        """What those returned that got through, and the faults of the others: an error that is not one of `may`."""
        got, faults = [], []
        for child in children:
            child.wait()
            answer = child.answer
            if isinstance(answer, Raised):
                self.figures.refused[answer.kind] += 1
                if answer.kind not in may:
                    faults.append(repr(answer))
            else:
                got.append(answer)
        return got, faults


def _calculate(settings: Settings, reason: str, key: str | None, wait: float) -> runs.RunResult:
    return runs.calculate(
        OCTOBER, ["D2"], reason=reason, force=True, request_key=key, wait_seconds=wait, settings=settings
    )


def _post(settings: Settings) -> settlement.Posted:
    return settlement.post_rewards(OCTOBER, author="olga", settings=settings)


def _close(settings: Settings) -> runs.Decision:
    return runs.close_period(OCTOBER, "olga", settings=settings)


def _roll_back(settings: Settings) -> settlement.RolledBack:
    return settlement.roll_back(OCTOBER, ["D2"], reason="race", author="olga", settings=settings)


def _load(settings: Settings) -> list[loaders.LoadResult]:
    return [loaders.load(path, settings=settings, again=False) for path in sorted((settings.home / "next").iterdir())]


def publishers_one_after_the_other(track: Track, dice: random.Random) -> list[str]:
    """Two to eight runs of one partition at once, who wait for one another: each makes a version, the last is current."""
    children = [track.start(_calculate, f"{one}", None, 60) for one in range(dice.randint(2, 8))]
    got, faults = track.ends(children)
    current = runs.current_versions(OCTOBER, settings=track.settings)["D2"]["run_id"]
    if len({one.run_id for one in got}) != len(children) or current != max(one.run_id for one in got):
        faults.append(f"{len(children)} publishers made {[one.run_id for one in got]}; {current} is current")
    return faults


def publishers_who_do_not_wait(track: Track, dice: random.Random) -> list[str]:
    """Whoever finds the partition taken is refused in words; somebody gets through."""
    children = [track.start(_calculate, f"{one}", None, 0) for one in range(dice.randint(2, 8))]
    got, faults = track.ends(children, may=("LockedError",))
    return faults if got else [*faults, "nobody got through"]


def publishers_of_one_request(track: Track, dice: random.Random) -> list[str]:
    """One request that several processes carry out is one version."""
    children = [track.start(_calculate, "one", "one request", 60) for one in range(dice.randint(2, 8))]
    got, faults = track.ends(children)
    if len({one.run_id for one in got}) != 1 or [one.state for one in got].count("published") != 1:
        faults.append(f"one request made {[(one.run_id, one.state) for one in got]}")
    return faults


def a_stale_worker(track: Track, dice: random.Random) -> list[str]:
    """It halts, loses its connections, and comes back when a newer run has published: its token refuses it."""
    stale = track.start(_calculate, "stale", None, 60, point=f"{dice.choice(AT_WORK)}:stop")
    stale.wait_until_halted()
    with as_owner(track.settings) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
    [newer], faults = track.ends([track.start(_calculate, "newer", None, 60)])
    stale.go_on()
    got, more = track.ends([stale], may=("StaleError",))
    current = runs.current_versions(OCTOBER, settings=track.settings)["D2"]["run_id"]
    if got or current != newer.run_id:
        faults.append(f"the stale worker got {got}; {current} is current, and the newer run is {newer.run_id}")
    return faults + more


def posters(track: Track, dice: random.Random) -> list[str]:
    """Several who post one month post it once."""
    got, faults = track.ends([track.start(_post) for _ in range(dice.randint(2, 6))])
    posted = sorted(one.transfers for one in got)
    return faults if posted[:-1] == [0] * (len(got) - 1) and posted[-1] else [*faults, f"posted {posted}"]


def a_poster_against_a_closer(track: Track, dice: random.Random) -> list[str]:
    """All of it is posted: in the month where that was still open, otherwise as adjustments in the next one."""
    runs.close_period(SEPTEMBER, "olga", settings=track.settings)
    works = [_post, _close]
    dice.shuffle(works)
    children = []
    for work in works:
        children.append(track.start(work))
        time.sleep(dice.choice((0, 0, 0.05)))
    got, faults = track.ends(children)
    with database.transaction(track.settings) as connection:
        rows = connection.execute(
            "select period, cause, count(*) as transfers from ledger.transfers where origin_period = '2026-10' group by 1, 2"
        ).fetchall()
    if len(got) == 2 and {(row["period"], row["cause"]) for row in rows} not in (
        {("2026-10", "reward"), ("2026-10", "vat")},
        {("2026-11", "adjustment"), ("2026-11", "vat")},
    ):
        faults.append(f"the month's rewards stand as {rows}")
    return faults


def a_rollback_against_a_publisher(track: Track, dice: random.Random) -> list[str]:
    """Both come about, in one order or the other."""
    works: list[tuple[Callable[..., object], tuple]] = [(_roll_back, ()), (_calculate, ("race", None, 60))]
    dice.shuffle(works)
    before = runs.current_versions(OCTOBER, settings=track.settings)["D2"]["run_id"]
    got, faults = track.ends([track.start(work, *arguments) for work, arguments in works])
    new = next((one.run_id for one in got if isinstance(one, runs.RunResult)), None)
    current = runs.current_versions(OCTOBER, settings=track.settings).get("D2", {}).get("run_id")
    return faults if current in (before, new) else [*faults, f"{current} is current, neither {before} nor {new}"]


def loaders_of_the_same_files(track: Track, dice: random.Random) -> list[str]:
    """Each file is one load, whoever was faster."""
    got, faults = track.ends([track.start(_load) for _ in range(dice.randint(2, 4))])
    accepted = Counter(one.load_id for results in got for one in results if one.outcome == "accepted")
    return faults if set(accepted.values()) == {1} else [*faults, f"accepted {accepted}"]


KINDS = (
    publishers_one_after_the_other, publishers_who_do_not_wait, publishers_of_one_request, a_stale_worker, posters,
    a_poster_against_a_closer, a_rollback_against_a_publisher, loaders_of_the_same_files,
)  # fmt: skip


def _moves_that_do_not_follow(settings: Settings) -> list[str]:
    """Each move leaves the version that the one before it came to."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            """select * from (
                   select period, counterparty_id, move, from_run,
                          lag(to_run) over (partition by period, counterparty_id order by move) as before
                   from runs.version_moves) as moves
               where from_run is distinct from before"""
        ).fetchall()
    return [f"move {row['move']} leaves run {row['from_run']}, and {row['before']} was current" for row in rows]


def main(rounds: int, seed: int) -> int:
    """Prepares, races, and prints the figure; 1 where a fault was found."""
    from tests.safety.alone import prepared_alone

    with prepared_alone() as (prepared, folder):
        figures = race(prepared, rounds, seed, folder, tell=True)
    for fault in figures.faults:
        print(f"FAULT {fault}")
    print(f"seed {seed}: {figures}")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    raise SystemExit(main(int((sys.argv[1:] or ["20"])[0]), int((sys.argv[2:] or ["0"])[0])))
