"""Compares two files of detections (COCO's results format) of one model on the same images.

    python3 tests/compare_detections.py a/detections.json b/detections.json [--pixels 1e-3] [--scores 1e-4]

Each detection needs a partner of its image and category, no corner further away than `--pixels` and no score by more
than `--scores`. A detection whose score is within `--scores` of the lowest score of its file may have none. Prints the
largest differences; the exit code is 1 if a partner is missing.
"""
import argparse
import json
import pathlib
import sys
from collections import defaultdict


def corners(detection):
    x, y, width, height = detection["bbox"]
    return (x, y, x + width, y + height)


def distance(a, b):
    return max(abs(p - q) for p, q in zip(corners(a), corners(b)))


def grouped(detections):
    groups = defaultdict(list)
    for detection in detections:
        groups[detection["image_id"], detection["category_id"]].append(detection)
    return groups


def match(first, second, pixels, scores):
    """Those without a partner, and the largest differences of the others, in pixels and in score."""
    first, second = grouped(first), grouped(second)
    worst_pixels = worst_scores = 0.0
    alone = []
    for key in sorted(first.keys() | second.keys()):
        left = list(second.get(key, []))
        for detection in first.get(key, []):
            near = [d for d in left if distance(d, detection) <= pixels
                    and abs(d["score"] - detection["score"]) <= scores]
            if not near:
                alone.append(detection)
                continue
            partner = min(near, key=lambda d: distance(d, detection))
            left.remove(partner)
            worst_pixels = max(worst_pixels, distance(partner, detection))
            worst_scores = max(worst_scores, abs(partner["score"] - detection["score"]))
        alone += left
    return alone, worst_pixels, worst_scores


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--pixels", type=float, default=1e-3)
    parser.add_argument("--scores", type=float, default=1e-4)
    options = parser.parse_args()
    first, second = (json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
                     for path in (options.first, options.second))
    alone, pixels, scores = match(first, second, options.pixels, options.scores)
    lowest = min((d["score"] for d in first + second), default=0)
    alone = [d for d in alone if d["score"] > lowest + options.scores]
    print(f"{len(first)} detections in {len({d['image_id'] for d in first})} images; the largest differences: "
          f"{pixels:.2g} px, score {scores:.2g}; {len(alone)} without a partner")
    for detection in alone[:10]:
        print("  no partner:", detection)
    sys.exit(1 if alone or not first else 0)


if __name__ == "__main__":
    main()
