"""Kills tiny trainings at random moments and resumes them, until N processes were killed.

    sh tests/reliability/kill.sh N [SEED] [--build build] [--jobs 2]

The signal is SIGKILL or SIGTERM. It comes within the first milliseconds, at any moment, or while a checkpoint is
written. Each run is started or resumed until it is finished. Its checkpoints, settings and log (without speeds) must then
be those of a run that was never killed.

Prints the numbers of kills, runs, lost runs (a process refused to continue or crashed) and runs with different bits. The
exit code is 1 if there are any of these.
"""
import argparse
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import tiny_run
from tiny_run import Programs, contents, must_run, scratch_folder

OPTIONS = ["--steps", "4", "--eval-every", "0.5"]
STARTING_SECONDS = 0.02  # the stop signal's handler is not there yet


class Killer:
    """Shared by the jobs: how many processes are still to be killed, and what was found."""

    def __init__(self, programs, kills, scratch):
        self.programs, self.wanted, self.scratch = programs, kills, scratch
        self.lock = threading.Lock()
        self.kills, self.runs, self.lost, self.different = 0, 0, [], []
        begin = time.monotonic()
        must_run(programs.start(scratch / "reference", OPTIONS))
        self.seconds = time.monotonic() - begin
        self.reference = contents(scratch / "reference")

    def work(self, seed):
        generator = random.Random(seed)
        while self.kills < self.wanted:
            with self.lock:
                self.runs += 1
                folder = self.scratch / f"run-{self.runs}"
            if self.finish(folder, generator) and contents(folder) != self.reference:
                self.different.append(folder.name)
            shutil.rmtree(folder, ignore_errors=True)

    def finish(self, folder, generator):
        """Starts or resumes the run until it is finished. False if it is lost."""
        while True:
            has_begun = (folder / "last.safetensors").exists()
            command = self.programs.resume(folder) if has_begun else self.programs.start(folder, OPTIONS)
            words = [str(word) for word in [*command, "--threads", generator.choice("12")]]
            with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                number = generator.choice([signal.SIGKILL, signal.SIGTERM])
                if self.kills < self.wanted:
                    self.wait(process, folder, generator)
                    process.send_signal(number)  # does nothing if the process has ended
                error = process.communicate(timeout=300)[1].decode(errors="replace")
            if process.returncode in (-number, 128 + number):
                with self.lock:
                    self.kills += 1
            elif process.returncode == 0:
                return True
            else:
                self.lost.append(f"{folder.name}: exit code {process.returncode}: {error.strip()[-300:]}")
                return False

    def wait(self, process, folder, generator):
        """Waits for the moment to kill."""
        kind = generator.random()
        if kind < 0.3:
            time.sleep(generator.uniform(0, STARTING_SECONDS))
        elif kind < 0.7:
            time.sleep(generator.uniform(0, self.seconds))
        else:  # while a checkpoint is written
            writes, was_there = generator.randrange(1, 8), False
            while writes > 0 and process.poll() is None:
                is_there = any((folder / name).exists() for name in ("last.safetensors.tmp", "best.safetensors.tmp"))
                writes -= is_there and not was_there
                was_there = is_there
                time.sleep(0.0002)
            time.sleep(generator.uniform(0, 0.002))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kills", type=int)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--build", default=tiny_run.ROOT / "build")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with scratch_folder() as name:
        killer = Killer(Programs(options.build), options.kills, Path(name))
        jobs = [threading.Thread(target=killer.work, args=[1000 * options.seed + i]) for i in range(options.jobs)]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        print(f"{killer.kills} kills, {killer.runs} runs, {len(killer.lost)} lost runs, "
              f"{len(killer.different)} with different bits")
        for failure in killer.lost + killer.different:
            print(failure)
    sys.exit(1 if killer.lost or killer.different else 0)


if __name__ == "__main__":
    main()
