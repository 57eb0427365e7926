"""Fault injection: the system refuses one call, and nothing may be lost.

    python3 tests/reliability/faults.py                           all kinds of calls, the first call of each place
    python3 tests/reliability/faults.py --last                    the last call of each place as well
    python3 tests/reliability/faults.py --kind write --every 1    every write
    python3 tests/reliability/faults.py --at-most 2               two calls of each kind in each program
    python3 tests/reliability/faults.py --lasting                 after the call, all later calls fail as well

A place is a whole call stack (call_place.h). A tiny training, a resumed training, an evaluation and a detection run,
and one call fails: no space, no memory, no thread. Each must survive, with the same results, or end with exit code 2
and one line. Checkpoints and log must be those of an undisturbed run up to that point, no temporary file may remain,
and (for a sample) the training must resume to the same bits.

A run without threads tries many faults: at each call it forks, and the call fails in the child. Calls that only threads
make, or that are made while threads run, take a run each.

Prints each failure and a table; the exit code is 1 if there are any.
"""
import argparse
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections import Counter, namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tiny_run
from power_loss import killed_in_the_middle, write_folder
from recorded_files import Folder, read_changes
from tiny_run import (Programs, contents, digest, digest_of, log_lines, must_run, read, run, scratch_folder, step_of,
                      without_speed)

KINDS = ["memory", "write", "fsync", "rename", "open", "ftruncate", "mmap", "thread"]
MAX_CALLS = 1 << 20     # of a kind in a program (faults.cpp)
RESUMED = 20            # of this many trainings with a fault, one is resumed to its end
HEADER_BYTES = 1 << 18  # enough for a checkpoint's metadata

# number: among the program's calls of this kind; call: among those of its place. From 1.
Fault = namedtuple("Fault", "number place call has_threads")
Result = namedtuple("Result", "fault outcome wrong")


class Reference:
    """Undisturbed runs, to compare with. Programs work in a folder and write to its subfolders `run` and `found`."""

    def __init__(self, programs, folder, threads):
        self.programs, self.threads = programs, ["--threads", threads]
        options = ["--steps", tiny_run.STEPS, "--eval-every", "0", "--loader-workers", threads - 1, *self.threads]
        self.start = programs.start("run", options)
        self.resume = [*programs.resume("run"), *self.threads]
        folder.mkdir()
        must_run(self.start, programs.preloaded(RECORD=folder / "record"), folder)
        self.files = contents(folder / "run")
        self.log = self.files["log.jsonl"]
        changes = read_changes(folder / "record")
        self.middle = killed_in_the_middle("run", changes)
        replay = Folder("run")
        self.versions = {name: set() for name in ("last.safetensors", "best.safetensors", "settings.toml",
                                                  "detections.json")}
        for change in changes:
            name = replay.apply(change)
            if name in self.versions:
                self.versions[name].add(digest(replay.names[name].content()))
        self.model = folder / "run/best.safetensors"
        self.evaluation = without_speed(must_run(self.evaluate()))
        must_run(self.detect(), folder=folder)
        self.detection = contents(folder / "found")

    def evaluate(self):
        return [self.programs.apps / "evaluate", "--model", self.model, *tiny_run.EVALUATION, *self.threads]

    def detect(self):
        return [self.programs.apps / "detect", "--model", self.model, *tiny_run.DETECTION, "--out", "found",
                *self.threads]

    def checkpoints_differ(self, folder):
        """What is wrong with a training's files; empty if they are those of the undisturbed run up to some step."""
        for name, versions in self.versions.items():
            if (folder / name).exists() and digest_of(folder / name) not in versions:
                return f"{name} is none of the undisturbed run"
        last = folder / "last.safetensors"
        steps = 0
        if last.exists():
            with open(last, "rb") as file:
                steps = step_of(file.read(HEADER_BYTES))
        expected = [line for line in self.log if line["step"] <= steps and "losses" in line]
        logged = [line for line in log_lines(read(folder / "log.jsonl")) if "losses" in line]
        return "" if logged[:len(expected)] == expected else "log.jsonl lacks lines before the checkpoint"


class Training:
    def __init__(self, reference, is_resumed):
        self.reference, self.is_resumed = reference, is_resumed
        self.title = "resume" if is_resumed else "train"
        self.command = reference.resume if is_resumed else reference.start

    def prepare(self, folder):
        if self.is_resumed:
            write_folder(folder / "run", self.reference.middle)

    def differs(self, folder, code, _out, is_sample):
        if not (folder / "run").exists():
            return "" if code == 2 else "no folder"
        wrong = self.reference.checkpoints_differ(folder / "run")
        if wrong or (code == 2 and not is_sample):
            return wrong
        if self.is_resumed and not (folder / "run/last.safetensors").exists():
            return "last.safetensors is lost"
        if code == 2:
            has_begun = (folder / "run/last.safetensors").exists()
            again, _, err = run(self.reference.resume if has_begun else self.reference.start, folder=folder)
            if again != 0:
                return f"cannot be continued: {err.strip()}"
        return "" if contents(folder / "run") == self.reference.files else "ends with other bits"


