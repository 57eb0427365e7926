"""Golden files of whole networks: a bottleneck backbone, F with a crop, and training steps and detection of Faster
R-CNN, of the intertwiner with source `higher`, and of the intertwiner with F, H and optimal transport."""
from dataclasses import dataclass

import torch

import backbones
import boxes as rules
import formula
import internet
from golden_file import Golden, gradients, leaf
from internet import Network, Sample, Settings
from loss_files import ClassBuffer

CONFIGURATIONS = {
    "faster_rcnn": Settings(intertwiner=False, head_norm=False),
    "higher": Settings(),
    "aligned": Settings(large_source="aligned"),
}


class Maker:
    """Parameters and buffers by name, their values by formula."""

    def __init__(self):
        self.parameters, self.buffers = {}, {}

    def conv(self, name, outputs, inputs, side, bias=True, transposed=False):
        rows, columns = (inputs, outputs) if transposed else (outputs, inputs)
        weight = formula.values(f"{name}.weight", rows, side, side, columns).permute(0, 3, 1, 2)
        self.parameters[f"{name}.weight"] = leaf(weight.contiguous())
        if bias:
            self.parameters[f"{name}.bias"] = leaf(formula.values(f"{name}.bias", outputs))

    def linear(self, name, outputs, inputs):
        self.parameters[f"{name}.weight"] = leaf(formula.values(f"{name}.weight", outputs, inputs))
        self.parameters[f"{name}.bias"] = leaf(formula.values(f"{name}.bias", outputs))

    def norm(self, name, channels):
        for part in ("weight", "bias"):
            self.parameters[f"{name}.{part}"] = leaf(formula.values(f"{name}.{part}", channels))
        for part in ("running_mean", "running_var"):
            self.buffers[f"{name}.{part}"] = formula.values(f"{name}.{part}", channels)

    def resnet(self, settings, expansion):
        """Expansion 1: basic blocks; 4: bottlenecks."""
        self.conv("backbone.body.conv1", settings.width, 3, 7, bias=False)
        self.norm("backbone.body.bn1", settings.width)
        inputs, outputs = settings.width, []
        for stage, count in enumerate(settings.blocks, 1):
            width = settings.width * 2 ** (stage - 1)
            for index in range(count):
                name = f"backbone.body.layer{stage}.{index}"
                shapes = [(width, inputs, 3), (width, width, 3)]
                if expansion > 1:
                    shapes = [(width, inputs, 1), (width, width, 3), (width * expansion, width, 1)]
                for number, shape in enumerate(shapes, 1):
                    self.conv(f"{name}.conv{number}", *shape, bias=False)
                    self.norm(f"{name}.bn{number}", shape[0])
                if index == 0 and (stage > 1 or inputs != width * expansion):
                    self.conv(f"{name}.downsample.0", width * expansion, inputs, 1, bias=False)
                    self.norm(f"{name}.downsample.1", width * expansion)
                inputs = width * expansion
            outputs.append(inputs)
        return outputs

    def detector(self, settings):
        """Every parameter of the three configurations: a configuration uses those that it has."""
        channels, features = settings.channels, settings.head_features
        for index, inputs in enumerate(self.resnet(settings, 1)):
            self.conv(f"backbone.fpn.inner_blocks.{index}.0", channels, inputs, 1)
            self.conv(f"backbone.fpn.layer_blocks.{index}.0", channels, channels, 3)
        self.conv("rpn.head.conv.0.0", channels, channels, 3)
        self.conv("rpn.head.cls_logits", len(settings.anchor_ratios), channels, 1)
        self.conv("rpn.head.bbox_pred", 4 * len(settings.anchor_ratios), channels, 1)
        self.linear("roi_heads.box_head.fc6", features, channels * 49)
        self.linear("roi_heads.box_head.fc7", features, features)
        self.norm("roi_heads.box_head.fc6_norm", features)
        self.norm("roi_heads.box_head.fc7_norm", features)
        self.linear("roi_heads.box_predictor.cls_score", settings.classes, features)
        self.linear("roi_heads.box_predictor.bbox_pred", 4 * settings.classes, features)
        self.conv("intertwiner.make_up.conv", channels, channels, 3)
        self.norm("intertwiner.make_up.norm", channels)
        self.conv("intertwiner.critic.conv1", settings.critic_features, channels, 3)
        self.norm("intertwiner.critic.norm1", settings.critic_features)
        self.conv("intertwiner.critic.conv2", features, settings.critic_features, 7)
        self.norm("intertwiner.critic.norm2", features)
        for level in (2, 3, 4):
            self.conv(f"intertwiner.upsample.{level}.conv", channels, channels, 3, transposed=True)
            self.norm(f"intertwiner.upsample.{level}.norm", channels)
            for layer in (1, 2):
                self.conv(f"intertwiner.ot_critic.{level}.conv{layer}", channels, channels, 3)
                self.norm(f"intertwiner.ot_critic.{level}.norm{layer}", channels)


