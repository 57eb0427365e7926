"""The detector from images to losses and detections, as functions of a dictionary of named tensors.

`Network` holds parameters and buffers by name. The drawn samples are an input (`Sample`), so another implementation can
use the same ones. Images are N x C x H x W here.
"""
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
import torchvision

import boxes as rules
import sinkhorn
from backbones import levels_of
from loss_files import ClassBuffer


@dataclass
class Settings:
    """The narrow network of the golden files. Without `intertwiner` it is Faster R-CNN with FPN."""
    backbone: str = "fpn"          # projection: ResNet, each map projected; vgg: VGG-16, each map projected
    blocks: tuple = (1, 2, 1, 1)
    width: int = 2                 # of the stem and of the first stage; doubles with each stage
    channels: int = 8
    critic_features: int = 6
    head_features: int = 10
    classes: int = 5               # including background
    anchor_sizes: tuple = (8.0, 16.0, 32.0, 64.0, 128.0)
    anchor_ratios: tuple = (0.5, 1.0, 2.0)
    level_base: float = 28.0
    candidates: int = 40           # best logits a level
    proposals: int = 30            # an image, after NMS
    intertwiner: bool = True
    parts: str = "all"             # without-loss: make-up, critic and merge; make-up: only that layer
    layers_per_level: bool = False
    critic_convolutions: int = 2
    merge: str = "linear"          # separate, naive
    head_input: str = "make-up"    # pooled
    large_source: str = "higher"   # same (a), bilinear and network (c), aligned (d): F's output, with a loss
    head_norm: bool = True
    loss: str = "l2"               # l1, kl, kl-mean
    compare_last_level: bool = True
    buffers_per_level: bool = False
    buffer_gradient: bool = False
    large_background: bool = False
    running_from_both: bool = False
    large_class_factor: float = 0.0
    alignment: str = "ot"          # ot-debiased, l2, kl
    epsilon: float = 0.1
    iterations: int = 10
    roi_offset: bool = True        # RoIAlign's half pixel
    through: bool = False          # Sinkhorn's gradient passes the iterations

    def stride(self, level):
        return 2**level * (4 if self.backbone == "vgg" else 1)


@dataclass
class Network:
    """Parameters and buffers by name. `live` is training: norms use the batch's statistics, update the running ones."""
    settings: Settings
    parameters: dict
    buffers: dict
    class_buffer: ClassBuffer = None
    live: bool = True

    def conv(self, x, name, stride=1, padding=0, dilation=1):
        weight, bias = self.parameters[f"{name}.weight"], self.parameters.get(f"{name}.bias")
        return F.conv2d(x, weight, bias, stride, padding, dilation)

    def linear(self, x, name):
        return F.linear(x, self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"])

    def norm(self, x, name, moves_running=True):
        mean, variance = self.buffers[f"{name}.running_mean"], self.buffers[f"{name}.running_var"]
        live = self.live and x.numel() // x.shape[1] > 1
        if live and not moves_running:
            mean, variance = mean.clone(), variance.clone()
        weight, bias = self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]
        return F.batch_norm(x, mean, variance, weight, bias, training=live, momentum=0.1, eps=1e-5)


@dataclass
class Sample:
    """What was drawn for a step: a label for each anchor (1, 0, -1 not used), and each image's regions with their class
    and target box (arbitrary for background)."""
    anchor_labels: list
    regions: list
    labels: list
    targets: list


@dataclass
class Outcome:
    """Losses by name, and other values to compare."""
    losses: dict
    values: dict = field(default_factory=dict)


# Proposals (6.5)

def rpn_head(net, maps):
    """Logits (N x anchors) and deltas (N x anchors x 4) of all levels, and each level's number of anchors."""
    logits, deltas = [], []
    for x in maps:
        y = F.relu(net.conv(x, "rpn.head.conv.0.0", 1, 1))
        images = len(x)
        logits.append(net.conv(y, "rpn.head.cls_logits").permute(0, 2, 3, 1).reshape(images, -1))
        deltas.append(net.conv(y, "rpn.head.bbox_pred").permute(0, 2, 3, 1).reshape(images, -1, 4))
    return torch.cat(logits, 1), torch.cat(deltas, 1), [level.shape[1] for level in logits]


