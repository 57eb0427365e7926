"""Checks libintertwiner.so from outside: what it exports, needs and weighs, and that its ABI is that of intertwiner.abi.

python3 tests/detector/c_interface/library.py LIBRARY    prints each failure; exits with 1 if there is one
python3 tests/detector/c_interface/library.py --update   writes intertwiner.abi anew

A new function, or a field at the end of a struct with `size`, is a reason to update intertwiner.abi. Every other change
needs a new SONAME: the header has the rules.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADER = HERE.parents[2] / "detector/c_interface/intertwiner.h"
BASELINE = HERE / "intertwiner.abi"
SONAME = "libintertwiner.so.0"
# The C and C++ run-time, and zlib.
MAY_NEED = {"libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6", "libz.so.1",
            "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
MAX_STRIPPED_BYTES = 3_000_000


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exported_by(library):
    """Names of the functions and variables, without their version."""
    lines = [line.split() for line in output_of("nm", "-D", "--defined-only", library).splitlines()]
    return sorted(name.split("@")[0] for *_, kind, name in lines if kind != "A")


def needed_by(library):
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", output_of("readelf", "-dW", library)))


def stripped_bytes(library, folder):
    output_of("strip", "-o", folder / "stripped.so", library)
    return (folder / "stripped.so").stat().st_size


def library_of_header(folder):
    """A library with the header's functions, empty, with debug information about their types."""
    text = re.sub(r"INTERTWINER_API ([^;{}]*\));", r"\1 { return 0; }", HEADER.read_text(encoding="utf-8"))
    (folder / "header.c").write_text(text, encoding="utf-8")
    output_of("gcc", "-std=c99", "-g", "-fPIC", "-shared", "-Wl,-soname," + SONAME, folder / "header.c", "-o",
              folder / "header.so")
    return folder / "header.so"


def abi_of_header(folder):
    text = output_of("abidw", "--no-show-locs", "--no-comp-dir-path", "--no-corpus-path", "--no-architecture",
                     library_of_header(folder))
    return re.sub(r" path='[^']*'", "", text)


def abi_changes(folder):
    (folder / "now.abi").write_text(abi_of_header(folder), encoding="utf-8")
    return subprocess.run(["abidiff", BASELINE, folder / "now.abi"], capture_output=True, text=True).stdout


def failures_of(library, folder):
    exported, of_header = exported_by(library), exported_by(library_of_header(folder))
    needed, size = needed_by(library), stripped_bytes(library, folder)
    print(f"library: {len(exported)} functions, {size} bytes stripped, needs {' '.join(sorted(needed))}")
    if exported != of_header:
        yield f"exports {set(exported) - set(of_header)} too much, {set(of_header) - set(exported)} are missing"
    if needed - MAY_NEED:
        yield f"needs {needed - MAY_NEED}"
    if size > MAX_STRIPPED_BYTES:
        yield f"has {size} bytes, more than {MAX_STRIPPED_BYTES}"
    if f"[{SONAME}]" not in output_of("readelf", "-dW", library):
        yield f"its SONAME is not {SONAME}"
    if shutil.which("abidiff") is None:
        print("library: the ABI was not compared, because abidiff is missing (package abigail-tools)")
    elif changes := abi_changes(folder):
        yield f"the ABI is another:\n{changes}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        if sys.argv[1] == "--update":
            BASELINE.write_text(abi_of_header(Path(name)), encoding="utf-8")
            sys.exit(0)
        failures = list(failures_of(Path(sys.argv[1]), Path(name)))
    for failure in failures:
        print(f"library: {failure}")
    sys.exit(1 if failures else 0)
