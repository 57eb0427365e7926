"""Fault injection: every call of the system fails once, and nothing may be lost.

    python3 tests/reliability/faults.py                           all kinds of calls, every N
    python3 tests/reliability/faults.py --kind memory --every 50  only memory, every 50th call
    python3 tests/reliability/faults.py --at-most 2               two calls of each kind in each program
    python3 tests/reliability/faults.py --lasting                 after the Nth call, all later calls fail as well

For every N, a tiny training, a resumed training, an evaluation and a detection run, and the Nth call of one kind fails
(faults.cpp; no space, no memory, no thread). Each run must survive, with the same results, or end with exit code 2 and
one line. Checkpoints and log must be those of an undisturbed run up to that point, no temporary file may remain, and
(for a sample of N) the training must resume to the same bits.

Prints each failure and a table; the exit code is 1 if there are any.
"""
import argparse
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tiny_run
from power_loss import killed_in_the_middle, write_folder
from recorded_files import Folder, read_changes
from tiny_run import Programs, contents, digest, log_lines, must_run, read, run, scratch_folder, step_of, without_speed

KINDS = ["memory", "write", "fsync", "rename", "open", "ftruncate", "mmap", "thread"]
RESUMED = 20  # of this many trainings with a fault, one is resumed to its end


class Reference:
    """Undisturbed runs, to compare with."""

    def __init__(self, programs, folder):
        self.programs, self.steps = programs, ["--steps", tiny_run.STEPS, "--eval-every", "0"]
        run_folder = folder / "run"
        must_run(programs.start(run_folder, self.steps), programs.preloaded(RECORD=folder / "record"))
        self.files = contents(run_folder)
        self.log = self.files["log.jsonl"]
        changes = read_changes(folder / "record")
        self.middle = killed_in_the_middle(run_folder, changes)
        replay = Folder(run_folder)
        self.versions = {name: set() for name in ("last.safetensors", "best.safetensors", "settings.toml")}
        for change in changes:
            name = replay.apply(change)
            if name:
                self.versions[name].add(digest(replay.names[name].content()))
        self.model = run_folder / "best.safetensors"
        self.evaluation = without_speed(must_run(self.evaluate()))
        must_run(self.detect(folder / "found"))
        self.detection = contents(folder / "found")

    def evaluate(self):
        return [self.programs.apps / "evaluate", "--model", self.model, *tiny_run.EVALUATION]

    def detect(self, out):
        return [self.programs.apps / "detect", "--model", self.model, *tiny_run.DETECTION, "--out", out]

    def checkpoints_differ(self, folder):
        """What is wrong with a training's files; empty if they are those of the undisturbed run up to some step."""
        for name, versions in self.versions.items():
            data = read(folder / name)
            if data is not None and digest(data) not in versions:
                return f"{name} is none of the undisturbed run"
        last = read(folder / "last.safetensors")
        steps = step_of(last) if last else 0
        expected = [line for line in self.log if line["step"] <= steps and "losses" in line]
        logged = [line for line in log_lines(read(folder / "log.jsonl")) if "losses" in line]
        return "" if logged[:len(expected)] == expected else "log.jsonl lacks lines before the checkpoint"


class Training:
    def __init__(self, reference, is_resumed):
        self.reference, self.is_resumed = reference, is_resumed
        self.title = "resume" if is_resumed else "train"

    def prepare(self, folder):
        if self.is_resumed:
            write_folder(folder / "run", self.reference.middle)

    def command(self, folder):
        programs = self.reference.programs
        return programs.resume(folder / "run") if self.is_resumed else programs.start(folder / "run", self.reference.steps)

    def differs(self, folder, code, _out, is_sample):
        if not (folder / "run").exists():
            return "" if code == 2 else "no folder"
        wrong = self.reference.checkpoints_differ(folder / "run")
        if wrong or (code == 2 and not is_sample):
            return wrong
        if self.is_resumed and not (folder / "run/last.safetensors").exists():
            return "last.safetensors is lost"
        if code == 2:
            programs, run_folder = self.reference.programs, folder / "run"
            has_begun = (run_folder / "last.safetensors").exists()
            command = programs.resume(run_folder) if has_begun else programs.start(run_folder, self.reference.steps)
            again, _, err = run(command)
            if again != 0:
                return f"cannot be continued: {err.strip()}"
        return "" if contents(folder / "run") == self.reference.files else "ends with other bits"