class Evaluation:
    title = "evaluate"

    def __init__(self, reference):
        self.reference, self.command = reference, reference.evaluate()

    def prepare(self, folder):
        pass

    def differs(self, _folder, code, out, _is_sample):
        return "" if code == 2 or without_speed(out) == self.reference.evaluation else "other numbers"


class Detection(Evaluation):
    title = "detect"

    def __init__(self, reference):
        super().__init__(reference)
        self.command = reference.detect()

    def differs(self, folder, code, _out, _is_sample):
        found = contents(folder / "found") if (folder / "found").exists() else {}
        if code == 0 and found != self.reference.detection:
            return "other files"
        wrong = [name for name, data in found.items() if self.reference.detection.get(name) != data]
        return f"{wrong[0]} is broken" if wrong else ""


def counts_of(file):
    numbers = struct.unpack(f"<{len(KINDS) + 1}Q", file.read_bytes())
    return dict(zip([*KINDS, "faults"], numbers))


class Trial:
    """A program in a folder of its own, which is removed at the end."""

    def __init__(self, program, scratch):
        self.program, self.programs = program, program.reference.programs
        self.folder = Path(tempfile.mkdtemp(dir=scratch))
        self.counts = self.folder / "counts"
        self.work = self.folder / "work"  # copies are beside it: work-NUMBER
        self.work.mkdir()
        program.prepare(self.work)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, **variables):
        return self.programs.preloaded(FAULT_COUNTS=self.counts, **variables)

    def calls(self):
        """For each kind the faults that are possible, one for each call."""
        places = self.folder / "places"
        must_run(self.program.command, self.environment(FAULT_PLACES=places), self.work)
        calls = {}
        with open(places, "rb") as file:
            for index, (kind, count) in enumerate(zip(KINDS, counts_of(self.counts).values())):
                if count > MAX_CALLS:
                    sys.exit(f"{self.program.title} makes {count} calls of kind {kind}, more than {MAX_CALLS}")
                file.seek(8 * MAX_CALLS * index)
                of_place, calls[kind] = Counter(), []
                for number, place in enumerate(struct.unpack(f"<{count}Q", file.read(8 * count)), 1):
                    of_place[place & ~1] += 1
                    calls[kind].append(Fault(number, place & ~1, of_place[place & ~1], place & 1))
        return calls

    def try_one(self, kind, fault, lasting):
        """Runs the program with one fault, and yields its result."""
        variables = {"FAULT_KIND": kind, "FAULT_PLACE": fault.place, "FAULT_CALL": fault.call, **lasting}
        try:
            code, out, err = run(self.program.command, self.environment(**variables), folder=self.work)
        except subprocess.TimeoutExpired:
            yield Result(fault, "broken", "does not end within 60 s")
            return
        result = self.judge(self.work, fault, code, out, err)
        is_reached = counts_of(self.counts)["faults"] > 0
        yield result if is_reached else Result(fault, "not reached", result.wrong)

    def try_in_copies(self, kind, faults, lasting):
        """Runs the program once; the faults happen in copies of its process. Yields their results."""
        faults, file = sorted(faults, key=lambda fault: (fault.place, fault.call)), self.folder / "list"
        file.write_bytes(b"".join(struct.pack("<3Q", fault.place, fault.call, 0) for fault in faults))
        ours, theirs = socket.socketpair()
        variables = self.environment(FAULT_KIND=kind, FAULT_LIST=file, FAULT_REPORT=theirs.fileno(), **lasting)
        command = [str(word) for word in self.program.command]
        with open(self.work / "out", "w") as out, open(self.work / "err", "w") as err:
            with subprocess.Popen(command, cwd=self.work, stdout=out, stderr=err, pass_fds=[theirs.fileno()],
                                  env=variables) as process:
                theirs.close()
                reached = set()
                with ours, ours.makefile("r") as reports:
                    for report in reports:
                        number, status = map(int, report.split())
                        copy = self.folder / f"work-{number}"
                        yield self.judge_copy(copy, faults[number], status)
                        reached.add(number)
                        shutil.rmtree(copy, ignore_errors=True)
                        ours.sendall(b".")
        text = (self.work / "out").read_text()
        undisturbed = Fault(0, 0, 0, 0)
        says = (self.work / "err").read_text()
        result = self.judge(self.work, undisturbed, process.returncode, text, says)
        if result.wrong or result.outcome != "survived":
            yield Result(undisturbed, "broken", f"the run itself {result.outcome}: {result.wrong} {says}")
        for number, fault in enumerate(faults):
            if number not in reached:
                yield Result(fault, "not reached", "")

    def judge_copy(self, copy, fault, status):
        out, err = ((read(copy / name) or b"").decode(errors="replace") for name in ("out", "err"))
        for name in ("out", "err"):
            (copy / name).unlink(missing_ok=True)
        return self.judge(copy, fault, os.waitstatus_to_exitcode(status), out, err)

    def judge(self, folder, fault, code, out, err):
        """What came of a run."""
        if code not in (0, 2):
            return Result(fault, "broken", f"exit code {code}: {err.strip()[-300:]}")
        name = "train" if self.program.title == "resume" else self.program.title
        outcome = "survived" if code == 0 else "refused"
        if code == 2 and not (err.startswith(f"{name}: error: ") and err.endswith("\n") and err.count("\n") == 1):
            return Result(fault, outcome, f"says {err!r}")
        left = [path.name for path in folder.rglob("*.tmp")]
        wrong = f"{left[0]} remains" if left else self.program.differs(folder, code, out, fault.number % RESUMED == 0)
        return Result(fault, outcome, wrong)


