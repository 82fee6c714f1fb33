"""Every page that a template or a view leads to is there: `url_for` fails only when somebody gets so far."""

import re

from tests.support import source

NAMED = re.compile(r"""\burl_for\(\s*["']([\w.]+)["']""")


def test_every_address_that_is_asked_for_by_name_exists(app):
    known = set(app.view_functions)
    files = [*source.files(".html", below="templates"), *source.files(".py", below="app/web")]
    asked = {(source.named(path), name) for path in files for name in NAMED.findall(path.read_text())}
    assert len(asked) > 100, "nothing was read"
    assert {one for one in asked if one[1] not in known} == set()
