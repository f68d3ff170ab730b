"""
### Send the documents of approved months

Every morning, for each month that was approved or closed in the last 45 days, and by hand for one month. Makes what is not
up to date and sends what the schedule of documents (`documents.yaml`) says and has not arrived yet: each version once to
each address. Without a schedule that sends anything it does nothing. *docs/sending.md*.

**Owner:** partner settlements. **If it fails:** what went is not sent again; the log names what did not and why, and so does
`prm deliveries 2026-10 --undelivered`. A mail server that does not answer is tried again by the task itself; clearing it is
always safe.
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, task

from scheduling import form

with DAG(
    dag_id="send_documents",
    schedule="0 6 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # a later day makes up for those before it
    doc_md=__doc__,
    tags=["documents"],
    default_args={"owner": "partner settlements", "retries": 2, "retry_delay": timedelta(minutes=10)},
    params={
        "period": form.period(
            "The month whose documents to send, as `YYYY-MM`. Empty: those decided in the last 45 days."
        ),
        "counterparties": form.counterparties("Ids, one a line. Empty: everybody, and the operator."),
    },
) as dag:

    @task(pool="documents")
    def send(**context):
        """Send what is due and has not arrived; what may go later is tried again."""
        from scheduling import tasks

        return tasks.send_documents(context)

    send()
