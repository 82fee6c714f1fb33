"""What takes long in a process whose requests share a thread: the others go on meanwhile."""

import subprocess
import sys

import pytest

HASHES = 20  # between which others would have a look each, if they had to wait for them

BEGINNING = """
from gevent import monkey
monkey.patch_all()
import sys, time
import gevent
from gevent.threadpool import ThreadPool
from app.core import blocking
blocking.share_thread(ThreadPool(2).apply, gevent.sleep)
from sqlalchemy import create_engine, text
from app.accounts import passwords
from app.db.engine import engine_options

url = f"sqlite:///{sys.argv[1]}/some.db"
engine = create_engine(url, **engine_options(url, threads=2))
with engine.connect() as connection:
    connection.execute(text("SELECT 1"))
looks = 0

def look():
    global looks
    while True:
        gevent.sleep(0.001)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        looks += 1

looking = gevent.spawn(look)
gevent.sleep(0.01)
looks, began = 0, time.perf_counter()
"""
END = """
took = time.perf_counter() - began
print(took, looks)
"""
STATEMENT = """
count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT count(*) FROM n"
with engine.connect() as connection:
    assert connection.execute(text(count)).scalar() == 4000000
"""
PASSWORDS = f"""
[gevent.spawn(passwords.hash, "some long password").join() for _ in range({HASHES})]
"""


@pytest.mark.parametrize("work", [STATEMENT, PASSWORDS], ids=["a statement", "passwords"])
def test_others_go_on_while_something_takes_long(tmp_path, work):
    """A process of its own, since it changes the standard library."""
    script = [sys.executable, "-c", BEGINNING + work + END, str(tmp_path)]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    took, looks = map(float, done.stdout.split())
    assert took > 0.2, "that did not take long"
    assert looks > 3 * HASHES
