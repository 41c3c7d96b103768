"""The API: every register with list, record, changes and actions; described by OpenAPI at /api/v1/openapi.json."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Path, Query, Router
from ninja.openapi.schema import OpenAPISchema
from ninja.utils import check_csrf

from lokum.api import operations, problems, reports, schemas
from lokum.core.base.errors import NotAllowed
from lokum.core.desk.desk import Action, ModelDesk, registry

PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 412, 422, 428), problems.Problem)


def caller(request: HttpRequest) -> Any:
    """A token's owner, or the user of a session whose request carries the CSRF token; only members of staff."""
    user: Any = request.user
    if not user.is_authenticated:
        return None
    if not getattr(request, "by_token", False) and check_csrf(request) is not None:
        raise NotAllowed("csrf.missing", "CSRF")
    return user


class Description(OpenAPISchema):
    """Every type described once: the eight answers in case of trouble are shared by all calls."""

    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        self.known: dict[tuple[Any, ...], tuple[dict[str, Any], bool]] = {}
        super().__init__(api, path_prefix)

    def _create_schema_from_model(self, model: Any, *rest: Any, **named: Any) -> tuple[dict[str, Any], bool]:
        key = (model, *rest, *named.items())
        if key not in self.known:
            self.known[key] = super()._create_schema_from_model(model, *rest, **named)
        return self.known[key]


class Api(NinjaAPI):
    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> Description:
        return Description(self, self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)


api = Api(
    title="Lokum",
    version="1.0.0",
    description="Every register and every action of the back office, with the same rights, scopes and rules.",
    docs_url=None,
    auth=caller,
    urls_namespace="api",
)
problems.install(api)
Id = Annotated[int, Path(ge=1, le=schemas.LARGEST_ID)]


def _list(desk: ModelDesk, query_type: Any) -> Callable[..., HttpResponse]:
    def list_records(request: HttpRequest, query: Query[query_type]) -> HttpResponse:  # type: ignore[valid-type]
        return operations.list_records(request, desk, query)

    return list_records


def _show(desk: ModelDesk) -> Callable[..., HttpResponse]:
    def show_record(request: HttpRequest, pk: Id) -> HttpResponse:
        return operations.show_record(request, desk, pk)

    return show_record


def _add(desk: ModelDesk) -> Callable[..., HttpResponse]:
    body_type = schemas.in_schema(desk, partial=False)

    def add_record(request: HttpRequest, body: body_type) -> HttpResponse:  # type: ignore[valid-type]
        return operations.add_record(request, desk, body)

    return add_record


def _change(desk: ModelDesk) -> Callable[..., HttpResponse]:
    body_type = schemas.in_schema(desk, partial=True)

    def change_record(request: HttpRequest, pk: Id, body: body_type) -> HttpResponse:  # type: ignore[valid-type]
        return operations.change_record(request, desk, pk, body)

    return change_record


def _remove(desk: ModelDesk) -> Callable[..., HttpResponse]:
    def remove_record(request: HttpRequest, pk: Id) -> HttpResponse:
        return operations.remove_record(request, desk, pk)

    return remove_record


def _action(desk: ModelDesk, action: Action) -> Callable[..., HttpResponse]:
    body_type = schemas.action_schema(desk, action)
    if action.collection or action.bulk:

        def call_for_all(request: HttpRequest, body: body_type) -> HttpResponse:  # type: ignore[valid-type]
            return operations.call_action(request, desk, action, body, None)

        return call_for_all

    def call_for_one(request: HttpRequest, pk: Id, body: body_type) -> HttpResponse:  # type: ignore[valid-type]
        return operations.call_action(request, desk, action, body, pk)

    return call_for_one


@cache
def _problems() -> dict[int, Any]:
    """Types of the answers in case of trouble, made once: each call would make eight of its own, thousands in all."""
    scratch = Router()
    scratch.add_api_operation("", ["GET"], lambda request: None, response=PROBLEMS)
    return dict(scratch.path_operations[""].operations[0].response_models)


def _router(desk: ModelDesk) -> Router:
    router, name = Router(tags=[desk.label]), f"{desk.app_label}_{desk.model_name}"
    out = schemas.out_schema(desk)
    page = schemas.page_schema(desk, out)

    def put(method: str, path: str, view: Any, verb: str, summary: str, answers: dict[int, Any]) -> None:
        router.add_api_operation(path, [method], view, response=answers, operation_id=f"{verb}_{name}", summary=summary)
        router.path_operations[path].operations[-1].response_models.update(_problems())

    title, single = str(desk.model._meta.verbose_name_plural), str(desk.model._meta.verbose_name)
    put("GET", "", _list(desk, schemas.query_schema(desk)), "list", f"List: {title}", {200: page})
    put("GET", "/{pk}", _show(desk), "show", f"Show: {single}", {200: out})
    if desk.addable and desk.fields:
        put("POST", "", _add(desk), "add", f"Add: {single}", {201: out})
    if desk.writes:
        put("PATCH", "/{pk}", _change(desk), "change", f"Change: {single}", {200: out})
    if desk.deletable:
        put("DELETE", "/{pk}", _remove(desk), "delete", f"Delete: {single}", {204: None})
    for action in desk.actions:
        place = "/actions" if action.collection or action.bulk else "/{pk}"
        answers = {200: schemas.ActionAnswer}
        path = f"{place}/{action.name}"
        put("POST", path, _action(desk, action), action.name, f"{action.label}: {single}", answers)
    return router


def build() -> NinjaAPI:
    for desk in registry:
        if desk.in_api:
            api.add_router(f"/{desk.app_label}/{desk.model_name}", _router(desk))
    api.add_router("/reports", reports.router())
    return api
