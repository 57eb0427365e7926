"""Scoring of results files compared with pycocotools, on random files that other tools could write.

    python tests/reference/scored_files.py build/apps/evaluate [--cases 300]    # random cases; prints the largest difference
    python tests/reference/scored_files.py build/apps/evaluate --speed          # time of one large job, and of faster-coco-eval
    python tests/reference/scored_files.py --golden [--check]                   # writes golden/scored_files.json

Needs pycocotools, and faster-coco-eval for --speed. Where pycocotools ends with an error, it gets a repaired copy of the
files, as the notes of `evaluate` say.
"""
import argparse
import contextlib
import copy
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

PATH = pathlib.Path(__file__).resolve().parent / "golden" / "scored_files.json"
STATISTICS = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large",
              "ar_1", "ar_10", "ar_100", "ar_small", "ar_medium", "ar_large"]


def random_box(draw):
    kind = draw.random()
    if kind < 0.15:  # exactly at the limits of the area ranges
        side = draw.choice([32, 96])
        return [draw.uniform(0, 200), draw.uniform(0, 200), side, side]
    if kind < 0.2:
        return [draw.uniform(0, 200), draw.uniform(0, 200), draw.choice([0, 0.0, 1e-9]), draw.uniform(1, 50)]
    if kind < 0.24:  # outside of the image, or with a negative side
        return [draw.uniform(-900, 2000), draw.uniform(-900, 2000), draw.uniform(-40, 90), draw.uniform(-40, 90)]
    if kind < 0.4:
        return [draw.randint(0, 100), draw.randint(0, 100), draw.randint(1, 130), draw.randint(1, 130)]
    side = 4 * 60 ** draw.random()
    return [draw.uniform(0, 300), draw.uniform(0, 200), side * draw.uniform(0.6, 1.6), side * draw.uniform(0.6, 1.6)]


def near(draw, box):
    wobble = draw.choice([0, 0, 0.02, 0.08, 0.2])
    return [box[0] + box[2] * draw.gauss(0, wobble), box[1] + box[3] * draw.gauss(0, wobble),
            box[2] * (1 + draw.gauss(0, wobble)), box[3] * (1 + draw.gauss(0, wobble))]


def random_files(seed):
    """An annotation file and a results file."""
    draw = random.Random(seed)
    category_ids = draw.sample(range(0, 99), draw.randint(1, 5))
    image_ids = draw.sample(range(0, 10 ** draw.randint(2, 12)), draw.randint(1, 9))
    listed = draw.choices(category_ids, k=max(1, len(category_ids) - draw.randint(0, 2)))  # other classes are empty
    scores = draw.choice([[0.5], [i / 4 for i in range(5)], [draw.random() for _ in range(20)], None])
    new_score = lambda: draw.choice(scores) if scores else draw.choice([draw.random(), draw.uniform(-3, 90), 1])
    hostile = draw.random() < 0.5
    annotations, results = [], []
    for image in image_ids:
        for _ in range(draw.choice([0, 0, 1, 3, 6, 20])):
            box = random_box(draw)
            crowd = int(draw.random() < draw.choice([0.05, 0.5]))
            area = draw.choice([box[2] * box[3], box[2] * box[3] * 0.6, 1024, 9216, 1024.0001, 0, 1e11])
            annotations.append({"id": len(annotations) + draw.choice([1, 1, 1, 1000]), "image_id": image, "bbox": box,
                                "category_id": draw.choice(listed), "area": area, "iscrowd": crowd})
            for _ in range(draw.choice([0, 1, 1, 2, 3])):
                category = draw.choice(category_ids) if draw.random() < 0.1 else annotations[-1]["category_id"]
                results.append({"image_id": image, "category_id": category, "bbox": near(draw, box), "score": new_score()})
        for _ in range(draw.choice([0, 2, 5, 5, 130])):
            results.append({"image_id": image, "category_id": draw.choice(category_ids), "bbox": random_box(draw),
                            "score": new_score()})
    draw.shuffle(results)
    draw.shuffle(annotations)
    categories = [{"id": i, "name": draw.choice(["class", "ünï", "a b"]) + f" {i}", "supercategory": "x"} for i in category_ids]
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 400, "height": 300} for i in image_ids]
    if hostile:
        for annotation in annotations:
            for key in ("area", "iscrowd"):
                if draw.random() < 0.1:
                    del annotation[key]
            annotation["segmentation"] = draw.choice([[[1, 2.5, 3e2, 4, 5, -6]], [], {"counts": "ab\\\"]}", "size": [3, 4]}])
            if draw.random() < 0.03:
                annotation["image_id"] = 10 ** 13
            if draw.random() < 0.03:
                annotation["category_id"] = 1000
            if draw.random() < 0.05:
                annotation["id"] = draw.choice([0, 1, 2, -5])
            if draw.random() < 0.03:
                del annotation["id"]
        images.append(draw.choice(images))
        categories.append(draw.choice(categories))
        for result in results:
            if draw.random() < 0.02:
                result["category_id"] = 1000
            if draw.random() < 0.01 and result is not results[0]:
                result["image_id"] = 10 ** 13
            if draw.random() < 0.1:
                result["segmentation"] = {"counts": "xyz", "size": [1, 2]}
    if draw.random() < 0.05:
        results = []
    return {"images": images, "annotations": annotations, "categories": categories}, results