def proposals(net, anchors, logits, deltas, counts, size):
    """One image's proposals and their logits, best first. `size` is the unpadded height and width."""
    logits, deltas = logits.detach(), deltas.detach()
    found, scores, start = [], [], 0
    for count in counts:
        level = slice(start, start + count)
        start += count
        best = torch.argsort(logits[level], descending=True, stable=True)[: net.settings.candidates]
        decoded = rules.decode(anchors[level][best], deltas[level][best], rules.FIRST_STAGE)
        decoded, score = rules.clip(decoded, *size), logits[level][best]
        large = ((decoded[:, 2:] - decoded[:, :2]) >= 1e-3).all(1)
        decoded, score = decoded[large], score[large]
        kept = rules.nms(decoded, score, 0.7)
        found.append(decoded[kept])
        scores.append(score[kept])
    found, scores = torch.cat(found), torch.cat(scores)
    best = torch.argsort(scores, descending=True, stable=True)[: net.settings.proposals]
    return found[best], scores[best]


def rpn_losses(anchors, logits, deltas, labels, objects):
    """Binary cross-entropy over the batch's samples, and smooth L1 over positives divided by the number of samples."""
    labels = torch.stack(labels)
    sampled = labels >= 0
    objectness = F.binary_cross_entropy_with_logits(logits[sampled], labels[sampled].double())
    box = deltas.sum() * 0
    for image, boxes in enumerate(objects):
        positive = labels[image] == 1
        if positive.any():
            _, matched = rules.match_anchors(anchors, boxes)
            target = rules.encode(anchors[positive], boxes[matched[positive]], rules.FIRST_STAGE)
            box = box + F.smooth_l1_loss(deltas[image][positive], target, beta=1 / 9, reduction="sum")
    return objectness, box / sampled.sum()


# Regions to features

def pool(net, maps, regions, images, levels, side, samples):
    """RoIAlign of each region from the map of its level: R x C x side x side."""
    channels = next(iter(maps.values())).shape[1]
    output = torch.zeros(len(regions), channels, side, side)
    for level, value in maps.items():
        rows = (levels == level).nonzero()[:, 0]
        if len(rows):
            boxes = torch.cat([images[rows, None].double(), regions[rows]], 1)
            pooled = torchvision.ops.roi_align(value, boxes, (side, side), 1 / net.settings.stride(level), samples,
                                               net.settings.roi_offset)
            output = output.index_put((rows,), pooled)
    return output


# The intertwiner (3.1, tables 6 and 7)

def each_level(net, x, levels, name, layer):
    """layer(rows, name). The levels share the layer, or each level has its own, "name.level"."""
    if not net.settings.layers_per_level:
        return layer(x, name)
    output = None
    for level in (2, 3, 4, 5):
        rows = (levels == level).nonzero()[:, 0]
        if len(rows):
            y = layer(x[rows], f"{name}.{level}")
            output = x.new_zeros(len(x), *y.shape[1:]) if output is None else output
            output = output.index_put((rows,), y)
    return output


def make_up(net, x, levels):
    def layer(rows, name):
        return F.relu(net.norm(net.conv(rows, f"{name}.conv", 1, 1), f"{name}.norm"))

    return each_level(net, x, levels, "intertwiner.make_up", layer)


def critic_raw(net, x, levels, moves_running=True):
    """Table 7 up to its last ReLU: R x features."""
    def layer(rows, name):
        y = net.conv(rows, f"{name}.conv1", 2, 1)
        y = F.relu(net.norm(y, f"{name}.norm1", moves_running))
        for number in range(2, net.settings.critic_convolutions + 1):
            y = net.conv(y, f"{name}.conv{number}")
            y = F.relu(net.norm(y, f"{name}.norm{number}", moves_running))
        return y.flatten(1)

    return each_level(net, x, levels, "intertwiner.critic", layer)


def squash(net, raw):
    return F.softmax(raw, 1) if net.settings.loss.startswith("kl") else torch.sigmoid(raw)


def upsample(net, x, level, size):
    """F_l: the map of level l+1 at the size of level l."""
    name = f"intertwiner.upsample.{level}"
    weight, bias = net.parameters[f"{name}.conv.weight"], net.parameters[f"{name}.conv.bias"]
    y = F.conv_transpose2d(x, weight, bias, stride=2, padding=1, output_padding=1)
    return F.relu(net.norm(y, f"{name}.norm"))[:, :, : size[0], : size[1]]


def ot_critic(net, x, level):
    """H_l: N x C x 64."""
    for layer in (1, 2):
        name = f"intertwiner.ot_critic.{level}"
        x = F.relu(net.norm(net.conv(x, f"{name}.conv{layer}", 2, 1), f"{name}.norm{layer}"))
    return F.adaptive_avg_pool2d(x, 8).flatten(2)


