"""Rules about boxes: overlap, deltas, anchors, matching, NMS, levels (eq. 6), written plainly and one at a time."""
import math

import torch
import torchvision

FIRST_STAGE = (1.0, 1.0, 1.0, 1.0)
SECOND_STAGE = (10.0, 10.0, 5.0, 5.0)
LARGEST_LOG_SCALE = math.log(1000 / 16)


def area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def iou(a, b):
    """Intersection over union, A x B."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = (high - low).clamp(min=0)
    intersection = sides[..., 0] * sides[..., 1]
    union = area(a)[:, None] + area(b)[None] - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))


def clip(boxes, height, width):
    """Boxes inside an image; any shape that ends in 4."""
    x = boxes[..., 0::2].clamp(0, width)
    y = boxes[..., 1::2].clamp(0, height)
    return torch.stack([x[..., 0], y[..., 0], x[..., 1], y[..., 1]], -1)


def _centres(boxes):
    sides = boxes[..., 2:] - boxes[..., :2]
    return boxes[..., :2] + sides / 2, sides


def encode(anchors, targets, weights):
    """Deltas that lead from anchors to targets."""
    centre, sides = _centres(anchors)
    target_centre, target_sides = _centres(targets)
    return torch.cat([(target_centre - centre) / sides, torch.log(target_sides / sides)], -1) * torch.tensor(weights)


def decode(anchors, deltas, weights):
    """Boxes that deltas lead to; the logarithm of a side's growth is at most log(1000/16)."""
    centre, sides = _centres(anchors)
    deltas = deltas / torch.tensor(weights)
    new_centre = centre + deltas[..., :2] * sides
    new_sides = sides * torch.exp(deltas[..., 2:].clamp(max=LARGEST_LOG_SCALE))
    return torch.cat([new_centre - new_sides / 2, new_centre + new_sides / 2], -1)


def base_anchors(size, ratios):
    """One anchor a ratio (height over width) around (0, 0), the area kept, corners rounded half to even."""
    rows = []
    for ratio in ratios:
        width, height = size / math.sqrt(ratio), size * math.sqrt(ratio)
        rows.append([-width / 2, -height / 2, width / 2, height / 2])
    return torch.tensor(rows).round()


def anchors_of_levels(padded, map_sizes, sizes, ratios):
    """Anchors of all levels, one after the other; within a level in the order y, x, ratio."""
    everything = []
    for (rows, columns), size in zip(map_sizes, sizes):
        stride_y, stride_x = padded[0] // rows, padded[1] // columns
        base = base_anchors(size, ratios)
        y = (torch.arange(rows) * stride_y).double()
        x = (torch.arange(columns) * stride_x).double()
        y, x = torch.meshgrid(y, x, indexing="ij")
        shifts = torch.stack([x, y, x, y], -1).reshape(-1, 1, 4)
        everything.append((shifts + base).reshape(-1, 4))
    return torch.cat(everything)


def match_anchors(anchors, truth, positive_iou=0.7, negative_iou=0.3):
    """Labels before sampling (1 positive, 0 negative, -1 neither) and each anchor's object (index into `truth`).

    An object's best anchors are positive whatever their IoU (above 0), all that tie for it; but each anchor regresses
    to the object that it overlaps most itself, the lower index where several tie.
    """
    if len(truth) == 0:
        return torch.zeros(len(anchors), dtype=torch.long), torch.zeros(len(anchors), dtype=torch.long)
    overlap = iou(anchors, truth)
    best, objects = overlap.max(1)
    for row in range(len(anchors)):  # the lower index of a tie, said rather than hoped for
        objects[row] = int((overlap[row] == best[row]).nonzero()[0])
    labels = torch.full((len(anchors),), -1)
    labels[best < negative_iou] = 0
    labels[best >= positive_iou] = 1
    best_of_object = overlap.max(0).values
    ties = (overlap == best_of_object) & (best_of_object > 0)
    labels[ties.any(1)] = 1
    return labels, objects


def match_regions(regions, truth, classes, foreground_iou=0.5):
    """Class of each region (0 background) and the object it overlaps most."""
    if len(truth) == 0:
        return torch.zeros(len(regions), dtype=torch.long), torch.zeros(len(regions), dtype=torch.long)
    overlap = iou(regions, truth)
    best, objects = overlap.max(1)
    return torch.where(best >= foreground_iou, classes[objects], torch.zeros_like(objects)), objects


def nms(boxes, scores, threshold):
    """Indices kept, best score first; a box goes when its IoU with a kept, better one is above the threshold."""
    order = torch.argsort(scores, descending=True, stable=True)
    overlap = iou(boxes, boxes)
    kept = []
    for i in order.tolist():
        if all(overlap[i, j] <= threshold for j in kept):
            kept.append(i)
    kept = torch.tensor(kept, dtype=torch.long)
    assert torch.equal(kept, torchvision.ops.nms(boxes, scores, threshold))
    return kept


def level_of_region(boxes, base):
    """Eq. 6 by comparing areas: level k or higher from base^2 2^(2(k-4)-1) on."""
    areas = area(boxes)
    levels = torch.full((len(boxes),), 2)
    for k in (3, 4, 5):
        levels = torch.where(areas >= base**2 * 2.0 ** (2 * (k - 4) - 1), torch.full_like(levels, k), levels)
    return levels
