"""The moving part of a job's page, and the health of the installation."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render

from lokum.core.base import policy
from lokum.core.desk.routes import needs, public
from lokum.core.jobs.desk import progress_of
from lokum.core.jobs.health import database_answers, health
from lokum.core.jobs.models import Job


@needs("jobs.job:view")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(policy.allowed(Job.objects.all(), request.user, "view"), pk=pk)
    return render(request, "jobs/progress.html", progress_of(job))


@public
def pulse(request: HttpRequest) -> HttpResponse:
    """For monitors: 200 when all is well, 503 otherwise; no figures for strangers."""
    ok = health().ok
    return JsonResponse({"ok": ok}, status=200 if ok else 503)


@public
def web_pulse(request: HttpRequest) -> HttpResponse:
    """For load balancers: 503 only when this web process cannot reach the database, whatever the worker does."""
    ok = database_answers()
    return JsonResponse({"ok": ok}, status=200 if ok else 503)


@needs("jobs.job:view")
def health_page(request: HttpRequest) -> HttpResponse:
    state = health()
    return render(request, "jobs/health.html", {"health": state}, status=200 if state.ok else 503)
