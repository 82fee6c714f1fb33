"""Copies what the pages bring along for browsers from node_modules/ to static/vendor/: `make vendor`.

The copies are committed, so that nobody needs npm to run Greenroom. MANIFEST.json says of each file which
package and version it is from, with the SHA-256 that a test compares.
"""

import hashlib
import json
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "static" / "vendor"
FILES = {"uplot": ("dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE")}


def main() -> None:
    manifest = {}
    for package, files in FILES.items():
        source = ROOT / "node_modules" / package
        version = json.loads((source / "package.json").read_text())["version"]
        for file in files:
            target = VENDOR / package / Path(file).name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, target)
            digest = hashlib.sha256(target.read_bytes()).hexdigest()
            name = str(target.relative_to(VENDOR))
            manifest[name] = {"package": package, "version": version, "sha256": digest}
    (VENDOR / "MANIFEST.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