def put_named(golden, prefix, tensors):
    for name, value in tensors.items():
        golden.put(prefix + name, value.permute(0, 2, 3, 1) if value.dim() == 4 else value)


def used_by(settings, name):
    """Whether a configuration has a parameter or buffer."""
    if name.startswith(("intertwiner.upsample", "intertwiner.ot_critic")):
        return settings.large_source == "aligned"
    if name.startswith("intertwiner"):
        return settings.intertwiner
    return settings.head_norm or "fc6_norm" not in name and "fc7_norm" not in name


def backbone_bottleneck():
    """Bottlenecks, blocks 1, 2, 1, 1, width 1: x -> c2..c5, and the gradients of the sum of c * dc."""
    golden = Golden("backbone_bottleneck", seed=401)
    settings = Settings(width=1)
    maker = Maker()
    maker.resnet(settings, 4)
    net = Network(settings, maker.parameters, {name: value.clone() for name, value in maker.buffers.items()})
    x = leaf(golden.normal(2, 3, 20, 34))
    golden.put_images("x", x)
    maps = backbones.resnet(net, x, backbones.bottleneck)
    upstream = [golden.normal(*value.shape) for value in maps]
    for index, value in enumerate(maps, 2):
        golden.put_images(f"c{index}", value)
        golden.put_images(f"dc{index}", upstream[index - 2])
    total = sum((value * dy).sum() for value, dy in zip(maps, upstream))
    dx, *rest = torch.autograd.grad(total, [x, *maker.parameters.values()])
    golden.put_images("dx", dx)
    put_named(golden, "gradient.", dict(zip(maker.parameters, rest)))
    put_named(golden, "after.", net.buffers)
    return golden


def upsample():
    """F_2 to an even and to an odd size: cropped after norm and ReLU."""
    golden = Golden("upsample", seed=402)
    for name, size in [("even", (6, 8)), ("odd", (5, 7))]:
        maker = Maker()
        maker.conv("intertwiner.upsample.2.conv", 3, 3, 3, transposed=True)
        maker.norm("intertwiner.upsample.2.norm", 3)
        net = Network(Settings(), maker.parameters, {key: value.clone() for key, value in maker.buffers.items()})
        x = leaf(golden.normal(2, 3, 3, 4))
        y = internet.upsample(net, x, 2, size)
        dy = golden.normal(*y.shape)
        dx, *rest = gradients(y, dy, x, *maker.parameters.values())
        for key, value in {"x": x, "y": y, "dy": dy, "dx": dx}.items():
            golden.put_images(f"{name}.{key}", value)
        put_named(golden, f"{name}.gradient.", dict(zip(maker.parameters, rest)))
        put_named(golden, f"{name}.after.", net.buffers)
    return golden


SIZES = [(64, 90), (56, 96)]           # height, width before padding to 64 x 96
RATIOS = [(0.5, 0.45), (1.0, 0.75)]    # by which each axis was resized: detections are divided by them
BOXES = [torch.tensor([[5.0, 8, 14, 16], [30, 10, 52, 34], [40, 6, 86, 60]], dtype=torch.float64),
         torch.tensor([[10.0, 20, 22, 31], [60, 5, 90, 45], [70.5, 47, 78, 54.5]], dtype=torch.float64)]
