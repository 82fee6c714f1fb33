"""What is loaded, and changed, before a worker begins: the standard library first, the application afterwards."""

import subprocess
import sys

LOADED = """
import sys
import app.server.gunicorn_app
ours = {name for name in sys.modules if name.partition(".")[0] == "app"}
print(*sorted(ours | sys.modules.keys() & {"flask", "sqlalchemy", "psycopg", "requests"}))
"""
CHANGED = """
import app.cli
import app.server.gunicorn_app
from gevent import monkey
names = ("socket", "threading", "time", "select", "ssl", "subprocess")
print(*[name for name in names if monkey.is_module_patched(name)])
"""


def words(script: str) -> list[str]:
    """What the script prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_master_process_loads_nothing_of_the_application():
    loaded = words(LOADED)

    assert "app.server.worker" in loaded
    assert [name for name in loaded if name != "app" and not name.startswith("app.server")] == []


def test_to_load_the_commands_and_the_server_changes_nothing_of_the_standard_library():
    assert words(CHANGED) == []
