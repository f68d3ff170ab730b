"""What the DAGs' tasks call: parameters and partition keys become calls of the rooms below, and asset events.

Imported inside tasks only, never at a DAG file's top level; heavy rooms are imported inside the functions.
Everything here may run twice (Airflow starts tasks at least once): the rooms below see to it that twice is once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.period import Period
from prm.settings import Settings, get_settings
from scheduling.keys import Partition

MANY = 20
"""Above so many counterparties their documents follow in one run for the period instead of one each."""

OVERDUE = timedelta(hours=1)
"""A complete period whose newest load is older than this and has not been calculated since was forgotten."""


def partition_of(context: Mapping[str, Any]) -> Partition:
    """What a run is about: its partition key; without one, the parameters `period` and `counterparties`."""
    params, key = context["params"], context["dag_run"].partition_key
    chosen = params.get("counterparties") or ([params["counterparty"]] if params.get("counterparty") else [])
    counterparties = tuple(sorted({name.strip() for name in chosen if name.strip()}))
    if key:
        partition = Partition.parse(key)
        return partition if partition.counterparties else Partition(partition.period, counterparties)
    if not params.get("period"):
        raise PrmError("Which period?", hint="Fill in 'period' in the form: a year and a month, such as 2026-10.")
    return Partition(Period.parse(params["period"]), counterparties)


def request_key(context: Mapping[str, Any]) -> str:
    """Who asks, so that a task that was started twice works once: DAG, run, how often it was cleared, map index."""
    run = context["dag_run"]
    return f"{run.dag_id}/{run.run_id}/{run.clear_number or 0}/{context['ti'].map_index}"


def who_asks(context: Mapping[str, Any]) -> str:
    """The author of what a task does: the person who triggered its run where Airflow says so, otherwise the DAG."""
    run = context["dag_run"]
    return getattr(run, "triggering_user_name", None) or f"airflow {run.dag_id}"


@contextmanager
def refusals_are_final(*but: type[PrmError]) -> Iterator[None]:
    """A request that was refused fails its task at once; a held lock, and whatever is not a refusal, is tried again.

    but: other errors after which a task is tried again.
    """
    from runs import LockedError

    try:
        yield
    except PrmError as error:
        if isinstance(error, (LockedError, *but)):
            raise
        raise AirflowFailException(str(error)) from error


def load(context: Mapping[str, Any]) -> dict[str, Any]:
    """Loads the inbox, or the files of it that the parameter `files` names; says which partitions changed.

    changed: data set → periods; complete: periods that have every file and whose facts changed.
    """
    import loaders
    import runs

    settings = get_settings()
    with refusals_are_final():
        if names := context["params"].get("files"):
            results = [loaders.load(settings.inbox / _plain(name), settings=settings) for name in names]
        else:
            results = loaders.load_inbox(settings, progress=lambda path, stage: print(f"{path.name}: {stage}"))
        changed: dict[str, list[str]] = {}
        for result in results:
            print(f"{result.file_name}: {result.outcome}{': ' + result.words.en if result.words else ''}")
            for note in result.notes:
                print(f"{result.file_name}: {note.en}")
            with database.transaction(settings) as connection:
                reached = runs.reaches(runs.closed_by_load(connection, result))
            if reached:
                print(f"{result.file_name}: {reached.en}")
            if result.changed:
                for data_set, period in result.partitions:
                    if period and period not in changed.setdefault(data_set, []):
                        changed[data_set].append(period)
        counts: dict[str, int] = {}
        for result in results:
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
        return {"files": counts, "changed": changed, "complete": due_periods(changed, settings)}


def due_periods(changed: Mapping[str, list[str]], settings: Settings) -> list[str]:
    """Complete periods to calculate: those just changed, and those whose newest load no run has followed for an hour.

    The second kind is there when a loading task died between its loads and its events.
    """
    import loaders
    import runs

    due = {period for data_set in runs.DATA_SETS for period in changed.get(data_set, [])}
    with database.transaction(settings) as connection:
        live = loaders.list_loads(connection, state="live")
        newest: dict[str, Any] = {}
        for one in live:
            if (period := _period_of(one["slot"])) and one["slot"].partition("/")[0] in runs.DATA_SETS:
                newest[period] = max(one["loaded_at"], newest.get(period, one["loaded_at"]))
        complete = {period for period in newest if not loaders.missing_files(connection, period)}
    for period in complete - due:
        if datetime.now(UTC) - newest[period] < OVERDUE:
            continue
        begun = [run["started_at"] for run in runs.list_runs(Period.parse(period), settings=settings)
                 if run["counterparties"] is None]  # fmt: skip
        if not begun or max(begun) < newest[period]:
            due.add(period)
    return sorted(due & complete)


def build_data_docs(loaded: Mapping[str, Any]) -> str:
    """Runs the suites over what is live and writes the Data Docs; skipped where no load changed anything."""
    from loaders.quality import build_data_docs as build

    if not loaded["changed"]:
        raise AirflowSkipException("Nothing has changed since the Data Docs were written.")
    quality = build(get_settings())
    print(f"{quality.expectations} expectations on {quality.loads} loads, {len(quality.failed)} not met")
    return str(quality.page)


def calculate(context: Mapping[str, Any]) -> list[str]:
    """Calculates the run's partition; returns the partition keys whose rewards are current now."""
    import runs

    with refusals_are_final():
        params = context["params"]
        if params.get("only_stale"):
            return _calculate_stale(context)
        partition = partition_of(context)
        result = runs.calculate(
            partition.period,
            list(partition.counterparties) or None,
            reason=params.get("reason") or f"{context['dag_run'].run_type} run of {context['dag_run'].dag_id}",
            request_key=request_key(context),
            force=bool(params.get("force")),
            allow_left_out=bool(params.get("allow_left_out")),
            progress=print,
        )
    print(f"{partition}: {result.state}, run {result.run_id}, {result.lines} lines, {result.amount}")
    for problem in result.problems:
        print(f"left out: contract {problem.contract_id} of {problem.counterparty_id}: {problem.message.en}")
    for told in result.missing("en"):
        print(told)
    if set(result.counterparties or ()) > set(partition.counterparties):
        print(f"calculated together, for they depend on one another: {', '.join(result.counterparties or ())}")
        print(f"pulled in by {', '.join(result.because_of)}: {', '.join(result.pulled_in)}")
        partition = Partition(partition.period, tuple(result.counterparties or ()))
    return _announced(partition)


