"""How a call of the API is declared, read and answered. One decorator, so that none can forget a part."""

import functools
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from flask import Blueprint, Request, Response, request
from werkzeug.datastructures import Headers

from app.api.errors import (
    BodyNotJson,
    BodyNotObject,
    BodyTooLarge,
    BooleanUnreadable,
    ContentTypeMissing,
    ContentTypeNotJson,
)
from app.api.fields import Field, Flag, read_fields
from app.authz.permissions import Permission
from app.http.application import needs
from app.registry import former_names
from app.registry.errors import ModelNotFound

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# The largest JSON body that is read: a data set's profile may have 16 MiB (MLflow's limit).
MAX_BODY = 32 * 1024 * 1024

# Mounted at /api/2.0 and, for pages written for MLflow, at /ajax-api/2.0; the other at 3.0.
v2 = Blueprint("api_2", __name__)
v3 = Blueprint("api_3", __name__)

Answer = dict[str, Any] | Response
CallT = TypeVar("CallT", bound=Callable[[SimpleNamespace], Answer])


def call(
    method: str,
    path: str,
    permission: Permission,
    *fields: Field,
    reads: bool | None = None,
    on: Blueprint = v2,
    name: str = "",
) -> Callable[[CallT], CallT]:
    """Declares a function as the answer to `method path`, its fields and the permission it needs.

    The function gets the fields as a namespace (parts of the path among them) and returns the JSON
    object to answer. `reads` says that it changes nothing although its method is not GET; `name` is
    needed where one function answers two calls.
    """

    def declare(function: CallT) -> CallT:
        @functools.wraps(function)
        def view(**parts: str) -> Response:
            args = read_fields(fields, {**read_body(request, fields), **parts})
            for part, value in parts.items():
                setattr(args, part, value)
            try:
                return answer(function(args))
            except ModelNotFound as error:
                # Nothing has been written by then. Whoever renames or deletes a model has to name it as it is.
                forwarded = former_names.forwards_to(error.name)
                is_named = getattr(args, "name", None) == error.name
                if forwarded is None or not is_named or permission is Permission.MODELS_MANAGE:
                    raise
                args.name = forwarded
                return answer(function(args))

        needs(permission, reads=reads)(view)
        vars(view).update(fields=fields)  # beside the permission: what the call takes
        endpoint = f"{function.__module__.rpartition('.')[2]}_{name or function.__name__}"
        on.add_url_rule(path, endpoint=endpoint, view_func=view, methods=[method])
        return function

    return declare


class JsonResponse(Response):
    """A JSON answer in one piece, with its length."""

    def __init__(self, body: dict[str, Any]):
        super().__init__(orjson.dumps(body), content_type="application/json")

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """Returns the headers as they are.

        Werkzeug copies them one by one, to correct addresses and lengths. An answer has no address and has its length.
        """
        return self.headers


def answer(body: Answer) -> Response:
    """Returns the response to a call: what it answers as JSON, unless it made a response itself."""
    return body if isinstance(body, Response) else JsonResponse(body)


def page(name: str, items: list[Any], token: str | None) -> dict[str, Any]:
    """Returns a page of a list. As MLflow does, it leaves out an empty list, and the token on the last page."""
    shown: dict[str, Any] = {name: items} if items else {}
    if token:
        shown["next_page_token"] = token
    return shown


def read_body(req: Request, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Returns the request's fields as sent: the query string of a GET, the JSON body otherwise.

    As MLflow does, a GET without a query string is read from its body; beyond MLflow, a DELETE
    without a body is read from its query string, since that is what Databricks' clients send.
    Raises `InvalidParameter` for a wrong content type or a body that is not a JSON object.
    """
    # HEAD is answered as GET is, without its body.
    if req.args and (req.method in ("GET", "HEAD") or (req.method == "DELETE" and not req.content_length)):
        return _from_query(req, fields)
    # As MLflow does, which asks PATCH and DELETE for no type.
    if req.method in ("POST", "PUT") and req.mimetype != "application/json":
        raise ContentTypeNotJson if req.content_type else ContentTypeMissing
    req.max_content_length = MAX_BODY
    return parse_object(req.get_data(cache=False))


def _from_query(req: Request, fields: tuple[Field, ...]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for field in fields:
        for name in (field.name, field.alias):
            if name and name in req.args:
                body[name] = req.args.getlist(name) if field.many else _query_value(field, req.args[name])
    return body


def _query_value(field: Field, text: str) -> Any:
    if not isinstance(field, Flag):
        return text
    if text.lower() not in ("true", "false"):
        raise BooleanUnreadable(text, field.name)
    return text.lower() == "true"


def parse_object(data: bytes) -> dict[str, Any]:
    """Returns the JSON object in a request's body; an empty body is an empty object. Raises `InvalidParameter`."""
    if not data:
        return {}
    if len(data) > MAX_BODY:
        raise BodyTooLarge(MAX_BODY)
    try:
        body = _load(data)
    except (ValueError, RecursionError, TypeError) as error:
        raise BodyNotJson from error
    if isinstance(body, str):  # old clients encode twice
        return parse_object(body.encode())
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise BodyNotObject
    return body


def _load(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        # Python's clients write NaN and Infinity, which are no JSON. What only this reader takes may
        # hold half of a surrogate pair, which no database takes: orjson refuses to write those.
        body = json.loads(data)
        orjson.dumps(body)
        return body