class Evaluation:
    title = "evaluate"

    def __init__(self, reference):
        self.reference = reference

    def prepare(self, folder):
        pass

    def command(self, _folder):
        return self.reference.evaluate()

    def differs(self, _folder, code, out, _is_sample):
        return "" if code == 2 or without_speed(out) == self.reference.evaluation else "other numbers"


class Detection(Evaluation):
    title = "detect"

    def command(self, folder):
        return self.reference.detect(folder / "found")

    def differs(self, folder, code, _out, _is_sample):
        found = contents(folder / "found") if (folder / "found").exists() else {}
        if code == 0 and found != self.reference.detection:
            return "other files"
        wrong = [name for name, data in found.items() if self.reference.detection.get(name) != data]
        return f"{wrong[0]} is broken" if wrong else ""


def counts_of(file):
    numbers = struct.unpack(f"<{len(KINDS) + 1}Q", file.read_bytes())
    return dict(zip([*KINDS, "faults"], numbers))


def count_calls(programs, program, scratch):
    folder = Path(tempfile.mkdtemp(dir=scratch))
    program.prepare(folder)
    must_run(program.command(folder), programs.preloaded(FAULT_COUNTS=folder / "counts"))
    return counts_of(folder / "counts")


def try_fault(programs, program, kind, call, lasting, scratch):
    """Runs the program with one fault. Returns survived, refused or not reached, and what is wrong."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    program.prepare(folder)
    variables = {"FAULT_COUNTS": folder / "counts", "FAULT_KIND": kind, "FAULT_CALL": call}
    if lasting:
        variables["FAULT_LASTING"] = 1
    try:
        code, out, err = run(program.command(folder), programs.preloaded(**variables))
    except subprocess.TimeoutExpired:
        return "hung", "does not end within 60 s"
    if code not in (0, 2):
        return "broken", f"exit code {code}: {err.strip()[-300:]}"
    name = "train" if program.title == "resume" else program.title
    if code == 2 and not (err.startswith(f"{name}: error: ") and err.endswith("\n") and err.count("\n") == 1):
        return "refused", f"says {err!r}"
    left = [str(path.name) for path in folder.rglob("*.tmp")]
    wrong = f"{left[0]} remains" if left else program.differs(folder, code, out, call % RESUMED == 0)
    is_reached = counts_of(folder / "counts")["faults"] > 0
    shutil.rmtree(folder)
    if not is_reached:
        return "not reached", wrong
    return ("survived" if code == 0 else "refused"), wrong


def chosen_calls(count, options):
    if not options.at_most:
        return range(options.first, count + 1, options.every)
    step = max(1, -(-count // options.at_most))
    return range((step + 1) // 2, count + 1, step)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=tiny_run.ROOT / "build")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--program", choices=["train", "resume", "evaluate", "detect"], action="append")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--at-most", type=int, help="faults of a kind in one program, evenly spaced")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--lasting", action="store_true")
    options = parser.parse_args()
    programs = Programs(options.build)
    failures = []
    with scratch_folder() as name, ThreadPoolExecutor(options.jobs) as pool:
        scratch = Path(name)
        reference = Reference(programs, scratch)
        tested = [Training(reference, False), Training(reference, True), Evaluation(reference), Detection(reference)]
        tested = [program for program in tested if program.title in (options.program or program.title)]
        calls = {program.title: count_calls(programs, program, scratch) for program in tested}
        print(f"{'kind':<10}{'calls':>9}{'faults':>9}{'survived':>10}{'refused':>9}{'failures':>10}", flush=True)
        for kind in options.kind or KINDS:
            jobs = {}
            for program in tested:
                for call in chosen_calls(calls[program.title][kind], options):
                    job = pool.submit(try_fault, programs, program, kind, call, options.lasting, scratch)
                    jobs[job] = f"{kind} {call} of {program.title}"
            results = Counter()
            for job, title in jobs.items():
                result, wrong = job.result()
                results[result] += 1
                if wrong:
                    results["failures"] += 1
                    failures.append(title)
                    print(f"{title}: {wrong}", flush=True)
            total = sum(calls[program.title][kind] for program in tested)
            faults = len(jobs) - results["not reached"]
            print(f"{kind:<10}{total:>9}{faults:>9}{results['survived']:>10}{results['refused']:>9}"
                  f"{results['failures']:>10}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
