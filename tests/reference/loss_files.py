"""Golden files of the losses, the class buffer, Sinkhorn, the optimiser, and an image on its way into the network."""
import math
from fractions import Fraction

import torch
import torch.nn.functional as F

import sinkhorn as ot
from golden_file import Golden, leaf


def losses():
    golden = Golden("losses", seed=301)
    logits = leaf(golden.normal(7, 5) * 3)
    labels = golden.integers(7, high=5)
    loss = F.cross_entropy(logits, labels)  # mean over samples
    golden.put("cross_entropy.logits", logits)
    golden.put("cross_entropy.labels", labels)
    golden.put("cross_entropy.loss", loss)
    golden.put("cross_entropy.dlogits", torch.autograd.grad(loss, logits)[0])
    golden.put("softmax", F.softmax(logits, 1))

    logits = leaf(golden.normal(3, 11) * 4)
    logits.data[0, :2] = torch.tensor([60.0, -60.0])
    labels = golden.integers(3, 11, low=-1)  # 1, 0, and -1: not sampled
    labels[0, :2] = torch.tensor([0, 1])
    sampled = labels >= 0
    loss = F.binary_cross_entropy_with_logits(logits[sampled], labels[sampled].double())  # mean over the sampled
    golden.put("binary_cross_entropy.logits", logits)
    golden.put("binary_cross_entropy.labels", labels)
    golden.put("binary_cross_entropy.loss", loss)
    golden.put("binary_cross_entropy.dlogits", torch.autograd.grad(loss, logits)[0])

    prediction, target = leaf(golden.normal(6, 4) * 0.3), golden.normal(6, 4) * 0.3
    target[0] = prediction.detach()[0] + torch.tensor([0.05, -0.05, 0.11, -0.12])
    loss = F.smooth_l1_loss(prediction, target, beta=1 / 9, reduction="sum")
    golden.put("smooth_l1.prediction", prediction)
    golden.put("smooth_l1.target", target)
    golden.put("smooth_l1.loss", loss)  # the sum; beta 1/9
    golden.put("smooth_l1.dprediction", torch.autograd.grad(loss, prediction)[0])

    # The second stage's box loss: deltas of the true class alone, foreground alone, over the number of samples.
    deltas, labels = leaf(golden.normal(8, 4, 4)), torch.tensor([0, 2, 1, 0, 3, 3, 0, 1])
    targets = golden.normal(8, 4)
    foreground = labels.nonzero()[:, 0]
    chosen = deltas[foreground, labels[foreground]]
    loss = F.smooth_l1_loss(chosen, targets[foreground], beta=1 / 9, reduction="sum") / len(labels)
    golden.put("region_box.deltas", deltas)  # region, class, 4
    golden.put("region_box.labels", labels)
    golden.put("region_box.targets", targets)
    golden.put("region_box.loss", loss)
    golden.put("region_box.ddeltas", torch.autograd.grad(loss, deltas)[0])
    return golden


def sinkhorn():
    golden = Golden("sinkhorn", seed=302)
    for name, epsilon, debiased in [("default", 0.1, False), ("zero_channel", 0.1, False),
                                    ("small_epsilon", 0.001, False), ("debiased", 0.1, True)]:
        x, y = golden.normal(2, 6, 16).abs(), golden.normal(2, 6, 16).abs()
        x[0, :3] *= golden.uniform(16) * 3
        if name == "zero_channel":
            x[0, 2], y[1, 4], x[1, 0], y[1, 0] = 0, 0, 0, 0
        x, y = leaf(x), leaf(y)
        cost = ot.cosine_distance(x, y)
        plan = ot.coupling(cost, epsilon, 10)
        if name != "small_epsilon":
            assert torch.allclose(plan, ot.coupling_as_printed(cost, epsilon, 10), rtol=1e-11)
        function = ot.debiased if debiased else ot.divergence
        held = function(x, y, epsilon)
        through = function(x, y, epsilon, through=True)
        golden.put(f"{name}.epsilon", epsilon)
        golden.put(f"{name}.x", x)
        golden.put(f"{name}.y", y)
        golden.put(f"{name}.cost", cost)
        golden.put(f"{name}.plan", plan)
        golden.put(f"{name}.loss", held)  # the mean over the two images
        for kind, loss in [("held", held), ("through", through)]:
            dx, dy = torch.autograd.grad(loss, [x, y])
            golden.put(f"{name}.dx_{kind}", dx)
            golden.put(f"{name}.dy_{kind}", dy)
    return golden


class ClassBuffer:
    """Sum and count of each class's large members (eq. 2), class 0 (background) included as a row that stays zero."""

    def __init__(self, classes, features):
        self.sum, self.count = torch.zeros(classes, features), torch.zeros(classes)

    def add(self, features, labels):
        for feature, label in zip(features.detach(), labels.tolist()):
            if label > 0:
                self.sum[label] += feature
                self.count[label] += 1

    def loss(self, features, labels):
        """l2 between small members and their class's representative: one mean over members; 0 where there is none."""
        members = (labels > 0) & (self.count[labels] > 0)
        if not members.any():
            return features.sum() * 0
        chosen = labels[members]
        return (features[members] - self.sum[chosen] / self.count[chosen, None]).pow(2).mean()