def _calculate_stale(context: Mapping[str, Any]) -> list[str]:
    """Calculates just what has become stale: in the period, a closed one too, for somebody asked for it by name; without a
    period in all that are not closed, oldest first."""
    import runs

    params, period = context["params"], None
    if context["dag_run"].partition_key or params.get("period"):
        partition = partition_of(context)
        period, chosen = partition.period, partition.counterparties
    else:
        chosen = params.get("counterparties")
    if chosen:
        raise PrmError(
            "Only what is stale, or these counterparties?", hint="Leave 'counterparties' empty, or 'only_stale' off."
        )
    results = runs.calculate_stale(
        period, reason=params.get("reason") or "stale", request_key=request_key(context),
        include_closed=period is not None,
    )  # fmt: skip
    for result in results:
        print(f"{result.period}: {result.state}, run {result.run_id} for {result.counterparties or 'everybody'}")
    if not results:
        raise AirflowSkipException(f"Nothing of {period or 'the months that are not closed'} is stale.")
    return [
        key for result in results for key in _announced(Partition(result.period, tuple(result.counterparties or ())))
    ]


def roll_back(context: Mapping[str, Any]) -> list[str]:
    """Moves the run's counterparty back to the version before, in the results and in the ledger.

    Returns the partition keys whose rewards changed.

    With the parameter `chain`, also what later months made of it, which is calculated again.

    Asked twice (a task that was started again) it moves back once: the reason carries the request's key.
    """
    import settlement

    with refusals_are_final():
        partition = partition_of(context)
        if not partition.counterparties:
            raise PrmError("Whose results?", hint="Fill in 'counterparty' in the form, such as D00042.")
        rolled = settlement.roll_back(
            partition.period, list(partition.counterparties), reason=context["params"]["reason"],
            author=who_asks(context), chain=bool(context["params"].get("chain")), request_key=request_key(context),
            progress=print,
        )  # fmt: skip
    for said in (*rolled.moves, *rolled.posted):
        print(said)
    for result in rolled.again:
        print(f"{result.period}: {result.state} again, run {result.run_id} for {result.counterparties}")
    touched: dict[Period, set[str]] = {partition.period: set(partition.counterparties)}
    for move in rolled.moves:
        touched.setdefault(move.period, set()).add(move.counterparty_id)
    return [key for of in sorted(touched) for key in _announced(Partition(of, tuple(sorted(touched[of]))))]


def post_rewards(context: Mapping[str, Any]) -> list[str]:
    """Posts what is approved of the run's partition and not posted yet; returns the months that it is of and booked in."""
    import settlement

    with refusals_are_final():
        partition = partition_of(context)
        posted = settlement.post_rewards(
            partition.period, list(partition.counterparties) or None, author=who_asks(context)
        )
    print(f"{partition}: {posted.transfers} transfers posted in {posted.period}: {posted.sums}")
    return sorted({str(partition.period), str(posted.period)})


def fall_due(context: Mapping[str, Any]) -> int:
    """Makes payable what has fallen due by today; returns how many transfers that took."""
    import settlement

    chosen = sorted({name.strip() for name in context["params"].get("counterparties") or [] if name.strip()})
    with refusals_are_final():
        found = settlement.fall_due(None, chosen or None, author=who_asks(context))
    print(f"{found.transfers} transfers; due {found.due}, held {found.held}, withheld {found.withheld}")
    return found.transfers