CLASSES = [torch.tensor([1, 2, 3]), torch.tensor([1, 2, 4])]  # class 4 lives on level 2 alone: never a representative


def draw(golden, anchors, found, sizes=SIZES):
    """A sample of each kind. To have foreground beside the ground truth itself, candidates near it are added."""
    sample = Sample([], [], [], [])
    for image, (truth, classes) in enumerate(zip(BOXES, CLASSES)):
        labels, _ = rules.match_anchors(anchors, truth)
        used = torch.full_like(labels, -1)
        positive, negative = (labels == 1).nonzero()[:, 0], (labels == 0).nonzero()[:, 0]
        positive = positive[torch.randperm(len(positive), generator=golden.generator)][:16]
        negative = negative[torch.randperm(len(negative), generator=golden.generator)][: 32 - len(positive)]
        used[positive], used[negative] = 1, 0
        sample.anchor_labels.append(used)

        sides = (truth[:, 2:] - truth[:, :2]).repeat(1, 2)
        near = rules.clip(truth + golden.uniform(len(truth), 4, low=-0.1, high=0.1) * sides, *sizes[image])
        candidates = torch.cat([found[image], truth[:1], near])
        region_classes, matched = rules.match_regions(candidates, truth, classes)
        foreground = region_classes.nonzero()[:, 0]
        background = (region_classes == 0).nonzero()[:, 0]
        foreground = foreground[torch.randperm(len(foreground), generator=golden.generator)][:4]
        count = 12 if image == 0 else 10  # the second image has fewer candidates than places
        background = background[torch.randperm(len(background), generator=golden.generator)][: count - len(foreground)]
        chosen = torch.cat([foreground, background])
        sample.regions.append(candidates[chosen])
        sample.labels.append(region_classes[chosen])
        sample.targets.append(truth[matched[chosen]])
    return sample


def padded(rows, places):
    """Rows of each image, filled up with zeros to the same number of places."""
    return torch.stack([torch.cat([value, value.new_zeros(places - len(value), *value.shape[1:])]) for value in rows])


@dataclass
class Given:
    """What the steps of all configurations share."""
    maker: Maker
    history: ClassBuffer
    images: torch.Tensor
    sample: Sample


def steps():
    golden = Golden("step_input", seed=403)
    pictures = formula.pictures(2, 64, 96, 3)
    for image, (height, width) in enumerate(SIZES):
        pictures[image, height:], pictures[image, :, width:] = 128, 128
    images = ((pictures.double() - 128) / 64).permute(0, 3, 1, 2)
    maker = Maker()
    settings = Settings()
    maker.detector(settings)
    history = ClassBuffer(settings.classes, settings.head_features)
    for label, count in [(1, 2), (3, 3)]:
        history.add(golden.uniform(count, settings.head_features, low=0.5), torch.full((count,), label))

    golden.put("sizes", [list(size) for size in SIZES])
    golden.put("ratios", torch.tensor(RATIOS))
    for image in range(2):
        golden.put(f"image{image}.boxes", BOXES[image])
        golden.put(f"image{image}.labels", CLASSES[image])
    golden.put("intertwiner.buffer.sum", history.sum)
    golden.put("intertwiner.buffer.count", history.count)

    given = Given(maker, history, images, common_ground(golden, maker, history, images))
    return given, [golden] + [one_configuration(name, configuration, given)
                              for name, configuration in CONFIGURATIONS.items()]


def common_ground(golden, maker, history, images):
    """What does not depend on the configuration: maps, proposals, and the sample that every configuration is given."""
    with torch.no_grad():
        net = fresh(Settings(), maker, history)  # of its own, since a pass moves the running statistics
        maps, anchors, logits, deltas, counts = internet.features_of(net, images)
        found = [internet.proposals(net, anchors, logits[i], deltas[i], counts, SIZES[i]) for i in range(2)]
    sample = draw(golden, anchors, [rows for rows, _ in found])
    for level in (3, 4, 5):
        golden.put_images(f"p{level}", maps[level])
    golden.put("rpn_logits", logits)
    golden.put("proposals", padded([rows for rows, _ in found], net.settings.proposals))
    golden.put("proposal_logits", padded([scores for _, scores in found], net.settings.proposals))
    golden.put("proposal_counts", [len(rows) for rows, _ in found])
    put_sample(golden, "", sample, anchors, net.settings)
    return sample


