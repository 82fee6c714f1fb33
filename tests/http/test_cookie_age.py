"""The cookie of a session has no age: the session's row says when it ends, whatever the clocks of servers say."""

import time

import pytest
from flask import Flask

from app.http.authentication import CookieInterface

DAY = 24 * 3600


@pytest.mark.parametrize("seconds", [-DAY, -1, 0, 40 * DAY, 360 * DAY])
def test_a_cookie_counts_whenever_it_was_signed(monkeypatch, seconds):
    app = Flask(__name__)
    app.secret_key = "k" * 40
    interface = CookieInterface()
    serializer = interface.get_signing_serializer(app)
    value = serializer.dumps({"session": "secret"})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)

    with app.test_request_context(headers={"Cookie": f"session={value}"}) as context:
        assert dict(interface.open_session(app, context.request)) == {"session": "secret"}
    with app.test_request_context(headers={"Cookie": f"session={value}x"}) as context:
        assert dict(interface.open_session(app, context.request)) == {}