def pycocotools_says(truth, results):
    """The twelve numbers, and each class's AP and AP50 by rising category id."""
    import numpy as np
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    truth, results = copy.deepcopy(truth), copy.deepcopy(results)
    for number, annotation in enumerate(truth["annotations"]):
        annotation.setdefault("id", 10 ** 6 + number)
        annotation.setdefault("area", annotation["bbox"][2] * annotation["bbox"][3])
        annotation.setdefault("iscrowd", 0)
    known = {image["id"] for image in truth["images"]}
    results = [result for result in results if result["image_id"] in known]
    for result in results:
        result.pop("segmentation", None)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        if results:
            found = coco.loadRes(results)
        else:
            found = COCO()
            found.dataset = {**truth, "annotations": []}
            found.createIndex()
        api = COCOeval(coco, found, "bbox")
        api.evaluate()
        api.accumulate()
        api.summarize()
    precision = api.eval["precision"]  # T x R x K x A x M

    def mean(values):
        values = values[values > -1]
        return float(np.mean(values)) if values.size else -1.0
    classes = [[mean(precision[:, :, k, 0, 2]), mean(precision[0, :, k, 0, 2])] for k in range(precision.shape[2])]
    return {**dict(zip(STATISTICS, map(float, api.stats))), "classes": classes}


def program_says(program, truth, results, folder):
    """The same from `evaluate`, and what it prints."""
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "results.json").write_text(json.dumps(results))
    printed = subprocess.run([program, "--results", folder / "results.json", "--annotations", folder / "truth.json",
                              "--json", folder / "metrics.json", "--overwrite"], check=True, capture_output=True, text=True)
    metrics = json.loads((folder / "metrics.json").read_text())
    return {**metrics["coco"], "classes": [[c["ap"], c["ap50"]] for c in metrics["classes"]]}, printed.stdout


def difference(ours, theirs):
    pairs = [(ours[name], theirs[name]) for name in STATISTICS]
    assert len(ours["classes"]) == len(theirs["classes"])
    for one, other in zip(ours["classes"], theirs["classes"]):
        pairs += zip(one, other)
    return max(abs(a - b) for a, b in pairs)


def compare(program, cases):
    largest, noted = 0, set()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(cases):
            truth, results = random_files(seed)
            ours, printed = program_says(program, truth, results, pathlib.Path(folder))
            noted |= {line.split(" ", 2)[2] for line in printed.splitlines() if line.startswith("note: ")}
            far = difference(ours, pycocotools_says(truth, results))
            if far > 1e-9:
                print(f"case {seed}: difference {far:g}")
            largest = max(largest, far)
    print(f"{cases} cases: the largest difference is {largest:.1e}; notes that occurred:", *sorted(noted), sep="\n  ")
    return 0 if largest <= 1e-9 else 1


