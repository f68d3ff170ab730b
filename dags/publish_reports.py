"""
### Publish the documents of current rewards

Follows the rewards, and what is posted of them (VAT, penalties): makes what the schedule of documents asks for of a period, or of one counterparty (without a schedule
statements, branch summaries and registers of lines not paid), and of a whole period the archive if the schedule has one. A
document of which nothing has changed is left as it is. *docs/sending.md*.

**Owner:** partner settlements. **If it fails:** documents made so far are kept and not made again; clear the task. The
log names the form and the counterparty.
"""

from datetime import timedelta

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from scheduling import form
from scheduling.assets import DOCUMENTS, LEDGER, REWARDS

with DAG(
    dag_id="publish_reports",
    schedule=PartitionedAssetTimetable(assets=REWARDS | LEDGER),
    catchup=False,
    doc_md=__doc__,
    tags=["documents"],
    default_args={"owner": "partner settlements", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "period": form.period("The month whose documents to make, as `YYYY-MM`. Needed when started by hand."),
        "counterparties": form.counterparties("Ids, one a line. Empty: all of them, and the operator's documents."),
    },
) as dag:

    @task(pool="documents", outlets=[DOCUMENTS])
    def publish(**context):
        """Make the documents that are not there yet; an event a partition whose documents are up to date."""
        from scheduling import tasks

        context["outlet_events"][DOCUMENTS].add_partitions(tasks.publish_documents(context))

    publish()
