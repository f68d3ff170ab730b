"""
### Bring the ledger to what a month's files of penalties say

Started by a person when a month's files of penalties, fines and deductions are loaded. Charges what is new; what a corrected
file has changed or left out is reversed, and charged as it reads now. The second time nothing differs. What a person has
decided of a penalty stands, and is listed in the log. *docs/penalties.md* has the rest.

**Owner:** partner settlements. **If it fails:** nothing was posted, and the log says why. Clearing the task is always safe.
"""

from datetime import timedelta

from airflow.sdk import DAG, task

from scheduling import form
from scheduling.assets import LEDGER

with DAG(
    dag_id="post_penalties",
    schedule=None,  # a decision of a person
    catchup=False,
    doc_md=__doc__,
    tags=["ledger"],
    default_args={"owner": "partner settlements", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={"period": form.period("The month of the files, as `YYYY-MM`.", optional=False)},
) as dag:

    @task(outlets=[LEDGER])
    def post(**context):
        """Charge and reverse the differences to what was charged before, in one transaction; an event for the month."""
        from scheduling import tasks

        context["outlet_events"][LEDGER].add_partitions(tasks.post_penalties(context))

    post()