def large_files(folder, images=5000, detections=100):
    draw = random.Random(1)
    categories = [{"id": i, "name": f"class {i}"} for i in sorted(draw.sample(range(1, 91), 80))]
    ids = [category["id"] for category in categories]
    truth = {"images": [], "annotations": [], "categories": categories}
    results = []
    for image in sorted(draw.sample(range(1, 600000), images)):
        truth["images"].append({"id": image, "file_name": f"{image:012}.jpg", "width": 640, "height": 480})
        objects = []
        own = draw.sample(ids, draw.randint(1, 4))
        for _ in range(min(40, int(draw.expovariate(1 / 7.4)))):
            side = 6 * 66 ** draw.random()
            box = [round(draw.uniform(0, 500), 2), round(draw.uniform(0, 400), 2),
                   round(side * draw.uniform(0.6, 1.6), 2), round(side * draw.uniform(0.6, 1.6), 2)]
            objects.append((draw.choice(own), box))
            outline = [round(draw.uniform(0, 600), 2) for _ in range(2 * max(4, int(draw.lognormvariate(2.98, 0.72))))]
            truth["annotations"].append({"segmentation": [outline], "area": box[2] * box[3] * draw.uniform(0.4, 1),
                                         "iscrowd": int(draw.random() < 0.012), "image_id": image, "bbox": box,
                                         "category_id": objects[-1][0], "id": len(truth["annotations"]) + 1})
        for _ in range(detections):
            category, box = draw.choice(objects) if objects and draw.random() < 0.5 else (draw.choice(ids), random_box(draw))
            results.append({"image_id": image, "category_id": category, "bbox": near(draw, box), "score": draw.random()})
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "results.json").write_text(json.dumps(results))


def measure(program, repeats):
    """Wall and processor time of the complete program; of faster-coco-eval without the start of Python and imports."""
    code = """import time, contextlib, io, sys
from faster_coco_eval import COCO, COCOeval_faster
wall, processor = time.perf_counter(), time.process_time()
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO(sys.argv[1]); api = COCOeval_faster(truth, truth.loadRes(sys.argv[2]), "bbox")
    api.evaluate(); api.accumulate(); api.summarize()
print(time.perf_counter() - wall, time.process_time() - processor, api.stats[0])"""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        large_files(folder)
        for threads in (1, 2):
            rows = []
            for _ in range(repeats):  # in turn, so that both see the same other work of the machine
                pin = lambda: os.sched_setaffinity(0, cores[:threads])
                before, begin = os.times(), time.perf_counter()
                subprocess.run([program, "--results", folder / "results.json", "--annotations", folder / "truth.json",
                                "--threads", str(threads), "--json", folder / "metrics.json", "--overwrite"], check=True,
                               capture_output=True, preexec_fn=pin)
                ours, after = time.perf_counter() - begin, os.times()
                printed = subprocess.run([sys.executable, "-c", code, folder / "truth.json", folder / "results.json"],
                                         check=True, capture_output=True, text=True, preexec_fn=pin).stdout.split()
                processor = after.children_user + after.children_system - before.children_user - before.children_system
                rows.append((ours, float(printed[0]), processor, float(printed[1])))
                far = abs(json.loads((folder / "metrics.json").read_text())["coco"]["ap"] - float(printed[2]))
            wall, their_wall, processor, their_processor = (sorted(column)[len(rows) // 2] for column in zip(*rows))
            print(f"{threads} thread(s), median of {repeats}: wall {wall:.2f} s and {their_wall:.2f} s, ratio "
                  f"{wall / their_wall:.3f}; processor {processor:.2f} s and {their_processor:.2f} s, ratio "
                  f"{processor / their_processor:.3f}; AP differs by {far:.1e}")
    return 0


def golden(check):
    """The first random cases that are small and in which something is found."""
    lines = []
    for seed in range(2000):
        truth, results = random_files(seed)
        if len(truth["annotations"]) > 25 or len(results) > 45 or len(truth["annotations"]) < 8:
            continue
        expected = pycocotools_says(truth, results)
        if expected["ap"] <= 0.05:
            continue
        case = {"seed": seed, "truth": truth, "results": results, "expected": expected}
        lines.append(json.dumps(case, separators=(",", ":")))
        if len(lines) == 6:
            break
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    same = PATH.exists() and PATH.read_text() == text
    if not check:
        PATH.write_text(text)
    print(f"scored_files: {len(lines)} cases, {len(text) / 1000:.0f} kB,", "as committed" if same else "moved")
    return 1 if check and not same else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", help="build/apps/evaluate")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--speed", action="store_true", help="measure instead of comparing")
    parser.add_argument("--repeats", type=int, default=5, help="of --speed")
    parser.add_argument("--golden", action="store_true", help="write the golden cases; needs no program")
    parser.add_argument("--check", action="store_true", help="with --golden: write nothing; exit 1 if anything moved")
    options = parser.parse_args()
    if options.golden:
        return golden(options.check)
    if not options.program:
        parser.error("give the path of evaluate")
    return measure(options.program, options.repeats) if options.speed else compare(options.program, options.cases)


if __name__ == "__main__":
    sys.exit(main())
