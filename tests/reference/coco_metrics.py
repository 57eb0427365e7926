"""Golden cases of the COCO metrics, from the COCO API itself: `python tests/reference/coco_metrics.py [--check]`.

Writes golden/coco_metrics.json: ground truth and detections drawn with a fixed seed, and what COCOeval says of them. Boxes
are in steps of a quarter pixel, scores in steps of 1/256, so that float32 holds them exactly.
"""
import argparse
import contextlib
import io
import json
import pathlib
import random
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

PATH = pathlib.Path(__file__).resolve().parent / "golden" / "coco_metrics.json"
CATEGORY_IDS = [1, 3, 7, 18, 90]
EXTRA = "16 px and more"
STATISTICS = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large",
              "ar_1", "ar_10", "ar_100", "ar_small", "ar_medium", "ar_large"]


def quarter(value):
    return round(value * 4) / 4


def random_box(draw, lowest, highest):
    side = lowest * (highest / lowest) ** draw.random()
    width, height = quarter(side * draw.uniform(0.6, 1.6)), quarter(side * draw.uniform(0.6, 1.6))
    return [quarter(draw.uniform(0, 300)), quarter(draw.uniform(0, 200)), width, height]


def near(draw, box, wobble):
    x, y, width, height = box
    return [quarter(x + width * draw.gauss(0, wobble)), quarter(y + height * draw.gauss(0, wobble)),
            max(1, quarter(width * (1 + draw.gauss(0, wobble)))), max(1, quarter(height * (1 + draw.gauss(0, wobble))))]


def scene(draw, image_id, labels, objects, crowds=0.1, score_steps=256, noise=4, sizes=(6, 160)):
    """An image's objects [label, x, y, w, h, area, crowd] and detections [label, x, y, w, h, score]."""
    truth, found = [], []
    for _ in range(objects):
        label, box = draw.choice(labels), random_box(draw, *sizes)
        area = draw.choice([quarter(box[2] * box[3] * draw.uniform(0.5, 1)), quarter(box[2] * box[3]), 1024, 9216])
        crowd = int(draw.random() < crowds)
        truth.append([label, *box, area, crowd])
        for _ in range(draw.choice([0, 1, 1, 1, 2, 3]) + 2 * crowd):
            guess = draw.choice(labels) if draw.random() < 0.15 else label
            found.append([guess, *near(draw, box, draw.choice([0, 0.05, 0.1, 0.2])), None])
    for _ in range(draw.randint(0, noise)):
        found.append([draw.randint(1, len(CATEGORY_IDS)), *random_box(draw, *sizes), None])
    draw.shuffle(found)
    for detection in found:
        detection[-1] = draw.randint(1, score_steps) / score_steps
    return {"id": image_id, "objects": truth, "detections": found}


def threshold_scene():
    """IoUs of exactly 0.5, 0.75, 0.9, and two objects that a detection overlaps alike."""
    objects = [[1, 0, 0, 40, 10, 400, 0], [2, 50, 0, 40, 10, 400, 0], [3, 100, 0, 40, 10, 400, 0],
               [4, 0, 50, 20, 20, 400, 0], [4, 20, 50, 20, 20, 400, 0]]
    detections = [[1, 0, 0, 20, 10, 0.5], [2, 50, 0, 30, 10, 0.5], [3, 100, 0, 36, 10, 0.5],
                  [4, 0, 50, 40, 20, 0.75], [4, 10, 50, 20, 20, 0.5], [4, 20, 50, 20, 20, 0.5]]
    return {"id": 4, "objects": objects, "detections": detections}


def cases():
    draw = random.Random(2014)
    ids = draw.sample(range(1, 400), 12)  # not in order: equal scores are taken by rising image id
    # Class 4 has no objects, class 5 only detections where noise puts them, every fifth image is empty.
    yield "mixed", [scene(draw, i, [1, 2, 3], draw.choice([0, 1, 4, 6])) for i in ids]
    yield "equal scores", [scene(draw, i, [1, 2, 5], 4, crowds=0, score_steps=4) for i in ids[:6]]
    yield "crowds only", [scene(draw, i, [1, 4], 3, crowds=1) for i in (3, 2)]
    yield "more than a hundred", [scene(draw, 1, [2], 90, crowds=0.05, score_steps=32, noise=0, sizes=(20, 60))]
    yield "nothing found", [{**scene(draw, 9, [1, 2], 4), "detections": []}]
    yield "nothing there", [{**scene(draw, 9, [1, 2], 2), "objects": []}]
    yield "at the thresholds", [threshold_scene()]


def mean(values):
    values = values[values > -1]
    return float(np.mean(values)) if values.size else -1.0


def evaluate(images):
    annotations, results = [], []
    for image in images:
        for label, x, y, width, height, area, crowd in image["objects"]:
            annotations.append({"id": len(annotations) + 1, "image_id": image["id"], "iscrowd": crowd, "area": area,
                                "category_id": CATEGORY_IDS[label - 1], "bbox": [x, y, width, height]})
        for label, x, y, width, height, score in image["detections"]:
            results.append({"image_id": image["id"], "category_id": CATEGORY_IDS[label - 1], "score": score,
                            "bbox": [x, y, width, height]})
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {"images": [{"id": image["id"]} for image in images], "annotations": annotations,
                         "categories": [{"id": i} for i in CATEGORY_IDS]}
        truth.createIndex()
        found = COCO()
        for number, result in enumerate(results):
            result.update(id=number + 1, area=result["bbox"][2] * result["bbox"][3], iscrowd=0)
        found.dataset = {**truth.dataset, "annotations": results}
        found.createIndex()
        api = COCOeval(truth, found, "bbox")
        api.params.areaRng.append([256, float("inf")])
        api.params.areaRngLbl.append(EXTRA)
        api.evaluate()
        api.accumulate()
        api.summarize()
    precision, recall = api.eval["precision"], api.eval["recall"]  # T x R x K x A x M, T x K x A x M
    expected = dict(zip(STATISTICS, map(float, api.stats)))
    expected["areas"] = [[mean(precision[:, :, :, a, 2]), mean(precision[0, :, :, a, 2]), mean(precision[5, :, :, a, 2]),
                          *(mean(recall[:, :, a, m]) for m in range(3))] for a in range(5)]
    expected["classes"] = [[mean(precision[:, :, k, 0, 2]), mean(precision[0, :, k, 0, 2])]
                           for k in range(len(CATEGORY_IDS))]
    return expected


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything moved")
    check = parser.parse_args().check
    lines = []
    for name, images in cases():
        rows = ",\n".join("   " + json.dumps(image, separators=(",", ":")) for image in images)
        expected = json.dumps(evaluate(images), separators=(",", ":"))
        lines.append(f'  {{"name": "{name}",\n   "images": [\n{rows}],\n   "expected": {expected}}}')
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    same = PATH.exists() and PATH.read_text() == text
    if not check:
        PATH.write_text(text)
    print(f"coco_metrics: {len(lines)} cases, {len(text) / 1000:.0f} kB,", "as committed" if same else "moved")
    return 1 if check and not same else 0


if __name__ == "__main__":
    sys.exit(main())
