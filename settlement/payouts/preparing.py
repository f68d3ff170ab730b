"""Preparing a batch: what is payable in a currency becomes payouts, and what does not is listed with the reason.

One transaction: the batch, its payouts and parts, what is left out, and the transfers from `payable` to `in_payment`,
by which no other batch can take the same money. Everything is set-based: fifteen thousand payees take seconds.
The rules are in docs/payouts.md; `sharing_out` has those of outlets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from prm import clock, database, logs
from prm.database import Connection
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.fail_points import reach
from prm.money import currency_places, is_known_currency
from prm.settings import Settings
from settlement.ledger import hold_still
from settlement.payouts.content import content_hashes
from settlement.payouts.posting import PREPARE, lock, post_parts
from settlement.payouts.sharing_out import share_out


@dataclass(frozen=True)
class LeftOut:
    """Something payable that is not paid now. amount: what is carried forward; reason: a name of `REASONS`."""

    payee_id: str
    outlet_id: str | None
    counterparty_id: str
    contract_id: str | None
    amount: Decimal
    reason: str


@dataclass(frozen=True)
class Prepared:
    """What came of preparing.

    batch: its number, None where nothing is to be paid. payouts, amount: how many, and their sum in the currency. left_out:
    what is carried forward. is_new: False where the same request had prepared the batch before.
    """

    batch: int | None
    currency: str
    payouts: int
    amount: Decimal
    content_hash: str | None
    left_out: list[LeftOut] = field(default_factory=list)
    is_new: bool = True


def prepare_payouts(
    currency: str,
    *,
    author: str,
    as_of: date | None = None,
    minimum: Decimal = Decimal(0),
    counterparties: Sequence[str] | None = None,
    request_key: str | None = None,
    settings: Settings | None = None,
) -> Prepared:
    """Takes what is payable in a currency into a new batch; all of it or, if anything is raised, nothing.

    as_of: the day of payment (today), whose bank details count. minimum: what a payout must reach, unless its contracts
    say otherwise. counterparties: only these payees. request_key: who asks; the same key prepares once.
    Raises PrmError for a currency, a minimum or an author that is none, NotFoundError for an unknown counterparty,
    RefusedError for an empty list and for a key that was used for another request.

        prepare_payouts("RUB", author="olga", minimum=Decimal("1000")).batch
    """
    if not is_known_currency(currency):
        raise PrmError(f"'{currency}' is no currency.", hint="Three letters, such as RUB.")
    if not author.strip():
        raise PrmError("A batch needs an author.", hint="Say who prepares it.")
    if minimum < 0 or minimum != minimum.quantize(Decimal("0.0001")):
        raise PrmError(f"{minimum} is no minimum.", hint="Not below zero, with four decimal places at most.")
    if counterparties is not None and not counterparties:
        raise RefusedError("An empty list of counterparties.", hint="Without a list, everybody is meant.")
    scope = sorted(set(counterparties)) if counterparties else None
    day = as_of or clock.today()
    with database.transaction(settings) as connection:
        lock(connection)
        if request_key and (known := _known(connection, request_key, currency, scope, minimum)):
            return known
        for one in scope or ():
            if not connection.execute(
                """select 1 from registry.counterparties where counterparty_id = %(one)s
                   union all select 1 from ledger.transfers where counterparty_id = %(one)s limit 1""",
                {"one": one},
            ).fetchone():
                raise NotFoundError(
                    f"There is no counterparty '{one}'.", hint="reporting.counterparties lists those there are."
                )
        hold_still(connection)
        given = {
            "currency": currency, "day": day, "minimum": minimum, "scope": scope, "author": author.strip(),
            "places": currency_places(currency), "request_key": request_key,
        }  # fmt: skip
        with database.joined_by_hashes(connection):
            _find_payable(connection, given)
            share_out(connection, currency)
            _decide(connection, given)
            prepared = _write(connection, given)
        reach("pay.prepared")
    reach("pay.taken")
    logs.event("payouts prepared", batch=prepared.batch, payouts=prepared.payouts, amount=str(prepared.amount))
    return prepared


def left_out_of(connection: Connection, batch: int) -> list[LeftOut]:
    """What a batch left out, in its order."""
    rows = connection.execute(
        """select payee_id, outlet_id, counterparty_id, contract_id, amount, reason
           from settlement.payouts_left_out where batch = %s order by place""",
        [batch],
    ).fetchall()
    return [LeftOut(**row) for row in rows]


def _known(
    connection: Connection, request_key: str, currency: str, scope: list[str] | None, minimum: Decimal
) -> Prepared | None:
    row = connection.execute("select * from settlement.payout_batches where request_key = %s", [request_key]).fetchone()
    if row is None:
        return None
    if (row["currency"], row["counterparties"], row["minimum"]) != (currency, scope, minimum):
        raise RefusedError(
            f"The request '{request_key}' prepared batch {row['batch']}, and asked for something else.",
            hint="Another request needs a key of its own.",
        )
    return Prepared(
        row["batch"], currency, row["payouts"], row["amount"], row["content_hash"],
        left_out_of(connection, row["batch"]), is_new=False,
    )  # fmt: skip


# What is payable, by whose contract it is, with who is paid: the counterparty itself, or the head of its hierarchy.
_PAYABLE = """
    create temporary table payable on commit drop as
    with recursive

    balances as (
        select counterparty_id, contract_id,
               sum(case when credit_account = 'payable' then amount else -amount end) as amount
        from ledger.transfers
        where currency = %(currency)s and (debit_account = 'payable' or credit_account = 'payable')
        group by counterparty_id, contract_id
    ),

    -- What is about no contract goes the way of the counterparty's contracts: to the head only where all of them do.
    usual_levels as (
        select counterparty_id, case when bool_and(settlement_level = 'group') then 'group' else 'counterparty' end as level
        from registry.contracts where currency = %(currency)s group by counterparty_id
    ),

    routed as (
        select balances.counterparty_id, balances.contract_id, balances.amount, contracts.minimum_payout,
               coalesce(settlement_level, case when contract_id is null then usual_levels.level end, 'counterparty') as level
        from balances
        left join registry.contracts using (contract_id)
        left join usual_levels on usual_levels.counterparty_id = balances.counterparty_id
        where balances.amount <> 0
    ),

    -- From each member up; who is its own ancestor by mistake is paid itself.
    ancestors as (
        select distinct counterparty_id as member, counterparty_id as ancestor, array[counterparty_id] as path
        from routed where level = 'group'
        union all
        select member, parent_id, path || parent_id
        from ancestors join registry.counterparties on counterparty_id = ancestor
        where parent_id is not null and parent_id <> all(path)
    ),

    heads as (
        select distinct on (member) member, ancestor as head from ancestors order by member, cardinality(path) desc
    )

    select case when level = 'group' then coalesce(head, counterparty_id) else counterparty_id end as payee_id,
           level, null::text as outlet_id, counterparty_id, contract_id, amount, minimum_payout
    from routed left join heads on member = counterparty_id
