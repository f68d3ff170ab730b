"""
### Post a period's approved rewards in the ledger

Started by a person when a period has been approved. Posts what the approved rewards differ by from what was posted of them
before: all of it the first time, nothing the second time. What changed in a closed month is booked in the earliest month
that is open, as an adjustment. *docs/ledger.md* has the accounts and causes.

**Owner:** partner settlements. **If it fails:** nothing was posted. *Not approved* means that versions have changed since the
approval, or that there was none: approve what is current, then start it again. Clearing the task is always safe.
"""

from datetime import timedelta

from airflow.sdk import DAG, task

from scheduling import form
from scheduling.assets import LEDGER

with DAG(
    dag_id="post_rewards",
    schedule=None,  # a decision of a person
    catchup=False,
    doc_md=__doc__,
    tags=["ledger"],
    default_args={"owner": "partner settlements", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "period": form.period("The month whose rewards to post, as `YYYY-MM`.", optional=False),
        "counterparties": form.counterparties("Ids, one a line. Empty: the whole period."),
    },
) as dag:

    @task(outlets=[LEDGER])
    def post(**context):
        """Post the differences to what was posted before, in one transaction; an event a month that is touched."""
        from scheduling import tasks

        context["outlet_events"][LEDGER].add_partitions(tasks.post_rewards(context))

    post()
