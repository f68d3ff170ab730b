"""
### Calculate a period's rewards

Follows the facts: when files changed a period that has all of its files, the whole period is calculated. By hand: give
a period, and counterparties if not all of them. The result is a new version that becomes current in one transaction;
with the same inputs as the current version nothing is done. Through the REST API a partition key says the same:
`2026-10` or `2026-10|D00042`.

**Owner:** partner settlements. **If it fails:** readers still see the former version. The log names the model or the
rule that was broken, `prm runs` lists the attempt, its folder `runs/<number>/` keeps inputs and logs. *Locked* means
that another calculation of the period is under way: it is tried again by itself. *Contracts would be left out* names
them and says why: correct them, or allow it in the form. Clearing the task is always safe.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param, PartitionedAssetTimetable, task

from scheduling import form
from scheduling.assets import COMPLETE, REWARDS

with DAG(
    dag_id="calculate_rewards",
    schedule=PartitionedAssetTimetable(assets=COMPLETE),
    catchup=False,
    doc_md=__doc__,
    tags=["rewards"],
    default_args={"owner": "partner settlements", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "period": form.period(
            "The month to calculate, as `YYYY-MM`. Needed when started by hand, but for *Only what is stale*."
        ),
        "counterparties": form.counterparties("Ids, one a line. Empty: the whole period."),
        "reason": Param(
            None,
            type=["null", "string"],
            maxLength=500,
            title="Reason",
            description_md="Why it is calculated by hand; kept with the run.",
            examples=["Price list corrected, ticket 1234"],
        ),
        "force": Param(
            False,
            type="boolean",
            title="Even if nothing changed",
            description_md="Make a new version although the inputs are those of the current one.",
        ),
        "only_stale": Param(
            False,
            type="boolean",
            title="Only what is stale",
            description_md="Just the counterparties whose results were made from something that has changed since; "
            "without a period, of every month that is not closed.",
        ),
        "allow_left_out": Param(
            False,
            type="boolean",
            title="Even if contracts are left out",
            description_md="Publish although contracts whose values or scheme don't fit are left out and earn nothing.",
        ),
    },
) as dag:

    @task(pool="calculation", outlets=[REWARDS])
    def calculate(**context):
        """Pin the inputs, build, check, publish; an event a partition whose rewards are current now."""
        from scheduling import tasks

        context["outlet_events"][REWARDS].add_partitions(tasks.calculate(context))

    calculate()
