"""A tiny training with the built programs, and what its files must be. The reliability tests use it."""
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = 2
SIZES = ("--image-size 64 --batch 2 --channels 16 --head-features 32 --critic-features 16 --regions 16 "
         "--anchors-per-image 32 --train-candidates 100 --train-proposals 50 --detect-candidates 50 "
         "--detect-proposals 20 --level-base 28").split()
ADAMW = "--optimizer adamw --learning-rate 0.0003".split()  # it has more to save than SGD
TRAINING = ["--data", "scenes:8", "--preset", "demo", *SIZES, *ADAMW, "--save-every", "0", "--val-limit", "1"]
EVALUATION = ["--data", "scenes:8", "--limit", "2", "--score", "0"]
DETECTION = ["--data", "scenes:8", "--limit", "1", "--score", "0"]


class Programs:
    """The programs of a build folder, and the library that is preloaded into them."""

    def __init__(self, build):
        self.apps = Path(build).resolve() / "apps"
        self.library = Path(build).resolve() / "tests/reliability/libfaults.so"

    def start(self, folder, options=()):
        return [self.apps / "train", *TRAINING, *options, "--out", folder]

    def resume(self, folder):
        return [self.apps / "train", "--resume", folder, "--save-every", "0"]

    def preloaded(self, **variables):
        """The environment with the library and its variables, for example FAULT_KIND="write"."""
        added = {f"INTERTWINER_{name}": str(value) for name, value in variables.items()}
        return {**os.environ, "LD_PRELOAD": str(self.library), **added}


def scratch_folder():
    """A temporary folder, in memory if there is room: the tiny runs write gigabytes of checkpoints."""
    shared = Path("/dev/shm")
    in_memory = shared.is_dir() and shutil.disk_usage(shared).free > 4e9
    return tempfile.TemporaryDirectory(prefix="intertwiner-", dir=shared if in_memory else None)


def run(command, env=None, timeout=60, folder=None):
    """Exit code (minus the signal), standard output, standard error. Raises subprocess.TimeoutExpired."""
    done = subprocess.run([str(word) for word in command], env=env, timeout=timeout, cwd=folder, capture_output=True,
                          check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def must_run(command, env=None, folder=None):
    code, out, err = run(command, env, timeout=300, folder=folder)
    if code != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with {code}:\n{out}{err}")
    return out


def step_of(checkpoint):
    """The number of steps done, from a checkpoint's bytes, or the first of them."""
    length = struct.unpack("<Q", checkpoint[:8])[0]
    metadata = json.loads(checkpoint[8:8 + length])["__metadata__"]
    return json.loads(metadata["state"])["step"]


def read(path):
    """A file's bytes; None if it does not exist."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None


def log_lines(log):
    """The log's complete lines without speeds, which differ between runs."""
    lines = [json.loads(line) for line in (log or b"").decode().splitlines(keepends=True) if line.endswith("\n")]
    return [{k: v for k, v in line.items() if k not in ("seconds", "images_per_second")} for line in lines]


def without_speed(text):
    return re.sub(r"[0-9.]+ images/s", "", text)


def digest(data):
    return hashlib.sha1(data).hexdigest()


DIGESTS = {}  # of files that were read before: links to one file are read once


def digest_of(path):
    status = path.stat()
    key = (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
    if key not in DIGESTS:
        DIGESTS[key] = digest(path.read_bytes())
    return DIGESTS[key]


def without_seconds(table):
    """The rows of results.csv without the time, which differs from run to run."""
    return [[cell for column, cell in enumerate(row.split(b",")) if column != 2] for row in table.splitlines()]


def contents(folder):
    """Every file of a folder but report.html: a digest of its bytes, or lines of the log or of the table without times."""
    readers = {"log.jsonl": log_lines, "results.csv": without_seconds}
    files = sorted(path for path in Path(folder).iterdir() if path.name != "report.html")
    return {path.name: readers[path.name](path.read_bytes()) if path.name in readers else digest_of(path)
            for path in files}
