"""
### Prepare a batch of payouts

Started by a person when rewards have fallen due. Takes what is payable in a currency into a new batch; whoever's total is
below the minimum, not above zero, held or without bank details is listed in the log and carried forward. Nothing goes to
the bank from here: somebody else approves the batch (`prm payout approve`), and it is exported. *docs/payouts.md*.

**Owner:** partner settlements. **If it fails:** nothing was taken, and the log says why. Clearing the task prepares a batch
anew; the same attempt started twice prepares one.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param, task

from scheduling import form

with DAG(
    dag_id="prepare_payouts",
    schedule=None,  # a decision of a person
    catchup=False,
    doc_md=__doc__,
    tags=["payouts"],
    default_args={"owner": "partner settlements", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "currency": Param(
            "RUB",
            type="string",
            pattern="^[A-Z]{3}$",
            title="Currency",
            description_md="What is payable in it.",
            examples=["RUB"],
        ),
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day of payment",
            description_md="Whose bank details count. Empty: today.",
            examples=["2026-11-26"],
        ),
        "minimum": Param(
            "0",
            type="string",
            pattern=r"^\d{1,14}(\.\d{1,4})?$",
            title="Minimum",
            description_md="Less than this is carried forward, unless the contract says otherwise.",
            examples=["1000", "500.00"],
        ),
        "counterparties": form.counterparties("Ids of payees, one a line. Empty: everybody."),
    },
) as dag:

    @task
    def prepare(**context):
        """Take what is payable into a batch, in one transaction."""
        from scheduling import tasks

        return tasks.prepare_payouts(context)

    prepare()
