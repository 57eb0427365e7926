"""Compares two files of detections (COCO's results format) of one model on the same images.

    python3 tests/compare_detections.py a/detections.json b/detections.json [--pixels 1e-3] [--scores 1e-4]

Each detection needs a partner of its image and category, no corner further away than `--pixels` and no score by more
than `--scores`. A detection whose score is within `--scores` of the lowest score of its file may have none. Prints the
largest differences; the exit code is 1 if a partner is missing.
"""
import argparse
import json
import sys
from collections import defaultdict


def corners(detection):
    x, y, width, height = detection["bbox"]
    return (x, y, x + width, y + height)


def distance(a, b):
    return max(abs(p - q) for p, q in zip(corners(a), corners(b)))


def grouped(path):
    groups = defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for detection in json.load(file):
            groups[detection["image_id"], detection["category_id"]].append(detection)
    return groups


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--pixels", type=float, default=1e-3)
    parser.add_argument("--scores", type=float, default=1e-4)
    options = parser.parse_args()
    first, second = grouped(options.first), grouped(options.second)
    lowest = min((d["score"] for groups in (first, second) for group in groups.values() for d in group), default=0)
    worst_pixels = worst_scores = 0.0
    count, missing = 0, []
    for key in sorted(first.keys() | second.keys()):
        left = list(second.get(key, []))
        for detection in first.get(key, []):
            count += 1
            near = [d for d in left if distance(d, detection) <= options.pixels
                    and abs(d["score"] - detection["score"]) <= options.scores]
            if not near:
                missing.append(detection)
                continue
            partner = min(near, key=lambda d: distance(d, detection))
            left.remove(partner)
            worst_pixels = max(worst_pixels, distance(partner, detection))
            worst_scores = max(worst_scores, abs(partner["score"] - detection["score"]))
        missing += left
    missing = [d for d in missing if d["score"] > lowest + options.scores]
    print(f"{count} detections in {len({image for image, _ in first})} images; the largest differences: "
          f"{worst_pixels:.2g} px, score {worst_scores:.2g}; {len(missing)} without a partner")
    for detection in missing[:10]:
        print("  no partner:", detection)
    sys.exit(1 if missing or count == 0 else 0)


main()