def class_buffer():
    golden = Golden("class_buffer", seed=303)
    buffer = ClassBuffer(5, 6)
    large_labels = [torch.tensor([0, 0]), torch.tensor([2, 2, 0, 1, 2]), torch.tensor([3, 1, 1])]
    small_labels = torch.tensor([1, 0, 2, 4, 3, 2, 1])  # class 4 never has a representative
    for iteration, labels in enumerate(large_labels):
        large, small = golden.uniform(len(labels), 6, low=0.5), leaf(golden.uniform(7, 6, low=0.5))
        buffer.add(large, labels)  # this step's members enter before the loss is taken
        loss = buffer.loss(small, small_labels)
        golden.put(f"step{iteration}.large", large)
        golden.put(f"step{iteration}.large_labels", labels)
        golden.put(f"step{iteration}.small", small)
        golden.put(f"step{iteration}.small_labels", small_labels)
        golden.put(f"step{iteration}.sum", buffer.sum)
        golden.put(f"step{iteration}.count", buffer.count)
        golden.put(f"step{iteration}.loss", loss)
        golden.put(f"step{iteration}.dsmall", torch.autograd.grad(loss, small)[0])
    return golden


def updates(name, seed, optimizer_class, options, moments):
    """Five steps of torch's own clipping and update; the rate drops before the fourth. Only `weight` decays."""
    golden = Golden(name, seed=seed)
    shapes = {"weight": (3, 4), "bias": (3,), "norm": (5,)}
    parameters = {name: torch.nn.Parameter(golden.normal(*shape)) for name, shape in shapes.items()}
    others = [parameters["bias"], parameters["norm"]]
    optimizer = optimizer_class([{"params": [parameters["weight"]], "weight_decay": 0.1},
                                 {"params": others, "weight_decay": 0.0}], lr=0.05, **options)
    golden.put("options", torch.tensor([0.9, 0.1, 5.0]))  # momentum, weight decay, greatest norm
    for name, value in parameters.items():
        golden.put(f"start.{name}", value)
    for step, scale in enumerate([0.3, 4.0, 1.0, 9.0, 0.1]):
        rate = 0.05 if step < 3 else 0.005
        for group in optimizer.param_groups:
            group["lr"] = rate
        for name, value in parameters.items():
            value.grad = golden.normal(*value.shape) * scale
            golden.put(f"step{step}.gradient.{name}", value.grad)
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), 5.0)
        optimizer.step()
        golden.put(f"step{step}.rate", rate)
        golden.put(f"step{step}.gradient_norm", norm)
        for name, value in parameters.items():
            golden.put(f"step{step}.{name}", value)
            for moment, torchs_name in moments.items():
                golden.put(f"step{step}.{moment}.{name}", optimizer.state[value][torchs_name])
    return golden


def sgd():
    return updates("sgd", 304, torch.optim.SGD, {"momentum": 0.9}, {"momentum": "momentum_buffer"})


def adamw():
    return updates("adamw", 310, torch.optim.AdamW, {"betas": (0.9, 0.999)},
                   {"momentum": "exp_avg", "squares": "exp_avg_sq"})


def resized_sides(height, width, scale):
    """floor(side * scale), in fractions: a side that the scale is made from comes out exact."""
    return math.floor(height * scale), math.floor(width * scale)


def image_input():
    golden = Golden("image_input", seed=305)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    picture = golden.integers(13, 17, 3, high=256).to(torch.uint8)
    objects = torch.tensor([[1.0, 2, 9, 11], [0.5, 0, 17, 13], [3.25, 4, 4, 6.5]])
    golden.put("image", picture)  # height x width x RGB
    golden.put("boxes", objects)
    x = ((picture.double() / 255 - mean) / deviation).permute(2, 0, 1)[None]
    for name, side, antialias in [("smaller", 12, False), ("smaller_antialiased", 12, True), ("larger", 20, False),
                                  ("same", 17, False)]:
        height, width = resized_sides(13, 17, Fraction(side, 17))
        y = F.interpolate(x, size=(height, width), mode="bilinear", align_corners=False, antialias=antialias)
        golden.put(f"{name}.image_size", side)
        golden.put(f"{name}.sides", [height, width])
        golden.put_images(f"{name}.y", F.pad(y, (0, side - width, 0, side - height)))
        ratio = torch.tensor([width / 17, height / 13] * 2)
        golden.put(f"{name}.boxes", objects * ratio)
    # short side and long side: rows of height, width, short, long -> resized height, width
    rows, resized = [], []
    for height, width, short, long in [(480, 640, 800, 1024), (640, 480, 800, 1024), (500, 375, 800, 1024),
                                       (333, 1000, 800, 1024), (768, 1024, 800, 1024), (427, 640, 512, 700)]:
        rows.append([height, width, short, long])
        scale = min(Fraction(short, min(height, width)), Fraction(long, max(height, width)))
        resized.append(list(resized_sides(height, width, scale)))
    golden.put("short_long", rows)
    golden.put("short_long.sides", resized)
    return golden


def pieces():
    return [losses(), sinkhorn(), class_buffer(), sgd(), adamw(), image_input()]
