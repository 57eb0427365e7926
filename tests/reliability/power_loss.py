"""Power loss at every moment of a training run.

    python3 tests/reliability/power_loss.py [--build build]

Records the changes of files that a tiny run makes: when it starts, when it replaces an older run, and when it resumes
after a kill. For every number of changes from the first, and for everything that a power loss may then keep of what was
not flushed, it checks:

  - every file but the log is complete, old or new, and last.safetensors does not vanish;
  - log.jsonl has the lines up to the step of last.safetensors.

A new folder must be flushed before its first checkpoint. Then some of these folders are resumed to the end and the bits
compared. The flushes are also left out of the recording, and this must be found. Prints a table; the exit code is 1 if
something was wrong.
"""
import argparse
import sys
from pathlib import Path

import tiny_run
from recorded_files import Folder, read_changes
from tiny_run import Programs, contents, must_run, scratch_folder, step_of

COMPLETE = ("last.safetensors", "best.safetensors", "settings.toml", "detections.json", "results.csv", "report.html")
LAST, LOG = "last.safetensors", "log.jsonl"


def record(programs, command, scratch):
    file = scratch / f"record-{len(list(scratch.iterdir()))}"
    must_run(command, programs.preloaded(RECORD=file))
    return read_changes(file)


def check(path, before, changes, first_failure_only=False):
    """Replays the changes. Returns the number of states, failures, and some states to resume from."""
    folder = Folder(path, before)
    versions = {name: {before[name]} if name in before else set() for name in COMPLETE}
    log_of = {}  # the log at the time of each checkpoint
    if LAST in before:
        log_of[before[LAST]] = b"".join(before[LOG].splitlines(keepends=True)[:step_of(before[LAST])])
    count, failures, samples = 0, set(), {}
    had_last = LAST in before
    for change in changes:
        named = folder.apply(change)
        if named in versions:
            versions[named].add(folder.names[named].content())
        if named == LAST:
            log_of.setdefault(folder.names[LAST].content(), folder.content(LOG))
        for names in folder.after_power_loss():
            had_last = had_last or LAST in folder.durable_names
            states = {name: file.after_power_loss() for name, file in names.items() if name in (*COMPLETE, LOG)}
            count += max([1, *map(len, states.values())])
            for name in COMPLETE:
                if not states.get(name, set()) <= versions[name]:
                    failures.add(f"{name} is broken")
            if had_last and LAST not in states:
                failures.add(f"{LAST} is missing")
            for last in states.get(LAST, set()) & set(log_of):
                logs = states.get(LOG, {b""})
                if step_of(last) > 0 and not all(log.startswith(log_of[last]) for log in logs):
                    failures.add("log.jsonl lacks lines before the checkpoint")
                files = {name: min(data, key=len) for name, data in states.items()}
                samples.setdefault((last, LOG in states, "settings.toml" in states), files)
            if failures and first_failure_only:
                break
        if failures and first_failure_only:
            break
    return count, failures, list(samples.values())


def is_folder_flushed(path, changes):
    """True if the run's new folder is durable before its first checkpoint."""
    descriptors, is_made = {}, False
    for change in changes:
        if change.operation == "to":
            return False
        if change.operation == "open":
            descriptors[change.a] = change.text
        is_made = is_made or (change.operation == "mkdir" and change.text == str(path))
        if is_made and change.operation == "fsync" and descriptors.get(change.a) == str(path.parent):
            return True
    return False


def without_flushes(changes):
    return [change for change in changes if change.operation != "fsync"]


def write_folder(path, files):
    path.mkdir()
    for name, data in files.items():
        (path / name).write_bytes(data)


def killed_in_the_middle(path, changes):
    """The folder of a run that was killed after its second step: the log is ahead of the checkpoint."""
    folder = Folder(path)
    for change in changes:
        folder.apply(change)
        if change.operation == "write" and len(tiny_run.log_lines(folder.content(LOG))) == 2:
            return {name: data for name, data in folder.contents().items() if not name.endswith(".tmp")}
    raise SystemExit("the run did not log two steps")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=tiny_run.ROOT / "build")
    programs = Programs(parser.parse_args().build)
    with scratch_folder() as name:
        scratch = Path(name)
        run, steps = scratch / "run", ["--steps", tiny_run.STEPS, "--eval-every", "0.5"]
        started = record(programs, programs.start(run, steps), scratch)
        reference, complete = contents(run), {path.name: path.read_bytes() for path in run.iterdir()}
        replaced = record(programs, programs.start(run, [*steps, "--overwrite", "--seed", "2"]), scratch)
        second = contents(run)
        middle = killed_in_the_middle(run, started)
        for path in run.iterdir():
            path.unlink()
        run.rmdir()
        write_folder(run, middle)
        resumed = record(programs, programs.resume(run), scratch)

        failed = False
        print(f"{'run':<12}{'changes':>9}{'states':>9}{'resumed':>9}{'failures':>10}")
        for title, before, changes in (("started", {}, started), ("replaced", complete, replaced),
                                       ("resumed", middle, resumed)):
            count, failures, samples = check(run, before, changes)
            for number, files in enumerate(samples[:6] if title == "started" else samples[1:4]):
                folder = scratch / f"{title}-{number}"
                write_folder(folder, files)
                must_run(programs.resume(folder))
                if contents(folder) not in (reference, second):
                    failures.add(f"state {number} resumes to other bits")
            if title == "started" and not is_folder_flushed(run, changes):
                failures.add("the new folder is not flushed")
            unflushed = check(run, before, without_flushes(changes), True)[1]
            if not any("broken" in failure for failure in unflushed):
                failures.add("a missing flush is not found")
            print(f"{title:<12}{len(changes):>9}{count:>9}{number + 1:>9}{len(failures):>10}")
            for failure in sorted(failures):
                print(f"  {failure}")
            failed = failed or bool(failures)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
