"""Loading a file: fingerprint, header, text, types, reasons, Parquet, and one transaction that makes it count.

Files come first and the transaction last: whatever dies in between leaves at most files that no row names.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import registry
from loaders import register
from loaders.contract import Contract, FileName, contracts
from loaders.opening import open_file
from loaders.reading import Rows, read_rows
from loaders.refusal import FileRefused
from loaders.source import Source, take
from prm import database, duck, lake, logs
from prm.errors import NotFoundError, Place, PrmError, RefusedError
from prm.fail_points import reach
from prm.money import parse_decimal
from prm.settings import Settings, get_settings
from prm.words import Words

Progress = Callable[[str], None]
"""Told what a load is doing now: 'fingerprint', 'read', 'check', 'write', 'register'."""

Outcome = Literal["accepted", "refused", "offered again", "reinstated", "unchanged"]


@dataclass(frozen=True)
class LoadResult:
    """What became of an offered file.

    outcome: 'offered again' is content that is known already (`load_id` says as which load); 'unchanged' the
    same under a name it was offered by before. reasons: rows refused, by reason. code and words: why a file was
    refused. supersedes: the load that was live before. partitions: the (data set, period) pairs it touches. rules_since: the
    first day on which contracts or agreed values are others than before.
    """

    file_name: str
    outcome: Outcome
    data_set: str | None = None
    slot: str | None = None
    load_id: str | None = None
    rows_total: int | None = None
    rows_accepted: int | None = None
    rows_quarantined: int | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    code: str | None = None
    words: Words | None = None
    notes: tuple[Words, ...] = ()
    supersedes: str | None = None
    partitions: tuple[tuple[str, str | None], ...] = ()
    rules_since: date | None = None
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether what is live is different now."""
        return self.outcome in ("accepted", "reinstated")


def load(
    path: Path, *, settings: Settings | None = None, progress: Progress | None = None, again: bool = True
) -> LoadResult:
    """Loads one file, wherever it lies; its data set, period and branch are in its name.

    Never raises for what is wrong with the file: the result says it was refused and why, and so does the register.
    again: whether bytes offered before under the same name count as offered again (by hand: a superseded or withdrawn load is
    reinstated, a refused one tried again) or as nothing new (the inbox, looked through every few minutes).

    >>> load(Path("data/inbox/charges_2026-10_ural.csv")).outcome  # doctest: +SKIP
    'accepted'
    """
    settings = settings or get_settings()
    began, tell = time.monotonic(), progress or (lambda stage: None)
    path = Path(path)
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    found = next(((one, name) for one in contracts().values() if (name := one.match(path.name))), None)
    if not found:
        return LoadResult(path.name, "refused", code="unknown_file_name", words=_UNKNOWN_NAME)
    with lake.work_folder(settings.lake) as work:
        offer = _Offer(path, *found, settings, work, tell, began)
        result = offer.load(again)
    result = replace(result, seconds=time.monotonic() - began)
    logs.event("file offered", file=path.name, outcome=result.outcome, load=result.load_id, rows=result.rows_total,
              refused=result.rows_quarantined, code=result.code, seconds=round(result.seconds, 3))  # fmt: skip
    return result


_UNKNOWN_NAME = Words(
    "no data set has files of this name; a name is <data set>_<YYYY-MM>_<branch>[_<revision>].csv, .csv.gz or .xlsx "
    "for facts, <data set>[_<revision>].… for reference data",
    "имя файла не подходит ни к одному набору данных; имя факта: <набор>_<ГГГГ-ММ>_<филиал>[_<редакция>].csv, .csv.gz "
    "или .xlsx, имя справочника: <набор>[_<редакция>].…",
)