def put_sample(golden, prefix, sample, anchors, settings):
    golden.put(prefix + "anchor_labels", torch.stack(sample.anchor_labels))
    golden.put(prefix + "anchor_objects", torch.stack([rules.match_anchors(anchors, truth)[1] for truth in BOXES]))
    golden.put(prefix + "regions", padded(sample.regions, 12))
    golden.put(prefix + "region_labels", padded(sample.labels, 12))
    golden.put(prefix + "region_targets", padded(sample.targets, 12))
    golden.put(prefix + "region_counts", [len(rows) for rows in sample.regions])
    golden.put(prefix + "region_levels", rules.level_of_region(torch.cat(sample.regions), settings.level_base))


def fresh(configuration, maker, history):
    parameters = {key: leaf(value.detach()) for key, value in maker.parameters.items() if used_by(configuration, key)}
    buffers = {key: value.clone() for key, value in maker.buffers.items() if used_by(configuration, key)}
    buffer = ClassBuffer(configuration.classes, configuration.head_features)
    buffer.sum, buffer.count = history.sum.clone(), history.count.clone()
    return Network(configuration, parameters, buffers, buffer)


def optimizer_of(net):
    return torch.optim.SGD(
        [{"params": [value for value in net.parameters.values() if value.dim() > 1], "weight_decay": 1e-4},
         {"params": [value for value in net.parameters.values() if value.dim() == 1], "weight_decay": 0.0}],
        lr=0.01, momentum=0.9)


def one_configuration(name, configuration, given):
    golden = Golden(f"step_{name}", seed=0)  # draws nothing
    maker, history, images, sample = given.maker, given.history, given.images, given.sample

    # One step, and the losses of two more with the same sample.
    net = fresh(configuration, maker, history)
    optimizer = optimizer_of(net)
    for step in range(3):
        optimizer.zero_grad()
        outcome = internet.training_losses(net, images, BOXES, sample)
        sum(outcome.losses.values()).backward()
        for key, value in outcome.losses.items():
            golden.put(f"step{step}.loss.{key}", value)
        gradient = {key: value.grad for key, value in net.parameters.items()}
        golden.put(f"step{step}.gradient_norm",
                   torch.sqrt(sum(value.pow(2).sum() for value in gradient.values())))
        if step == 0:
            put_named(golden, "gradient.", {key: without_noise(key, value) for key, value in gradient.items()})
            put_named(golden, "after.", net.buffers)
            for key, value in outcome.values.items():
                golden.put(key, value)
        if configuration.intertwiner:
            golden.put(f"step{step}.intertwiner.buffer.sum", net.class_buffer.sum)
            golden.put(f"step{step}.intertwiner.buffer.count", net.class_buffer.count)
        torch.nn.utils.clip_grad_norm_(net.parameters.values(), 5.0)
        optimizer.step()

    # Detection by the parameters and running statistics of the beginning.
    with torch.no_grad():
        net = fresh(configuration, maker, history)
        net.live = False
        answers, found = internet.detect(net, images, SIZES, RATIOS)
    for image, (boxes, scores, classes) in enumerate(answers):
        golden.put(f"detect.image{image}.proposals", found[image])
        golden.put(f"detect.image{image}.boxes", boxes)
        golden.put(f"detect.image{image}.scores", scores)
        golden.put(f"detect.image{image}.labels", classes)
    return golden


def without_noise(name, gradient):
    """A bias before batch norm has no gradient; what rounding leaves of it is not worth keeping."""
    return torch.zeros_like(gradient) if gradient.abs().max() < 1e-13 else gradient


def pieces():
    """Golden files, and what the steps share, of which option_files makes more."""
    given, files = steps()
    return given, [backbone_bottleneck(), upsample(), *files]
