"""
### Make payable what has fallen due

Every morning: what counterparties have accepted, or what is deemed accepted because the term of their contract is over, goes
from *accrued* to *payable*; what holds cover is held; tax of natural persons is withheld. *docs/settling.md* has the rules.

**Owner:** partner settlements. **If it fails:** nothing was moved; start it again. It may be started at any time and moves
only what has changed since the last time.
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, task

from scheduling import form

with DAG(
    dag_id="fall_due",
    schedule="0 5 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # a later day makes up for those before it
    doc_md=__doc__,
    tags=["ledger"],
    default_args={"owner": "partner settlements", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "counterparties": form.counterparties("Ids, one a line. Empty: everybody."),
    },
) as dag:

    @task
    def fall_due(**context):
        """Move what has fallen due by today, in one transaction."""
        from scheduling import tasks

        tasks.fall_due(context)

    fall_due()