def upsampled_maps(net, maps):
    """P_{m|l} by (m, l): F_l is called once for each m, lower m first. Gradient flows only through P_{l+1|l}, unless
    the large set has a gradient."""
    found = {}
    for level in (4, 3, 2):
        for m in range(level + 1, 6):
            below, size = maps[m] if m == level + 1 else found[m, level + 1], maps[level].shape[2:]
            if m > level + 1 and not large_gradient(net.settings):
                below = below.detach()
            if net.settings.large_source == "bilinear":
                found[m, level] = F.interpolate(below, size=tuple(size), mode="bilinear", align_corners=False)
            else:
                found[m, level] = upsample(net, below, level, size)
    return found


def large_gradient(settings):
    return settings.buffer_gradient or settings.large_class_factor > 0


@dataclass
class LargeSet:
    """The regions of all levels' large sets, in the order level l, m, region."""
    raw: torch.Tensor
    features: torch.Tensor
    labels: torch.Tensor
    sets: torch.Tensor  # the level l of the large set


def large_set(net, maps, upsampled, regions, images, levels, labels):
    settings, pooled, classes, sets = net.settings, [], [], []
    for level in (2, 3, 4):
        for m in range(level + 1, 6):
            rows = ((levels == m) & ((labels > 0) | settings.large_background)).nonzero()[:, 0]
            if len(rows) == 0:
                continue
            source = maps if settings.large_source in ("higher", "same") else {level: upsampled[m, level]}
            source_levels = torch.full((len(rows),), m if settings.large_source == "higher" else level)
            pooled.append(pool(net, source, regions[rows], images[rows], source_levels, 14, 1))
            classes.append(labels[rows])
            sets.append(torch.full((len(rows),), level))
    if not pooled:
        none, nobody = torch.zeros(0, settings.head_features), torch.zeros(0, dtype=torch.long)
        return LargeSet(none, none, nobody, nobody)
    with torch.set_grad_enabled(large_gradient(settings)):
        raw = critic_raw(net, torch.cat(pooled), torch.cat(sets), moves_running=settings.running_from_both)
        return LargeSet(raw, squash(net, raw), torch.cat(classes), torch.cat(sets))


def buffer_rows(settings, labels, levels):
    """The buffer's row of each region: one buffer, or one after another for levels 2, 3, 4."""
    rows = labels.clone()
    if settings.buffers_per_level:
        rows = rows + torch.where(levels == 5, torch.zeros_like(levels), levels - 2) * settings.classes
    rows[labels == 0] = -1
    if not settings.compare_last_level:
        rows[levels == 5] = -1
    return rows


def alignment_of(net, own, other, level):
    """The distance between P_l and P_{l+1|l} by the alignment in the settings."""
    settings = net.settings
    if settings.alignment == "l2":
        return F.mse_loss(own, other)
    if settings.alignment == "kl":
        f, b = F.softmax(own, 1), F.softmax(other, 1)
        return (b * torch.log(b / f)).sum(1).mean()
    function = sinkhorn.debiased if settings.alignment == "ot-debiased" else sinkhorn.divergence
    return function(ot_critic(net, own, level), ot_critic(net, other, level), settings.epsilon, settings.iterations,
                    settings.through)


# The head

def head(net, pooled, critic_features):
    """Class logits (R x classes) and deltas (R x classes x 4) from R x C x 7 x 7."""
    def activated(x, name):
        y = net.linear(x, f"roi_heads.box_head.{name}")
        return F.relu(net.norm(y, f"roi_heads.box_head.{name}_norm") if net.settings.head_norm else y)

    d = activated(pooled.permute(0, 2, 3, 1).flatten(1), "fc6")
    if critic_features is not None and net.settings.merge != "separate":
        d = d + critic_features if net.settings.merge == "naive" else 0.5 * d + 0.5 * critic_features
    d = activated(d, "fc7")
    logits = net.linear(d, "roi_heads.box_predictor.cls_score")
    return logits, net.linear(d, "roi_heads.box_predictor.bbox_pred").reshape(len(d), -1, 4)


def second_stage(net, maps, regions, images):
    """Level, critic features (None with the intertwiner off), logits and deltas of each region."""
    levels = rules.level_of_region(regions, net.settings.level_base)
    if not net.settings.intertwiner:
        return levels, None, *head(net, pool(net, maps, regions, images, levels, 7, 2), None)
    pooled = pool(net, maps, regions, images, levels, 14, 1)
    made_up = make_up(net, pooled, levels)
    features = None if net.settings.parts == "make-up" else squash(net, critic_raw(net, made_up, levels))
    read = made_up if net.settings.head_input == "make-up" else pooled
    return levels, features, *head(net, F.avg_pool2d(read, 2), features)


