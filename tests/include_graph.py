"""The includes between this repository's own files, which are all written as paths from its root.

python3 tests/include_graph.py ENTRY...    prints the entry headers and every header that they reach, one a line
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


if __name__ == "__main__":
    missing = [entry for entry in sys.argv[1:] if not (ROOT / entry).is_file()]
    if missing:
        sys.exit("include_graph.py: no such header: " + ", ".join(missing))
    print("\n".join(sorted(reachable_from(sys.argv[1:]))))
