"""What a document shows, as a hash: the results, the names it prints, the form, the settings and the code that draws it.

Equal hashes mean that there is nothing to make again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

from prm.database import Connection, Row
from prm.lake import fingerprint
from prm.period import Period
from reports.forms import Form
from reports.parties import ATTRIBUTES
from reports.source import Source, details_file
from runs import REASONS


class Shown:
    """What a period's documents show; what few forms look at is read when it is asked for.

    versions: those that readers of the period see, by counterparty.
    """

    def __init__(self, source: Source, period: Period):
        self.source, self.period = source, period
        rows = source.connection.execute(
            """select counterparty_id, run_id, lines, content_hash from reporting.versions
               where is_shown and period = %s order by counterparty_id""",
            [str(period)],
        ).fetchall()
        self.versions: dict[str, Row] = {row["counterparty_id"]: row for row in rows}
        self._known = {"results": {k: f"{v['run_id']}:{v['content_hash']}" for k, v in self.versions.items()}}
        self._appearance: dict[bool, list[str]] = {}

    def hash(self, form: Form, counterparty_id: str, language: str, format: str, parameters: Mapping[str, str]) -> str:
        """Of all that a document shows. counterparty_id: empty of the operator's."""
        chosen = [f"{name}={value}" for name, value in sorted(parameters.items())]
        is_csv = format == "csv"
        if is_csv not in self._appearance:
            self._appearance[is_csv] = appearance(self.source, format)
        parts = [form.name, str(self.period), counterparty_id, language, format, *chosen, *self._appearance[is_csv]]
        parts += [form.content_hash, code_hash(), *self._of(form, counterparty_id)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def audience(self, form: Form) -> list[str]:
        """Of whom there is something that the form is about; of the operator's form the operator, if of anybody."""
        who = list(self._hashes(form.about))
        if form.audience == "operator":
            return [""] if who else []
        return [one for one in who if one and (form.about != "results" or self.versions[one]["lines"])]

    def runs(self, form: Form, counterparty_id: str) -> tuple[int, ...]:
        """The runs whose versions a document shows."""
        return tuple(sorted({version["run_id"] for version in self._versions(form, counterparty_id)}))

    def lines(self, form: Form, counterparty_id: str) -> int:
        """How many lines a document may have to show."""
        return sum(version["lines"] for version in self._versions(form, counterparty_id))

    def _versions(self, form: Form, counterparty_id: str) -> list[Row]:
        if not form.is_of_results:
            return []
        return [v for k, v in self.versions.items() if counterparty_id in ("", k)]

    @cached_property
    def _names(self) -> str:
        return _hash_of_names(self.source.connection)

    def _of(self, form: Form, counterparty_id: str) -> Iterator[str]:
        """The hashes of what a document of the form shows beside its words."""
        yield self._names
        what_it_is_of = ["results"] if form.is_of_results else []
        for what in (*what_it_is_of, *sorted({form.about, *form.looks_at} - {"results"})):
            of_all = self._hashes(what)
            yield from [of_all.get(counterparty_id, "")] if counterparty_id else (f"{k}:{v}" for k, v in of_all.items())

    def _hashes(self, what: str) -> dict[str, str]:
        if what not in self._known:
            rows = self.source.connection.execute(_LOOKED_AT[what], {"period": str(self.period)}).fetchall()
            self._known[what] = {row["counterparty_id"]: row["hash"] for row in rows}
        return self._known[what]


_LOOKED_AT = {
    "services": """
        select counterparty_id, 'there are some' as hash from (
            select counterparty_id from reporting.rewards where period = %(period)s and amount <> 0
            union
            select counterparty_id from reporting.ledger_transfers
            where period = %(period)s and origin_period < %(period)s and (
                debit_account in ('reward_cost', 'vat') or credit_account in ('reward_cost', 'vat'))
        ) as rendered_or_corrected
        order by counterparty_id
    """,
    "other_periods": """
        select counterparty_id, md5(string_agg(concat(period, ':', run_id, ':', content_hash), '|' order by period)) as hash
        from reporting.versions where is_shown and period <> %(period)s group by counterparty_id order by counterparty_id
    """,
    "ledger": """
        select counterparty_id, max(transfer_id)::text as hash from reporting.ledger_transfers
        where period = %(period)s or origin_period = %(period)s group by counterparty_id order by counterparty_id
    """,
    "penalties": """
        select counterparty_id, md5(string_agg(concat(penalty, ':', decided_at, ':', evidence), '|' order by penalty)) as hash
        from reporting.penalties
        where booked_in <= %(period)s
        group by counterparty_id
        having bool_or(%(period)s in (booked_in, reversed_in) or exists (
            select from reporting.penalty_decisions as decisions
            where decisions.penalty = penalties.penalty
                and to_char(decisions.decided_at at time zone 'UTC', 'YYYY-MM') = %(period)s))
        order by counterparty_id
    """,
    "disputes": """
        select counterparty_id, md5(string_agg(concat(dispute, ':', state), '|' order by dispute)) as hash
        from reporting.disputes where period = %(period)s group by counterparty_id order by counterparty_id
    """,
    "payouts": """
        select counterparty_id, md5(string_agg(concat(payout, ':', payouts.state, ':', batches.state), '|' order by payout)) as hash
        from reporting.payouts join reporting.payout_batches as batches using (batch)
        where payouts.period = %(period)s group by counterparty_id order by counterparty_id
    """,
}
"""What forms show beside the period's versions, as a hash for each counterparty of whom there is something.

The ledger, penalties, payouts and disputes are only added to."""


def appearance(source: Source, format: str) -> list[str]:
    """What the settings decide of a document in a format: names, looks, how CSV is written."""
    settings, shown = source.settings, source.look
    said = [settings.operator, _fingerprint(details_file(settings)), shown.color, _fingerprint(shown.logo)]
    return [*said, settings.csv_encoding, settings.csv_delimiter] if format == "csv" else said


def _fingerprint(path: Path | None) -> str:
    return fingerprint(path) if path and path.exists() else ""


def _hash_of_names(connection: Connection) -> str:
    """Of everything a document prints that is not in the results: names of counterparties, outlets, products; requisites."""
    row = connection.execute(
        """select md5(coalesce(string_agg(t, '|' order by t collate "C"), '')) as hash from (
               select 'c' || counterparty_id || name || branch || coalesce(tax_number, '') as t from reporting.counterparties
               union all select 'o' || outlet_id || name from reporting.outlets
               union all select 'p' || product_id || name from reporting.products
               union all select concat('a', counterparty_id, attribute, valid_from, value)
                   from reporting.counterparty_attributes where attribute = any(%s)
               union all select concat('b', counterparty_id, kpp, account, bank, bic, correspondent_account, currency, valid_from)
                   from reporting.bank_accounts where known_to is null and outlet_id is null
               union all select 'v' || contract_id || vat_status from reporting.contracts
           ) as names""",
        [list(ATTRIBUTES)],
    ).fetchone()
    assert row is not None
    return row["hash"]


@cache
def code_hash() -> str:
    """Of the code that draws, so that a changed renderer makes documents again."""
    digest = hashlib.sha256()
    for path in sorted([*Path(__file__).parent.rglob("*.py"), Path(__file__).with_name("data_sets.yaml"), REASONS]):
        digest.update(path.read_bytes())
    digest.update((Path(__file__).parent / "forms" / "words.yaml").read_bytes())
    return digest.hexdigest()
