"""Prints how many lines of each folder the tests ran, from a build with -Db_coverage=true.

python3 tests/coverage.py build-coverage    after the tests; sh tests/run.sh --coverage does both
"""
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path, PurePosixPath

from include_graph import ROOT

PRODUCT = ("engine/", "layers/", "data/", "detector/", "apps/")


def lines_run(build):
    """For each product file: line number -> did any translation unit run it?"""
    run = defaultdict(lambda: defaultdict(bool))
    counts = sorted(str(path) for path in build.rglob("*.gcda"))
    report = subprocess.run(["gcov", "--json-format", "--stdout", *counts], cwd=build, capture_output=True, check=True)
    for unit in map(json.loads, report.stdout.splitlines()):
        for file in unit["files"]:
            path = (build / file["file"]).resolve()
            if not path.is_relative_to(ROOT) or not str(path.relative_to(ROOT)).startswith(PRODUCT):
                continue
            lines = run[path.relative_to(ROOT).as_posix()]
            for line in file["lines"]:
                lines[line["line_number"]] |= line["count"] > 0
    return run


if __name__ == "__main__":
    total, ran = defaultdict(int), defaultdict(int)
    for file, lines in lines_run(Path(sys.argv[1]).resolve()).items():
        for folder in (PurePosixPath(file).parent.as_posix(), "all"):
            total[folder] += len(lines)
            ran[folder] += sum(lines.values())
    print(f"{'folder':<28} {'lines':>6} {'run':>6}")
    for folder in sorted(total, key=lambda name: (name == "all", name)):
        print(f"{folder:<28} {total[folder]:>6} {100 * ran[folder] / total[folder]:>5.1f}%")
