"""A reward explained: how its components, limits and rounding add up to what a counterparty is owed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import registry
import schemes
from explanations.addresses import address_of
from explanations.model import ComponentTotal, Related, RewardExplanation, TierPart
from explanations.telling_tiers import split_in_words
from explanations.wording import SHORT_OUTCOMES, WORDS
from prm import database
from prm.database import Connection
from prm.errors import NotFoundError
from prm.period import Period
from prm.settings import Settings
from prm.words import Language, Words, format_period

_MOST_LINES = 20


def explain_reward(
    period: Period,
    counterparty_id: str,
    language: Language,
    *,
    contract_id: str | None = None,
    component: str | None = None,
    settings: Settings | None = None,
) -> RewardExplanation:
    """Explains what a counterparty's current reward of a period is made of, component by component.

    contract_id, component: only these. Raises NotFoundError where there is nothing of the kind.
    """
    with database.transaction(settings) as connection:
        rewards = connection.execute(
            """select * from reporting.rewards
               where period = %(period)s and counterparty_id = %(counterparty)s
                 and (%(contract)s::text is null or contract_id = %(contract)s)
                 and (%(component)s::text is null or component = %(component)s)
               order by contract_id, scheme_version, component""",
            {"period": str(period), "counterparty": counterparty_id, "contract": contract_id, "component": component},
        ).fetchall()
        left_out = () if component else tuple(_left_out(connection, period, counterparty_id, contract_id, language))
        if not rewards and left_out:
            headline = WORDS["no_reward"].text(language, id=counterparty_id, period=format_period(period, language))
            return RewardExplanation(language, headline, (), (), left_out=left_out)
        if not rewards:
            raise NotFoundError(
                Words(*(WORDS["no_reward"].text(of, id=counterparty_id, period=period) for of in ("en", "ru"))),  # type: ignore[arg-type]
                hint=Words(
                    "`select * from reporting.rewards` lists contracts and components.",
                    "Договоры и составляющие: `select * from reporting.rewards`.",
                ),
            )
        known = {(of.scheme, of.version): of for of in registry.scheme_versions(connection, {row["scheme"] for row in rewards})}  # fmt: skip
        ordered = sorted(rewards, key=lambda row: _order(row, known[row["scheme"], row["scheme_version"]]))
        components = tuple(
            _component(connection, row, known[row["scheme"], row["scheme_version"]], language) for row in ordered
        )
    totals: dict[str, Decimal] = {}
    for of in components:
        totals[of.currency] = totals.get(of.currency, Decimal(0)) + of.amount
    headline = WORDS["reward"].text(
        language, name=rewards[0]["counterparty_name"] or "", id=counterparty_id, period=format_period(period, language)
    )
    runs = tuple(sorted({row["run_id"] for row in rewards}))
    return RewardExplanation(language, headline, components, tuple(sorted(totals.items())), runs, left_out)


def _left_out(
    connection: Connection, period: Period, counterparty_id: str, contract_id: str | None, language: Language
) -> Iterator[str]:
    """Why contracts of the counterparty earn nothing: those that its current version, or a newer refused run, left out."""
    row = connection.execute(
        """select run_id, state, manifest -> 'left_out' as left_out from runs.runs
           where period = %(period)s and manifest ? 'left_out'
             and (counterparties is null or %(counterparty)s = any(counterparties))
           order by run_id desc limit 1""",
        {"period": str(period), "counterparty": counterparty_id},
    ).fetchone()
    if row is None:
        return
    for of in row["left_out"]:
        if of["counterparty_id"] == counterparty_id and contract_id in (None, of["contract_id"]):
            key = "left_out" if row["state"] == "published" else "left_out_refused"
            yield WORDS[key].text(language, contract=of["contract_id"], why=of[language].rstrip("."), run=row["run_id"])


def _order(row: Mapping[str, Any], scheme: schemes.Scheme) -> tuple[str, int, int]:
    """As the scheme lists them: what is measured, what is paid, what limits do."""
    names = [*scheme.measures, *scheme.components, *scheme.limits]
    return row["contract_id"], row["scheme_version"], names.index(row["component"])


def _component(
    connection: Connection, row: Mapping[str, Any], scheme: schemes.Scheme, language: Language
) -> ComponentTotal:
    name = row["component"]
    of = scheme.components.get(name) or scheme.limits.get(name) or scheme.measures[name]
    key = {
        "period": row["period"], "counterparty_id": row["counterparty_id"], "contract_id": row["contract_id"],
        "component": name, "scheme_version": row["scheme_version"],
    }  # fmt: skip
    where = """from reporting.reward_lines
               where period = %(period)s and counterparty_id = %(counterparty_id)s and contract_id = %(contract_id)s
                 and component = %(component)s and scheme_version = %(scheme_version)s"""
    ends = connection.execute(
        f"select outcome, count(*) as lines, sum(amount) as amount {where} group by outcome order by min(event_date), outcome",
        key,
    ).fetchall()
    ends.sort(key=lambda end: list(SHORT_OUTCOMES).index(end["outcome"]))
    of_period = connection.execute(
        f"select * {where} and (stream = 'period' or taken_period is not null) order by event_date, line limit {_MOST_LINES}",
        key,
    ).fetchall()
    tiers: tuple[TierPart, ...] = ()
    if isinstance(of, schemes.Component) and isinstance(of.pay, schemes.Tiers):
        for line in of_period:
            if line["tier_split"]:
                tiers = split_in_words(of.pay, line["tier_split"], schemes.Teller(scheme, language))
    return ComponentTotal(
        row["contract_id"], name, schemes.Teller(scheme, language).title(of.title), row["amount"], row["currency"],
        tuple((SHORT_OUTCOMES[end["outcome"]].text(language), end["lines"], end["amount"]) for end in ends), tiers,
        tuple(
            Related(address_of(line), _outcome(line, language), line["amount"]) for line in of_period
        ),
        isinstance(of, schemes.Measure),
    )  # fmt: skip


def _outcome(line: Mapping[str, Any], language: Language) -> str:
    """How a line of the period ended; where it is one subscriber's, whose."""
    told = SHORT_OUTCOMES[line["outcome"]].text(language)
    is_of_one = line["stream"] == schemes.PERIOD and line["subscriber_id"]
    return told + (WORDS["of_subscriber"].text(language, subscriber=line["subscriber_id"]) if is_of_one else "")