def prepare_payouts(context: Mapping[str, Any]) -> int | None:
    """Takes what is payable in the parameter `currency` into a batch; returns its number, None where nothing is to be paid."""
    import settlement
    from prm.money import parse_decimal

    params = context["params"]
    with refusals_are_final():
        done = settlement.prepare_payouts(
            params["currency"],
            author=who_asks(context),
            as_of=date.fromisoformat(params["as_of"]) if params.get("as_of") else None,
            minimum=parse_decimal(params.get("minimum") or "0"),
            counterparties=[name.strip() for name in params.get("counterparties") or () if name.strip()] or None,
            request_key=request_key(context),
        )
    if done.batch is None:
        print(f"nothing to pay in {done.currency}: no batch was made")
    else:
        print(f"batch {done.batch}: {done.payouts} payouts, {done.amount} {done.currency}, hash {done.content_hash}")
    for one in done.left_out:
        about = ", ".join(part for part in (one.outlet_id, one.counterparty_id, one.contract_id) if part)
        print(f"carried forward for {one.payee_id} ({about}): {one.amount} {done.currency}, {one.reason}")
    return done.batch


def post_penalties(context: Mapping[str, Any]) -> list[str]:
    """Brings the ledger to what the live files of penalties of the run's period say; returns the month."""
    import settlement

    with refusals_are_final():
        period = partition_of(context).period
        posted = settlement.post_penalties(period, author=who_asks(context))
    print(f"{period}: {len(posted.charged)} charged, {len(posted.withdrawn)} withdrawn, {posted.unchanged} unchanged")
    for one in posted.left:
        print(f"left alone: {one.external_id} ({one.file_name}, row {one.row_number}): {one.why.en}")
    return [str(period)]


def publish_documents(context: Mapping[str, Any]) -> list[str]:
    """Makes the documents of the run's partition that are not there yet; returns its partition keys."""
    import reports

    # Those that could be made are there, and are not made again: a process may have been killed, or a form be mended.
    with refusals_are_final(reports.NotMadeError):
        partition = partition_of(context)
        try:
            documents = reports.publish(partition.period, counterparties=list(partition.counterparties) or None)
        except NotFoundError as error:  # penalties may be posted before anything of their month is calculated
            if context["dag_run"].partition_key:
                raise AirflowSkipException(str(error)) from error
            raise
        made = sum(document.state == "made" for document in documents)
        print(f"{partition}: {made} documents made, {len(documents) - made} unchanged")
        archived = reports.read_schedule().archive
        if (
            archived and not partition.counterparties
        ):  # of one counterparty's change the next whole run, or sending, tells
            made_of_all = reports.archive(partition.period, documents=documents, language=archived.language)
            print(f"{made_of_all.path}: {made_of_all.state}, SHA-256 {made_of_all.sha256}")
    return _announced(partition)


def send_documents(context: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Sends the documents of the run's period; without one, of the months that were decided lately.

    Returns for each month how many parcels were delivered, had arrived, failed and were refused. Raises PrmError, so that
    it is tried again, where something may still go.
    """
    import delivery
    import reports

    said, may_go = {}, 0
    with refusals_are_final():
        if not reports.read_schedule().sends:
            raise AirflowSkipException("The schedule of documents sends nothing (docs/sending.md).")
        is_one = bool(context["params"].get("period") or context["dag_run"].partition_key)
        partition = partition_of(context) if is_one else None
        for period in [partition.period] if partition else delivery.recently_decided():
            whose = list(partition.counterparties) or None if partition else None
            try:
                sent = delivery.send(period, counterparties=whose, author=who_asks(context))
            except RefusedError as error:  # of one month: the others go
                if partition:
                    raise
                print(f"{period}: {error}")
                may_go += 1
                continue
            said[str(period)] = {
                "delivered": len(sent.delivered), "already": sent.already, "failed": len(sent.failed),
                "refused": len(sent.refused),
            }  # fmt: skip
            print(f"{period}: {said[str(period)]}{f', waiting for: {sent.waiting}' if sent.waiting else ''}")
            for parcel, why in [*sent.failed, *sent.refused]:
                print(f"not delivered: {parcel.counterparty_id or 'operator'} → {parcel.address}: {why}")
            if sent.not_made:
                print(f"{period}: {sent.not_made}")
            may_go += len(sent.failed) + bool(sent.not_made)
    if may_go:
        raise PrmError(f"{may_go} did not go, and may go later.", hint="The log names them.")
    return said


def _announced(partition: Partition) -> list[str]:
    return partition.keys if len(partition.counterparties) <= MANY else [str(partition.period)]


def _period_of(slot: str) -> str | None:
    """The period in a slot such as `charges/2026-10/ural`; None for reference data."""
    parts = slot.split("/")
    return parts[1] if len(parts) > 1 else None


def _plain(name: str) -> str:
    if "/" in name or name.startswith("."):
        raise PrmError(
            f"'{name}' is not the name of a file in the inbox.", hint="Give the name alone, without a folder."
        )
    return name