def chosen_calls(calls, options):
    """The calls that shall fail."""
    if options.every:
        calls = calls[options.first - 1::options.every]
    else:
        lasts = {fault.place: fault for fault in calls} if options.last else {}
        calls = [fault for fault in calls if fault.call == 1 or lasts.get(fault.place) == fault]
    if not options.at_most or not calls:
        return calls
    step = -(-len(calls) // options.at_most)
    return calls[step // 2::step]


class Injection:
    """Faults of one program: without threads, and those that happen only with threads."""

    def __init__(self, alone, threaded, scratch, options):
        self.alone, self.threaded, self.scratch, self.options = alone, threaded, scratch, options
        self.lasting = {"FAULT_LASTING": 1} if options.lasting else {}
        with Trial(alone, scratch) as first, Trial(threaded, scratch) as second:
            self.calls, self.thread_calls = first.calls(), second.calls()

    def jobs(self, kind):
        """Functions that try some faults and count their results."""
        calls = self.calls[kind]
        known = {fault.place for fault in calls}
        only_threaded = [fault for fault in self.thread_calls[kind] if fault.place not in known]
        chosen = chosen_calls(calls, self.options)
        in_copies = [fault for fault in chosen if not fault.has_threads]
        for i in range(self.options.jobs):
            if in_copies[i::self.options.jobs]:
                yield self.job(self.alone, "try_in_copies", kind, in_copies[i::self.options.jobs])
        for fault in chosen:
            if fault.has_threads:
                yield self.job(self.alone, "try_one", kind, fault)
        for fault in chosen_calls(only_threaded, self.options):
            yield self.job(self.threaded, "try_one", kind, fault)

    def job(self, program, method, kind, faults):
        def work():
            results = Counter()
            with Trial(program, self.scratch) as trial:
                for fault, outcome, wrong in getattr(trial, method)(kind, faults, self.lasting):
                    if outcome == "not reached" and method == "try_in_copies":
                        results += self.job(program, "try_one", kind, fault)()
                        continue
                    results[outcome] += 1
                    if wrong:
                        results["failures"] += 1
                        print(f"{kind} {fault.number} of {program.title} "
                              f"(place {fault.place}, call {fault.call}): {wrong}", flush=True)
            return results
        return work


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=tiny_run.ROOT / "build")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--program", choices=["train", "resume", "evaluate", "detect"], action="append")
    parser.add_argument("--every", type=int, help="every Nth call instead of every place")
    parser.add_argument("--first", type=int, default=1, help="with --every: begin with this call")
    parser.add_argument("--last", action="store_true", help="also the last call of each place")
    parser.add_argument("--at-most", type=int, help="faults of a kind in one program, evenly spaced")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--lasting", action="store_true")
    options = parser.parse_args()
    programs = Programs(options.build)
    failures = 0
    with scratch_folder() as name, ThreadPoolExecutor(options.jobs) as pool:
        scratch = Path(name)
        alone, threaded = (Reference(programs, scratch / str(threads), threads) for threads in (1, 2))
        pairs = [(make(alone), make(threaded)) for make in (lambda r: Training(r, False), lambda r: Training(r, True),
                                                            Evaluation, Detection)]
        tested = [Injection(*pair, scratch, options) for pair in pairs
                  if pair[0].title in (options.program or pair[0].title)]
        print(f"{'kind':<10}{'calls':>9}{'places':>9}{'faults':>9}{'survived':>10}{'refused':>9}{'failures':>10}",
              flush=True)
        for kind in options.kind or KINDS:
            jobs = [pool.submit(job) for injection in tested for job in injection.jobs(kind)]
            results = sum((job.result() for job in jobs), Counter())
            failures += results["failures"]
            calls = sum(len(injection.thread_calls[kind]) for injection in tested)
            places = sum(len({fault.place for fault in injection.calls[kind] + injection.thread_calls[kind]})
                         for injection in tested)
            faults = sum(results.values()) - results["failures"] - results["not reached"]
            print(f"{kind:<10}{calls:>9}{places:>9}{faults:>9}{results['survived']:>10}{results['refused']:>9}"
                  f"{results['failures']:>10}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
