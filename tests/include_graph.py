"""The includes between this repository's own files, which are all written as paths from its root.

python3 tests/include_graph.py LIST    prints the headers that a file lists and every header that they reach, one a line
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("engine", "layers", "data", "detector", "apps", "tests")
CPP_SUFFIXES = (".h", ".cpp", ".cu", ".cuh", ".inl")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def source_files(suffixes=CPP_SUFFIXES):
    """The rooms' files with one of the suffixes, as paths from the root."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in suffixes]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def includes_of(file):
    return INCLUDE.findall((ROOT / file).read_text(encoding="utf-8"))


def reachable_from(entries):
    """Each file that the entries reach, themselves among them, with the file that includes it (None for an entry)."""
    included_by = {entry: None for entry in entries}
    waiting = list(entries)
    while waiting:
        file = waiting.pop(0)
        for include in includes_of(file):
            if include not in included_by:
                included_by[include] = file
                waiting.append(include)
    return included_by


def read_list(path):
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


if __name__ == "__main__":
    headers = read_list(sys.argv[1])
    missing = [header for header in headers if not (ROOT / header).is_file()]
    if missing:
        sys.exit(f"{sys.argv[1]}: no such header: " + ", ".join(missing))
    print("\n".join(sorted(reachable_from(headers))))