@dataclass
class _Offer:
    """One file being loaded."""

    path: Path
    contract: Contract
    given: FileName
    settings: Settings
    work: Path
    tell: Progress
    began: float
    rows_total: int | None = None
    control: dict[str, Any] | None = None

    def load(self, again: bool) -> LoadResult:
        self.tell("fingerprint")
        try:
            source = take(self.path, self.work)
        except FileRefused as error:  # its content can't be told: it is known by the bytes as they are
            return self._refuse(lake.fingerprint(self.path), self.path.stat().st_size, error)
        try:
            if known := self._known(source, again):
                return known
        except RefusedError as error:  # reinstating reference data that no longer fit; the register stays as it was
            words = Words(str(error), f"не согласуется со справочниками: {error}")
            return self._result("refused", source.load_id, code="does_not_fit_the_registry", words=words)
        try:
            self.control = self._read_control()
            return self._load(source)
        except FileRefused as error:
            return self._refuse(source.content_hash, source.bytes, error)

    def _known(self, source: Source, again: bool) -> LoadResult | None:
        """What to say of content that was offered before; None if it must be loaded."""
        with database.transaction(self.settings) as connection:
            register.lock(connection, source.load_id)
            row = register.find(connection, source.content_hash)
            if not row:
                return None
            is_same_name = register.was_offered_as(connection, source.load_id, self.path.name)
            if row["state"] == "refused":
                if again or not is_same_name or row["state_reason"].get("conditions") != self._conditions():
                    return None
                return self._result("unchanged", source.load_id, code=row["state_reason"]["code"],
                                    words=Words(**row["state_reason"]["message"]))  # fmt: skip
            counts = {name: row[name] for name in ("rows_total", "rows_accepted", "rows_quarantined")}
            if not again and is_same_name:
                return self._result("unchanged", source.load_id, **counts)
            if row["state"] in ("superseded", "withdrawn") and row["slot"] == self.given.slot:
                register.lock(connection, self.given.slot)
                rules = self._rules(connection)
                former = register.reinstate(connection, row, self.path.name, self.settings)
                touched = connection.execute(
                    "select distinct period from loads.partitions where load_id = any(%s) order by 1",
                    [[source.load_id, former]],
                ).fetchall()
                partitions = tuple((self.contract.data_set, one["period"]) for one in touched)
                return self._result(
                    "reinstated", source.load_id, notes=self._left_out(connection), supersedes=former,
                    partitions=partitions, rules_since=registry.differs_from(rules, self._rules(connection)), **counts,
                )  # fmt: skip
            register.record(connection, source.load_id, "offered again", self.path.name)
            note = Words(
                f"the same content as {row['file_name']} (load {row['load_id']}, {row['state']})",
                f"то же содержание, что у {row['file_name']} (загрузка {row['load_id']}, {row['state']})",
            )
            return self._result("offered again", source.load_id, notes=(note,), **counts)

    def _load(self, source: Source) -> LoadResult:
        connection = duck.connect(self.work / "work.duckdb" if self._is_large(source) else None, settings=self.settings)
        try:
            self.tell("read")
            conversion, text, notes = open_file(
                self.path, self.given.extension, source, self.contract, self.given.period, self.work
            )
            rows = read_rows(connection, conversion, text, self.work, self.path.name)
            self.tell("check")
            self._check(rows)
            self.rows_total = rows.total
            self._compare_control(rows)
            self._judge(rows)
            reach("load.read")
            self.tell("write")
            accepted = self._write(rows, source)
            reach("load.written")
        finally:
            connection.close()
        self.tell("register")
        return self._register(accepted, source, notes)

    def _is_large(self, source: Source) -> bool:
        """Whether the rows may not fit into memory: then their table is kept in a file, and slower."""
        return source.bytes > 2 * _bytes_of(self.settings.memory_limit)

    def _check(self, rows: Rows) -> None:
        references = {one.refers_to for one in self.contract.columns.values() if one.refers_to}
        rows.refuse_repeated()
        if references:
            with database.transaction(self.settings) as connection:
                known = {one: register.known_ids(connection, one) for one in references - {self.contract.data_set}}
            rows.refuse_unknown(known)

    def _judge(self, rows: Rows) -> None:
        """Refuses the file whole if it is empty or too many of its rows were refused."""
        total, accepted = rows.total, rows.accepted
        refused = total - accepted
        if not total and not self.contract.may_be_empty:
            raise self._refusal("no_rows", "the file has a header and no rows", "в файле есть заголовок, но нет строк")
        allowed = Decimal(self.contract.refuse_above_share)
        if refused > self.contract.refuse_above_rows and refused > allowed * total:
            reasons = ", ".join(f"{reason} {count}" for reason, count in rows.reasons.items())
            raise self._refusal(
                "too_many_refused_rows",
                f"{refused} of {total} rows would be refused ({reasons}); at most {allowed:%} may be",
                f"не приняты были бы {refused} строк из {total} ({reasons}); допускается не больше {allowed:%}",
            )

    def _write(self, rows: Rows, source: Source) -> register.Accepted:
        """Writes the accepted and the refused rows under their final names. Nothing counts until it is registered."""
        partitions = []
        for month in rows.months():
            temporary = self.work / "accepted.parquet"
            rows.write(temporary, source.load_id, month)
            folder = self.settings.lake / self.contract.data_set
            final = (folder / f"period={month}" if month else folder) / f"{source.load_id}.parquet"
            count = rows.query(f"select count(*) from {duck.quote(temporary)}")[0][0]
            content_hash = lake.fingerprint(temporary)
            lake.settle(temporary, final)
            partitions.append(register.Partition(month, self._relative(final), count, content_hash))
        reasons, quarantine = rows.reasons, ""
        if reasons:
            temporary = self.work / "refused.parquet"
            rows.write_refused(temporary, source.load_id)
            final = self.settings.quarantine / self.contract.data_set / f"{source.load_id}.parquet"
            quarantine = self._relative(lake.settle(temporary, final))
        return register.Accepted(
            source.load_id, source.content_hash, source.bytes, rows.total, sum(one.rows for one in partitions),
            partitions, reasons, quarantine, self.control,
        )  # fmt: skip

    def _register(self, accepted: register.Accepted, source: Source, notes: tuple[Words, ...]) -> LoadResult:
        seconds = time.monotonic() - self.began
        try:
            with database.transaction(self.settings) as connection:
                register.lock(connection, source.load_id, self.given.slot)
                row = register.find(connection, source.content_hash)
                if row and row["state"] != "refused":  # another loader was faster with the same bytes
                    register.record(connection, source.load_id, "offered again", self.path.name)
                    return self._result("offered again", source.load_id)
                rules = self._rules(connection)
                former = register.accept(
                    connection, self.contract, self.given, self.path.name, accepted,
                    seconds=seconds, settings=self.settings,
                )  # fmt: skip
                notes += self._left_out(connection)
                rules_since = registry.differs_from(rules, self._rules(connection))
                touched = {one.period for one in accepted.partitions}
                if former:
                    touched |= {
                        one["period"] for one in connection.execute(
                            "select period from loads.partitions where load_id = %s", [former])
                    }  # fmt: skip
                reach("load.applied")
            reach("load.registered")
        except FileRefused:
            raise
        except RefusedError as error:
            raise self._refusal(
                "does_not_fit_the_registry", str(error), f"не согласуется со справочниками: {error}"
            ) from error
        return self._result(
            "accepted", source.load_id, rows_total=accepted.rows_total, rows_accepted=accepted.rows_accepted,
            rows_quarantined=accepted.rows_total - accepted.rows_accepted, reasons=accepted.reasons, notes=notes,
            supersedes=former, partitions=tuple((self.contract.data_set, one) for one in sorted(touched, key=str)),
            rules_since=rules_since,
        )  # fmt: skip

    def _rules(self, connection: database.Connection) -> registry.FileRules:
        """What files say of rules, where this file may say otherwise."""
        is_of_rules = self.contract.data_set in ("contracts", "counterparties")
        return registry.file_rules(connection) if is_of_rules else frozenset()

    def _left_out(self, connection: database.Connection) -> tuple[Words, ...]:
        """Which contracts lack a value that their scheme requires, after a file that may bring or take away such."""
        if self.contract.data_set not in ("contracts", "counterparties"):
            return ()
        return tuple(registry.without_required(connection))

    def _refuse(self, content_hash: str, size: int, error: FileRefused) -> LoadResult:
        reason = {
            "code": error.code,
            "message": {"en": error.words.en, "ru": error.words.ru},
            "where": str(error.where) if error.where else None,
            "conditions": self._conditions(),
        }
        with database.transaction(self.settings) as connection:
            register.lock(connection, content_hash[:16])
            register.refuse(
                connection, self.contract, self.given, self.path.name, content_hash, reason, size=size,
                seconds=time.monotonic() - self.began, rows_total=self.rows_total, control=self.control,
            )  # fmt: skip
        return self._result(
            "refused", content_hash[:16], code=error.code, words=error.words, rows_total=self.rows_total
        )

    def _read_control(self) -> dict[str, Any] | None:
        """The control totals beside the file, if there are any."""
        sidecar = self.path.with_name(self.path.name + ".control.json")
        if not sidecar.is_file():
            if self.contract.control_totals == "required":
                raise self._refusal("no_control_totals", f"{sidecar.name} is missing", f"нет файла {sidecar.name}")
            return None
        try:
            control = json.loads(sidecar.read_text(encoding="utf-8"))
            rows = control["rows"]
            sums = {name: str(parse_decimal(total)) for name, total in control.get("sums", {}).items()}
            if not isinstance(rows, int) or not sums.keys() <= self.contract.columns.keys():
                raise ValueError("rows must be a whole number, sums a decimal for each column")
        except (ValueError, KeyError, TypeError, AttributeError, PrmError) as error:
            raise self._refusal(
                "unreadable_control_totals",
                f'{sidecar.name} should read {{"rows": 10, "sums": {{"amount": "12.50"}}}}: {error}',
                f'{sidecar.name} должен быть вида {{"rows": 10, "sums": {{"amount": "12.50"}}}}: {error}',
            ) from error
        return {"rows": rows, "sums": sums}

    def _compare_control(self, rows: Rows) -> None:
        if not self.control:
            return
        found = {"rows": (str(self.control["rows"]), str(rows.total))}
        for column, total in self.control["sums"].items():
            actual = rows.sum_of(column)
            if actual is not None:  # a value that can't be read can't be summed; the rows still must agree
                found[column] = (total, f"{actual.normalize():f}")
        wrong = {name: pair for name, pair in found.items() if Decimal(pair[0]) != Decimal(pair[1])}
        if wrong:
            en = "; ".join(f"{name}: {declared} declared, {actual} found" for name, (declared, actual) in wrong.items())
            ru = "; ".join(
                f"{name}: заявлено {declared}, найдено {actual}" for name, (declared, actual) in wrong.items()
            )
            raise self._refusal(
                "control_totals_differ",
                f"the file is not whole: {en}; send it again",
                f"файл не полон: {ru}; пришлите его ещё раз",
            )

    def _conditions(self) -> str:
        """What a refusal depended on besides the bytes: when it changes, the inbox tries the file again."""
        sidecar = self.path.with_name(self.path.name + ".control.json")
        control = sidecar.read_text(encoding="utf-8", errors="replace") if sidecar.is_file() else ""
        known: list[object] = []
        references = sorted({one.refers_to for one in self.contract.columns.values() if one.refers_to})
        if references:
            with database.transaction(self.settings) as connection:
                known = [sorted(register.known_ids(connection, one)) for one in references]
        text = json.dumps([self.contract.content, control, known], sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _refusal(self, code: str, en: str, ru: str) -> FileRefused:
        return FileRefused(code, en, ru, where=Place(self.path.name))

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.settings.home).as_posix()

    def _result(self, outcome: Outcome, load_id: str, **more: Any) -> LoadResult:
        return LoadResult(
            self.path.name, outcome, data_set=self.contract.data_set, slot=self.given.slot, load_id=load_id, **more
        )


def _bytes_of(limit: str) -> int:
    """A DuckDB memory limit such as `8GB` in bytes."""
    number = limit.rstrip("BbKkMmGgTtIi ")
    unit = limit[len(number) :].strip().upper()[:1]
    return int(float(number) * 1024 ** (" KMGT".index(unit) if unit else 0))
