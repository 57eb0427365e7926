"""Checks the structure of the source: who may include whom, and how large folders and files may become.

python3 tests/structure.py    prints each failure; exits with 1 if there is one
"""
import sys
from collections import Counter, defaultdict
from pathlib import PurePosixPath

from include_graph import ROOMS, ROOT, includes_of, reachable_from, read_list, source_files

# Which rooms the files of a room may include.
MAY_INCLUDE = {
    "engine": {"engine"},
    "layers": {"engine", "layers"},
    "data": {"engine", "data"},
    "detector": {"engine", "layers", "data", "detector"},
    "apps": {"engine", "layers", "data", "detector", "apps"},
    "tests": set(ROOMS),
}
# Folders and files that no installed header may reach.
INTERNAL = ("engine/kernels/", "engine/cpu/", "engine/cuda/", "engine/backend/loop.h", "detector/model/kernels/", "apps/")
MAX_FILES_IN_FOLDER = 30
MAX_LINES = 400


def room_of(file):
    return file.split("/")[0]


def check_rooms(includes):
    for file, included in includes.items():
        for other in included:
            if not (ROOT / other).is_file():
                yield f'{file}: includes "{other}", which is no path from the root'
            elif room_of(other) not in MAY_INCLUDE[room_of(file)]:
                yield f"{file}: {room_of(file)} must not include {other}"


def check_kernels(includes):
    """Layers and detector are made of operators; only detector/model/kernels runs loops of its own."""
    for file, included in includes.items():
        if room_of(file) not in ("layers", "detector") or file.startswith("detector/model/kernels/"):
            continue
        for other in included:
            if other.startswith("engine/kernels/") or other == "engine/backend/loop.h":
                yield f"{file}: only detector/model/kernels may include {other}"


def check_public_headers():
    included_by = reachable_from(read_list(ROOT / "detector/public_headers.txt"))
    for header, by in included_by.items():
        if header.startswith(INTERNAL):
            yield f"{header}: internal, but the installed {by or 'list'} includes it"


def check_cycles(includes):
    """foo.h and foo.cpp count as one."""
    graph = defaultdict(set)
    for file, included in includes.items():
        unit = file.rsplit(".", 1)[0]
        graph[unit] |= {other.rsplit(".", 1)[0] for other in included} - {unit}
    for cycle in cycles_of(graph):
        yield "include cycle: " + " -> ".join(cycle + cycle[:1])


def cycles_of(graph):
    """One cycle for each loop that a walk into the depth closes."""
    finished, path = set(), []

    def walk(unit):
        if unit in path:
            yield path[path.index(unit):]
        elif unit not in finished:
            path.append(unit)
            for other in sorted(graph.get(unit, ())):
                yield from walk(other)
            path.pop()
            finished.add(unit)

    for unit in sorted(graph):
        yield from walk(unit)


def check_sizes():
    files = source_files((".h", ".cpp", ".cu", ".cuh", ".inl", ".py", ".sh"))
    in_folder = Counter(PurePosixPath(file).parent.as_posix() for file in files)
    for folder, count in sorted(in_folder.items()):
        if count > MAX_FILES_IN_FOLDER:
            yield f"{folder}/: {count} source files, more than {MAX_FILES_IN_FOLDER}"
    for file in files:
        lines = len((ROOT / file).read_text(encoding="utf-8").splitlines())
        if lines > MAX_LINES:
            yield f"{file}: {lines} lines, more than {MAX_LINES}"


def check_test_names():
    """`meson test` picks a suite's tests by the names of their files (tests/meson.build)."""
    names = Counter(PurePosixPath(file).stem for file in source_files((".cpp",)) if room_of(file) == "tests")
    for name, count in names.items():
        if name.startswith("test_") and count > 1:
            yield f"tests/: {count} files are called {name}.cpp"


if __name__ == "__main__":
    includes = {file: includes_of(file) for file in source_files()}
    failures = [*check_rooms(includes), *check_kernels(includes), *check_public_headers(), *check_cycles(includes)]
    failures += [*check_sizes(), *check_test_names()]
    for failure in failures:
        print(failure)
    print(f"structure: {len(includes)} files, {len(failures)} failures")
    sys.exit(1 if failures else 0)
