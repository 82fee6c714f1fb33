"""The bench's command line."""

import argparse
import time

from tests.bench import batch, calls, digests, report, scale, search, signing, workers

PARTS = ("calls", "batch", "search", "scale", "workers", "signing", "digests")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measure Greenroom beside a real MLflow server and an empty route on its own server.",
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)} (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="less data and fewer rounds: two minutes in all")
    parser.add_argument("--only", default="", metavar="TEXT", help="only calls whose names hold this")
    parser.add_argument("--connections", choices=("kept", "fresh", "both"), default="both")
    parser.add_argument("--burst", type=int, default=8, metavar="N", help="requests a server gets on end (8)")
    chosen = parser.parse_args()
    parts = chosen.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(f"# Measured on {report.machine()}")
    verdicts, started = [], time.monotonic()
    for part in parts:
        if part == "calls":
            verdicts += calls.run(
                quick=chosen.quick, only=chosen.only, connections=chosen.connections, burst=chosen.burst
            )
        else:
            modules = (batch, search, scale, workers, signing, digests)
            by_name = {module.__name__.rpartition(".")[2]: module for module in modules}
            verdicts += by_name[part].run(quick=chosen.quick)
    report.show_verdicts(verdicts)
    print(f"Measured in {(time.monotonic() - started) / 60:.1f} minutes.")


if __name__ == "__main__":
    main()
