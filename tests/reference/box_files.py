"""Golden files of the rules about boxes: overlap, deltas, anchors, matching, NMS, levels."""
import torch
import torchvision
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

import boxes as rules
from golden_file import Golden


def random_boxes(golden, count, width, height, smallest, largest):
    centre = torch.stack([golden.uniform(count, high=width), golden.uniform(count, high=height)], 1)
    sides = torch.exp(golden.uniform(count, 2, low=torch.log(torch.tensor(smallest)).item(),
                                     high=torch.log(torch.tensor(largest)).item()))
    return torch.cat([centre - sides / 2, centre + sides / 2], 1)


def iou():
    golden = Golden("iou", seed=201)
    a = torch.cat([random_boxes(golden, 6, 40, 30, 4.0, 25.0),
                   torch.tensor([[0.0, 0, 10, 10], [5.0, 5, 5, 5], [0.0, 0, 10, 10]])])
    b = torch.cat([random_boxes(golden, 4, 40, 30, 4.0, 25.0),
                   torch.tensor([[10.0, 0, 20, 10], [5.0, 5, 5, 5], [0.0, 0, 10, 20], [0.0, 0, 10, 10]])])
    value = rules.iou(a, b)
    regular = torchvision.ops.box_iou(a, b)
    assert torch.allclose(value, torch.nan_to_num(regular), atol=1e-14)
    golden.put("a", a)
    golden.put("b", b)
    golden.put("iou", value)  # two boxes without area: 0
    return golden


def deltas():
    golden = Golden("deltas", seed=202)
    anchors = random_boxes(golden, 8, 60, 40, 4.0, 30.0)
    targets = random_boxes(golden, 8, 60, 40, 4.0, 30.0)
    given = golden.normal(8, 4)
    given[0] = torch.tensor([0.1, -0.2, 5.0, 4.2])   # 5 and 4.2 are above log(1000/16) = 4.135 with weights 1
    given[1] = torch.tensor([3.0, 2.0, 30.0, -30.0])  # and 30 / 5 = 6 with the second stage's
    golden.put("anchors", anchors)
    golden.put("targets", targets)
    golden.put("deltas", given)
    for name, weights in [("first_stage", rules.FIRST_STAGE), ("second_stage", rules.SECOND_STAGE)]:
        encoded = rules.encode(anchors, targets, weights)
        assert torch.allclose(rules.decode(anchors, encoded, weights), targets, atol=1e-12)
        golden.put(f"{name}.weights", torch.tensor(weights))
        golden.put(f"{name}.encoded", encoded)
        golden.put(f"{name}.decoded", rules.decode(anchors, given, weights))
    golden.put("image_size", [40, 60])  # height, width
    golden.put("clipped", rules.clip(anchors, 40, 60))
    return golden


def anchors():
    golden = Golden("anchors", seed=203)
    ratios = [0.5, 1.0, 2.0]
    sizes = [32.0, 64, 128, 256, 512, 5, 7, 35, 16, 8]  # 5, 7 and 35 have corners at .5
    golden.put("base.sizes", torch.tensor(sizes))
    golden.put("base.ratios", torch.tensor(ratios))
    golden.put("base.anchors", torch.stack([rules.base_anchors(size, ratios) for size in sizes]))
    cases = {
        # name: padded height and width, sizes of the maps, sizes of the anchors
        "multiple_of_32": ((32, 64), [(8, 16), (4, 8), (2, 4), (1, 2), (1, 1)], [8.0, 16, 32, 64, 128]),
        "odd": ((50, 70), [(13, 18), (7, 9), (4, 5), (2, 3), (1, 2)], [7.0, 15, 31, 64, 100]),
    }
    for name, (padded, maps, level_sizes) in cases.items():
        found = rules.anchors_of_levels(padded, maps, level_sizes, ratios)
        generator = AnchorGenerator(tuple((size,) for size in level_sizes), (tuple(ratios),) * len(level_sizes))
        images = ImageList(torch.zeros(1, 3, *padded), [padded])
        regular = generator(images, [torch.zeros(1, 1, *size) for size in maps])[0]
        assert torch.equal(found, regular.double())
        golden.put(f"{name}.padded", list(padded))
        golden.put(f"{name}.map_sizes", [list(size) for size in maps])
        golden.put(f"{name}.sizes", torch.tensor(level_sizes))
        golden.put(f"{name}.anchors", found)
    return golden


