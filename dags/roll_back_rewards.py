"""
### Roll one counterparty's period back

Makes the version before current again (or none, before the first). Nothing is deleted: the version that was taken
back stays in the books, and *calculate_rewards* makes a new one. All other counterparties are left untouched.

Refused where a later month's current version stands on it (a clawback, a cumulative tier, a draw), or a payout has taken
what fell due of it: the log names each.
With *the chain* those go back too, newest first, and are calculated again.

**Owner:** partner settlements. **If it fails:** the log says why it was refused, and nothing was moved. A chain whose
calculation failed has been moved: clear the task, and it goes on from there.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param, task

from scheduling import form
from scheduling.assets import REWARDS

with DAG(
    dag_id="roll_back_rewards",
    schedule=None,  # a decision of a person
    catchup=False,
    doc_md=__doc__,
    tags=["rewards"],
    default_args={"owner": "partner settlements", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "period": form.period("The month, as `YYYY-MM`.", optional=False),
        "counterparty": Param(
            type="string",
            minLength=1,
            title="Counterparty",
            description_md="The id of the one whose rewards to roll back.",
            examples=["D00042"],
        ),
        "reason": Param(
            type="string",
            minLength=3,
            maxLength=500,
            title="Reason",
            description_md="Why; kept with the move for ever.",
            examples=["Calculated with a wrong price list, ticket 1234"],
        ),
        "chain": Param(
            False,
            type="boolean",
            title="The chain too",
            description_md="Also roll back what later months made of it, and calculate that again.",
        ),
    },
) as dag:

    @task(pool="calculation", outlets=[REWARDS])
    def roll_back(**context):
        """Move the pointer to the version before; an event, so that the documents follow."""
        from scheduling import tasks

        context["outlet_events"][REWARDS].add_partitions(tasks.roll_back(context))

    roll_back()