def features_of(net, images):
    """Maps P2..P5 by level, anchors, and the RPN's output."""
    maps = levels_of(net, images)
    all_maps = list(maps[level] for level in (2, 3, 4, 5)) + [maps[5][:, :, ::2, ::2]]
    padded = images.shape[2:]
    sizes = [tuple(value.shape[2:]) for value in all_maps]
    anchors = rules.anchors_of_levels(padded, sizes, net.settings.anchor_sizes, net.settings.anchor_ratios)
    return maps, anchors, *rpn_head(net, all_maps)


def training_losses(net, images, objects, sample):
    """The losses of one step (eq. 5). `objects` holds each image's boxes."""
    maps, anchors, logits, deltas, _ = features_of(net, images)
    objectness, rpn_box = rpn_losses(anchors, logits, deltas, sample.anchor_labels, objects)

    regions, labels = torch.cat(sample.regions), torch.cat(sample.labels)
    image_of = torch.cat([torch.full((len(rows),), image) for image, rows in enumerate(sample.regions)])
    levels, features, class_logits, class_deltas = second_stage(net, maps, regions, image_of)
    foreground = labels.nonzero()[:, 0]
    target = rules.encode(regions[foreground], torch.cat(sample.targets)[foreground], rules.SECOND_STAGE)
    own_deltas = class_deltas[foreground, labels[foreground]]
    losses = {
        "rpn_objectness": objectness,
        "rpn_box": rpn_box,
        "class": F.cross_entropy(class_logits, labels),
        "box": F.smooth_l1_loss(own_deltas, target, beta=1 / 9, reduction="sum") / len(regions),
    }
    values = {"class_logits": class_logits, "class_deltas": class_deltas}
    if net.settings.intertwiner and net.settings.parts == "all":
        add_intertwiner(net, losses, values, maps, (regions, image_of, levels, labels), features)
    return Outcome(losses, values)


def add_intertwiner(net, losses, values, maps, where, features):
    """Adds the losses of 3.2 and 3.3. `where`: regions, their image, level and label; `features`: the critic's."""
    settings, (_, _, levels, labels) = net.settings, where
    has_maps = settings.large_source in ("bilinear", "network", "aligned")
    upsampled = upsampled_maps(net, maps) if has_maps else None
    large = large_set(net, maps, upsampled, *where)
    net.class_buffer.add(large.features, buffer_rows(settings, large.labels, large.sets))
    losses["intertwiner"] = net.class_buffer.loss(features, buffer_rows(settings, labels, levels))
    values |= {"critic_features": features, "large_features": large.features, "large_labels": large.labels}
    if settings.large_class_factor > 0:
        foreground = large.labels > 0
        logits = net.linear(large.raw[foreground], "intertwiner.large_classes")
        losses["large_class"] = F.cross_entropy(logits, large.labels[foreground])
    if settings.large_source == "aligned":
        losses["alignment"] = sum(alignment_of(net, maps[level], upsampled[level + 1, level], level)
                                  for level in (2, 3, 4))


def detect(net, images, sizes, ratios, score=0.05, threshold=0.3, max_count=20):
    """Boxes, scores and classes of each image. `sizes` are unpadded; `ratios` (y, x) are the factors of resizing."""
    maps, anchors, logits, deltas, counts = features_of(net, images)
    found = [proposals(net, anchors, logits[i], deltas[i], counts, sizes[i])[0] for i in range(len(images))]
    image_of = torch.cat([torch.full((len(rows),), image) for image, rows in enumerate(found)])
    _, _, class_logits, class_deltas = second_stage(net, maps, torch.cat(found), image_of)
    probabilities = F.softmax(class_logits, 1)
    detections = []
    for image, rows in enumerate(found):
        in_image = image_of == image
        decoded = rules.decode(rows[:, None], class_deltas[in_image], rules.SECOND_STAGE)[:, 1:]
        decoded = rules.clip(decoded, *sizes[image])
        scores = probabilities[in_image, 1:]
        classes = torch.arange(1, net.settings.classes).expand(len(rows), -1)
        decoded, scores, classes = decoded.reshape(-1, 4), scores.reshape(-1), classes.reshape(-1)
        good = (scores > score) & ((decoded[:, 2:] - decoded[:, :2]) >= 1e-2).all(1)
        decoded, scores, classes = decoded[good], scores[good], classes[good]
        kept = []
        for label in range(1, net.settings.classes):
            of_class = (classes == label).nonzero()[:, 0]
            kept.append(of_class[rules.nms(decoded[of_class], scores[of_class], threshold)])
        kept = torch.cat(kept)
        kept = kept[torch.argsort(scores[kept], descending=True, stable=True)][:max_count]
        ratio = torch.tensor([ratios[image][1], ratios[image][0]] * 2)
        detections.append((decoded[kept] / ratio, scores[kept], classes[kept]))
    return detections, found