"""


def _find_payable(connection: Connection, given: dict) -> None:
    connection.execute(_PAYABLE, given)
    if given["scope"]:
        connection.execute("delete from payable where payee_id <> all(%(scope)s)", given)
    connection.execute("analyze payable")


# A hold on a counterparty keeps its balances where they are, one on a contract the contract's; one on a payee keeps its
# payouts. A hold of one month has been taken out of what is payable when it was placed.
_DECIDE = (
    """
    create temporary table parts on commit drop as
    with

    unreleased as (
        select distinct counterparty_id, contract_id from settlement.holds
        where level = 'counterparty' and period is null
          and not exists (select from settlement.hold_releases where hold_releases.hold = holds.hold)
    )

    select shares.*,
           dense_rank() over (order by payee_id collate "C", level collate "C", outlet_id collate "C" nulls first) as candidate,
           exists (select from unreleased where counterparty_id = shares.counterparty_id
                   and (contract_id is null or contract_id = shares.contract_id))
           or exists (select from unreleased where counterparty_id = shares.payee_id and contract_id is null) as is_held
    from shares
    """,
    "analyze parts",
    """
    create temporary table candidates on commit drop as
    with

    totals as (
        select candidate, payee_id, level, outlet_id, sum(amount) as total, trunc(sum(amount), %(places)s) as amount,
               coalesce(min(minimum_payout), %(minimum)s) as minimum
        from parts where not is_held
        group by candidate, payee_id, level, outlet_id
    ),

    judged as (
        select totals.*, details.*,
               case when total <= 0 then 'not positive'
                    when amount = 0 or total < minimum then 'below the minimum'
                    when bank_account_id is null then 'no bank details'
               end as reason
        from totals
        left join lateral (
            select bank_account_id, recipient, tax_number, kpp, account, bank, bic, correspondent_account
            from registry.bank_accounts
            where counterparty_id = totals.payee_id and currency = %(currency)s and valid_from <= %(day)s
              and (bank_accounts.outlet_id is null or bank_accounts.outlet_id = totals.outlet_id)
            order by bank_accounts.outlet_id is null, valid_from desc, is_by_hand desc limit 1
        ) as details on true
    )

    select *, case when reason is null then nextval('settlement.payout_numbers') end as payout
    from (select * from judged order by candidate) as judged
    """,
    "analyze candidates",
    # The largest part gives up what is less than the currency's smallest unit: the parts add up to what is paid.
    """
    create temporary table taken on commit drop as
    select payout, row_number() over (partition by payout order by place) as part, counterparty_id, contract_id,
           amount - remainder as amount, payee_id, level, outlet_id, remainder
    from (
        select candidates.payout, by_size.counterparty_id, by_size.contract_id, by_size.amount, by_size.payee_id,
               by_size.level, by_size.outlet_id,
               case when size = 1 then candidates.total - candidates.amount else 0 end as remainder,
               row_number() over (
                   order by by_size.counterparty_id collate "C", by_size.contract_id collate "C" nulls last) as place
        from (
            select *, row_number() over (
                partition by candidate
                order by amount desc, counterparty_id collate "C", contract_id collate "C" nulls last) as size
            from parts where not is_held
        ) as by_size
        join candidates using (candidate)
        where candidates.payout is not null
    ) as reduced
    """,
    "analyze taken",
    """
    create temporary table left_out on commit drop as
    select row_number() over (order by payee_id collate "C", level collate "C", outlet_id collate "C" nulls first,
               counterparty_id collate "C", contract_id collate "C" nulls last, reason) as place, *
    from (
        select parts.payee_id, parts.level, parts.outlet_id, counterparty_id, contract_id, parts.amount,
               case when is_held then 'held' else reason end as reason
        from parts
        left join candidates using (candidate)
        where is_held or reason is not null
        union all
        select payee_id, level, outlet_id, counterparty_id, contract_id, remainder, 'smaller than a unit'
        from taken where remainder > 0
    ) as everything
    """,
)


def _decide(connection: Connection, given: dict) -> None:
    for statement in _DECIDE:
        connection.execute(statement, given)


_WRITE = """
    with

    -- What fell due since the contract's payout before, by which the purpose names months and VAT.
    due as (
        select counterparty_id, contract_id, min(origin_period) as first, max(origin_period) as last
        from due_months group by counterparty_id, contract_id
    ),

    vat as (
        select counterparty_id, contract_id,
               sum(case when debit_account = 'vat' then amount when credit_account = 'vat' then -amount else 0 end) as vat,
               sum(case when cause <> 'due' then 0 when credit_account = 'payable' then amount else -amount end) as gross
        from ledger.transfers
        join due_months using (counterparty_id, contract_id, origin_period)
        where currency = %(currency)s
        group by counterparty_id, contract_id
    ),

    about as (
        select payout,
               round(greatest(sum(case when gross > 0 and vat > 0 then taken.amount * vat / gross else 0 end), 0), %(places)s)
                   as vat_amount,
               min(first) as first, max(last) as last, count(distinct contract_id) as contracts,
               string_agg(distinct contract_id, ', ') as names
        from taken
        left join due using (counterparty_id, contract_id)
        left join vat using (counterparty_id, contract_id)
        group by payout
    ),

    -- Russian words: what the bank's form and the tax office ask for.
    texts as (
        select payout, vat_amount,
               case when contracts = 0 then 'Оплата по расчётам'
                    when contracts = 1 and length(names) <= 60 then 'Вознаграждение по договору № ' || names
                    when length(names) <= 60 then 'Вознаграждение по договорам № ' || names
                    else format('Вознаграждение по договорам (%%s)', contracts) end
               || case when first is null then ''
                       when first = last then ' за ' || to_char(to_date(first, 'YYYY-MM'), 'MM.YYYY')
                       else ' за ' || to_char(to_date(first, 'YYYY-MM'), 'MM.YYYY') || '-' || to_char(to_date(last, 'YYYY-MM'), 'MM.YYYY')
                  end as what,
               case when vat_amount > 0 then format('В том числе НДС %%s %%s.', vat_amount, case when %(currency)s = 'RUB' then 'руб' else %(currency)s end)
                    else 'НДС не облагается.' end as tax
        from about
    )

    insert into settlement.payouts (payout, batch, counterparty_id, level, outlet_id, currency, amount, vat_amount, dated_on,
        end_to_end_id, document_number, purpose, bank_account_id, recipient, tax_number, kpp, account, bank, bic,
        correspondent_account)
    select candidates.payout, %(batch)s, payee_id, level, outlet_id, %(currency)s, amount, texts.vat_amount, %(day)s,
           format('PRM-%%s-%%s', %(batch)s::bigint, candidates.payout), (candidates.payout - 1) %% 999999 + 1,
           left(what, 210 - 40 - length(tax)) || format(' (PRM-%%s-%%s). ', %(batch)s::bigint, candidates.payout) || tax,
           bank_account_id, recipient, tax_number, kpp, account, bank, bic, correspondent_account
    from candidates join texts on texts.payout = candidates.payout
    order by candidates.payout
