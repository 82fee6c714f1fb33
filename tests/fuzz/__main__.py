"""Fuzzes for as long as it is told, each round with another seed; stops at nothing and says what failed."""

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.fuzz.targets import Fuzzed, Target, run
from tests.support.applications import migrate, start_app, stop_app

ROUND = 300  # examples of a target in one round


def main() -> int:
    """Runs rounds until the time is over; returns the number of targets' rounds that failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--only", help="the name of one target")
    parser.add_argument("--seed", type=int, help="one round with this seed, to see a failure again")
    chosen = parser.parse_args()
    end = time.monotonic() + 60 * chosen.minutes
    failures = 0
    while True:
        seed = random.randrange(2**32) if chosen.seed is None else chosen.seed
        failures += _round(seed, chosen.only)
        if chosen.seed is not None or time.monotonic() > end:
            return failures


def _round(seed: int, only: str | None) -> int:
    """Each target on an application of its own, so that one's leftovers do not hide what another finds."""
    failures = 0
    with tempfile.TemporaryDirectory(prefix="greenroom-fuzz-") as folder:
        instance = Path(folder) / "instance"
        migrate(instance)
        app = start_app(instance)
        for target in Fuzzed(app).targets():
            if only in (None, target.name):
                failures += _failed(target, seed)
        stop_app(app)
    return failures


def _failed(target: Target, seed: int) -> bool:
    began = time.monotonic()
    try:
        run(target, examples=ROUND, seed=seed)
    except Exception:
        print(f"{target.name} failed; again with: --only {target.name!r} --seed {seed}", flush=True)
        traceback.print_exc(limit=-6)
        return True
    print(f"{target.name}: {ROUND} examples, seed {seed}, {time.monotonic() - began:.0f} s", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main() > 0)
