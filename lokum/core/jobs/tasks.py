"""The one task of the queue: run the job with this id."""

from procrastinate.contrib.django import app


@app.task(name="lokum.job", queue="jobs")
def run_job(job_id: int) -> None:
    from lokum.core.jobs.running import execute

    execute(job_id)