def matching():
    golden = Golden("matching", seed=204)
    found = rules.anchors_of_levels((32, 48), [(8, 12), (4, 6)], [8.0, 16.0], [0.5, 1.0, 2.0])
    truth = torch.tensor([
        [8.0, 6, 12, 10],       # small: nothing reaches 0.7, two anchors tie for its best
        [4.0, 4, 20, 20],       # a 16 x 16 anchor to the pixel
        [20.3, 9.1, 41.7, 25.9],
        [4.0, 4, 20, 20],       # the same object twice: the lower index is matched
        [500.0, 500, 520, 520], # overlaps no anchor: best IoU 0, no positive
        [13.0, 17, 22, 29],
    ])
    labels, objects = rules.match_anchors(found, truth)
    assert (objects[labels == 1] == 0).sum() == 2 and (labels == -1).any() and not (objects[labels == 1] == 4).any()
    golden.put("anchors", found)
    golden.put("objects", truth)
    golden.put("thresholds", torch.tensor([0.7, 0.3]))
    golden.put("labels", labels)        # 1, 0, -1: neither
    golden.put("matched", objects)      # of every anchor, also where the label is not 1
    classes = torch.tensor([1, 2, 3, 2, 1, 3])
    regions = torch.cat([random_boxes(golden, 20, 48, 32, 4.0, 24.0), truth, torch.tensor([[8.0, 6, 12, 8]])])
    region_classes, region_objects = rules.match_regions(regions, truth, classes)
    golden.put("classes", classes)
    golden.put("regions", regions)
    golden.put("region_classes", region_classes)  # IoU of exactly 0.5 is foreground (the last)
    golden.put("region_matched", region_objects)
    return golden


def nms():
    golden = Golden("nms", seed=205)
    found = random_boxes(golden, 40, 40, 30, 6.0, 20.0)
    scores = golden.uniform(40)
    scores[10:14] = scores[10]  # ties: the lower index first
    found[11] = found[10]
    found = torch.cat([found, torch.tensor([[100.0, 100, 110, 110], [100.0, 100, 110, 107], [100.0, 100, 110, 105]])])
    scores = torch.cat([scores, torch.tensor([0.9, 0.8, 0.7])])  # IoU of exactly 0.7 and 0.5 with the first
    golden.put("boxes", found)
    golden.put("scores", scores)
    for threshold in (0.3, 0.5, 0.7):
        golden.put(f"kept_{int(threshold * 10)}", rules.nms(found, scores, threshold))
    return golden


def levels():
    golden = Golden("levels", seed=206)
    below = 2.0**-16  # exact in float32 beside the sides used here
    rows = []
    for width, height in [(112, 56), (224, 112), (448, 224), (14, 7), (28, 14), (56, 28), (20, 10), (40, 20), (80, 40)]:
        rows += [[0.0, 0, width, height], [0.0, 0, width, height - below], [8.0, 16, 8 + width, 16 + height + below]]
    rows += [[5.0, 5, 5, 5], [0.0, 0, 1, 1], [0.0, 0, 224, 224], [0.0, 0, 1024, 1024], [0.0, 0, 1000, 2]]
    found = torch.cat([torch.tensor(rows), random_boxes(golden, 20, 400, 400, 5.0, 600.0)])
    golden.put("boxes", found)
    for base in (224, 40, 28):
        golden.put(f"levels_{base}", rules.level_of_region(found, float(base)))
    return golden


def pieces():
    return [iou(), deltas(), anchors(), matching(), nms(), levels()]
