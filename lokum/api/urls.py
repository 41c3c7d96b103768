"""Addresses of the API, version 1. What is not described answers as a problem document too."""

from django.urls import path, re_path

from lokum.api import problems
from lokum.api.description import build
from lokum.core.desk.routes import public

urlpatterns = [path("", build().urls), re_path(r"^.*$", public(problems.not_found), name="api_missing")]
