"""Compares TensorBoard's view of a run with the run's log.

    train ... --out RUN --tensorboard RUN/tensorboard
    python tests/reference/event_files.py RUN

Needs PyPI's tensorboard.
"""
import json
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main():
    run = pathlib.Path(sys.argv[1])
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0})
    events.Reload()
    seen = {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in events.Tags()["scalars"]}
    expected = {}
    for line in (run / "log.jsonl").read_text().splitlines():
        entry = json.loads(line)
        numbers = {}
        if "evaluation" in entry:
            for tag, name in (("AP", "AP"), ("AP50", "AP50"), ("AP75", "AP75"), ("small", "AP_small"),
                              ("medium", "AP_medium"), ("large", "AP_large")):
                if entry["evaluation"][name] >= 0:
                    numbers["AP/" + tag] = entry["evaluation"][name]
        else:
            numbers = {"loss/" + name: loss for name, loss in entry["losses"].items()}
            numbers["loss/total"] = entry["loss"]
            numbers["train/learning_rate"] = entry["learning_rate"]
            numbers["train/gradient_norm"] = entry["gradient_norm"]
            numbers["train/images_per_second"] = entry["images_per_second"]
        for tag, number in numbers.items():
            expected.setdefault(tag, {})[entry["step"]] = number
    assert seen.keys() == expected.keys(), (seen.keys(), expected.keys())
    for tag, numbers in expected.items():
        assert seen[tag].keys() == numbers.keys(), (tag, seen[tag].keys(), numbers.keys())
        for step, number in numbers.items():
            assert abs(seen[tag][step] - number) <= 1e-6 * max(1, abs(number)), (tag, step, seen[tag][step], number)
    print(f"{len(expected)} tags, {sum(map(len, expected.values()))} numbers, all as in the log")


if __name__ == "__main__":
    main()