"""


def _write(connection: Connection, given: dict) -> Prepared:
    sums = connection.execute(
        "select count(*) as payouts, coalesce(sum(amount), 0) as amount from candidates where payout is not null"
    ).fetchone()
    assert sums is not None
    left_out = connection.execute(
        "select payee_id, outlet_id, counterparty_id, contract_id, amount, reason from left_out order by place"
    ).fetchall()
    listed = [LeftOut(**row) for row in left_out]
    if not sums["payouts"]:
        return Prepared(None, given["currency"], 0, Decimal(0), None, listed)
    number = connection.execute("select nextval('settlement.payout_batch_numbers') as batch").fetchone()
    assert number is not None
    given = given | number | sums
    connection.execute(_WRITE, given)
    connection.execute(
        """insert into settlement.payout_parts
           select payout, part, counterparty_id, contract_id, amount from taken where amount <> 0"""
    )
    connection.execute(
        """insert into settlement.payouts_left_out
           select %(batch)s, place, payee_id, level, outlet_id, counterparty_id, contract_id, amount, reason from left_out""",
        given,
    )
    [content_hash] = content_hashes(connection, [given["batch"]]).values()
    connection.execute(
        """insert into settlement.payout_batches
               (batch, currency, dated_on, minimum, counterparties, payouts, amount, content_hash, request_key, author)
           values (%(batch)s, %(currency)s, %(day)s, %(minimum)s, %(scope)s, %(payouts)s, %(amount)s, %(content_hash)s,
               %(request_key)s, %(author)s)""",
        given | {"content_hash": content_hash},
    )
    payouts = connection.execute("select payout from candidates where payout is not null order by payout").fetchall()
    post_parts(connection, PREPARE, [row["payout"] for row in payouts], dated_on=given["day"], author=given["author"])
    return Prepared(given["batch"], given["currency"], sums["payouts"], sums["amount"], content_hash, listed)
