"""Golden files of what can be chosen (tables 1 and 2): distances, buffer histories, the critic's forms, alignments, and
three training steps of the narrow network under each option."""
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torchvision.ops.poolers import LevelMapper

import boxes as rules
import internet
import step_files
from buffer_history import HistoryBuffer, distance
from golden_file import Golden, gradients, leaf
from internet import Network, Settings
from step_files import BOXES, Maker, put_named


def distances():
    """Rows against rows of a table, some left out; and maps pixel by pixel. All are probabilities, as kl wants."""
    golden = Golden("distance", seed=501)
    features = F.softmax(golden.normal(7, 5) * 2, 1)
    table = F.softmax(golden.normal(4, 5) * 2, 1)
    which = torch.tensor([2, -1, 0, 2, 3, -1, 2])  # row 1 of the table is nobody's
    golden.put("features", features)
    golden.put("table", table)
    golden.put("which", which)
    own, other = F.softmax(golden.normal(2, 3, 4, 5), 1), F.softmax(golden.normal(2, 3, 4, 5), 1)
    golden.put_images("own", own)
    golden.put_images("other", other)
    for kind in ("l2", "l1", "kl", "kl-mean"):
        f, b = leaf(features), leaf(table)
        used = which >= 0
        loss = distance(kind, f[used], b[which[used]]).mean()
        df, db = torch.autograd.grad(loss, [f, b])
        golden.put(f"{kind}.loss", loss)
        golden.put(f"{kind}.df", df)
        golden.put(f"{kind}.db", db)
        x, y = leaf(own), leaf(other)
        loss = distance(kind, *(m.permute(0, 2, 3, 1).reshape(-1, 3) for m in (x, y))).mean()
        dx, dy = torch.autograd.grad(loss, [x, y])
        golden.put(f"{kind}.map_loss", loss)
        golden.put_images(f"{kind}.map_down", dx)
        golden.put_images(f"{kind}.map_dother", dy)
    x = leaf(golden.normal(4, 6) * 3)
    y = F.softmax(x, 1)
    dy = golden.normal(4, 6)
    golden.put("softmax.x", x)
    golden.put("softmax.y", y)
    golden.put("softmax.dy", dy)
    golden.put("softmax.dx", *gradients(y, dy, x))
    return golden


def buffer_histories():
    """Five iterations, one without members, of rows 1 to 3; the loss's gradient with respect to the small members and,
    in `gradient`, to the current large ones."""
    golden = Golden("buffer_history", seed=502)
    iterations = [[1, 2, 2, -1], [2, 3], [], [1, 1, 3], [3, -1]]
    small_rows = torch.tensor([1, 2, 3, -1, 2, 1])
    large = [golden.uniform(len(rows), 4, low=0.5) for rows in iterations]
    small = [golden.uniform(6, 4, low=0.5) for _ in iterations]
    for step, rows in enumerate(iterations):
        golden.put(f"large{step}", large[step])
        golden.put(f"rows{step}", torch.tensor(rows, dtype=torch.long))
        golden.put(f"small{step}", small[step])
    golden.put("small_rows", small_rows)
    cases = {
        "all": {},
        "decayed": {"kind": "decayed", "decay": 0.75},
        "window": {"kind": "window", "window": 2},
        "gradient": {"gradient": True},
        "decayed_gradient": {"kind": "decayed", "decay": 0.75, "gradient": True, "loss": "l1"},
        "window_gradient": {"kind": "window", "window": 2, "gradient": True},
    }
    for name, options in cases.items():
        buffer = HistoryBuffer(4, 4, **options)
        for step, rows in enumerate(iterations):
            members, features = leaf(large[step]), leaf(small[step])
            buffer.add(members, torch.tensor(rows, dtype=torch.long))
            loss = buffer.loss(features, small_rows)
            prefix = f"{name}.step{step}."
            golden.put(prefix + "sum", buffer.sum)
            golden.put(prefix + "count", buffer.count)
            golden.put(prefix + "loss", loss)
            golden.put(prefix + "dsmall", torch.autograd.grad(loss, features, retain_graph=True)[0])
            if options.get("gradient") and len(rows):
                golden.put(prefix + "dlarge", torch.autograd.grad(loss, members)[0])
    return golden


def critics():
    golden = Golden("critic", seed=503)
    cases = {
        "two": Settings(channels=2, critic_features=4, head_features=6),
        "third": Settings(channels=2, critic_features=4, head_features=6, critic_convolutions=3),
        "softmax": Settings(channels=2, critic_features=4, head_features=6, loss="kl"),
    }
    x = golden.normal(4, 2, 14, 14)
    dy = golden.normal(4, 6)
    golden.put_images("x", x)
    golden.put("dy", dy)
    maker = Maker()
    for number, (outputs, inputs, side) in enumerate([(4, 2, 3), (6, 4, 7), (6, 6, 1)], 1):
        maker.conv(f"intertwiner.critic.conv{number}", outputs, inputs, side)
        maker.norm(f"intertwiner.critic.norm{number}", outputs)
    for name, settings in cases.items():
        used = {key: value for key, value in maker.parameters.items()
                if settings.critic_convolutions == 3 or "3" not in key.split(".")[2]}
        net = Network(settings, used, {key: value.clone() for key, value in maker.buffers.items()})
        regions = leaf(x)
        y = internet.squash(net, internet.critic_raw(net, regions, None))
        dx, *rest = gradients(y, dy, regions, *used.values())
        golden.put(f"{name}.y", y)
        golden.put_images(f"{name}.dx", dx)
        put_named(golden, f"{name}.gradient.",
                  {key: step_files.without_noise(key, value) for key, value in zip(used, rest)})
    return golden


def alignments():
    """Two maps through H_2 and transport, or as they are; gradients of the maps and of H."""
    golden = Golden("level_alignment", seed=504)
    own, other = golden.normal(2, 3, 11, 7), golden.normal(2, 3, 11, 7)
    golden.put_images("own", own)
    golden.put_images("other", other)
    maker = Maker()
    for layer in (1, 2):
        maker.conv(f"intertwiner.ot_critic.2.conv{layer}", 3, 3, 3)
        maker.norm(f"intertwiner.ot_critic.2.norm{layer}", 3)
    cases = {
        "ot": Settings(alignment="ot"),
        "ot-debiased": Settings(alignment="ot-debiased"),
        "through": Settings(alignment="ot", through=True, iterations=3, epsilon=0.3),
        "debiased_through": Settings(alignment="ot-debiased", through=True),
        "small_epsilon": Settings(alignment="ot", epsilon=0.02, iterations=7),
        "l2": Settings(alignment="l2"),
        "kl": Settings(alignment="kl"),
    }
    for name, settings in cases.items():
        net = Network(settings, maker.parameters, {key: value.clone() for key, value in maker.buffers.items()})
        x, y = leaf(own), leaf(other)
        loss = internet.alignment_of(net, x, y, 2)
        dx, dy, *rest = torch.autograd.grad(loss, [x, y, *maker.parameters.values()], allow_unused=True)
        golden.put(f"{name}.loss", loss)
        golden.put_images(f"{name}.down", dx)
        golden.put_images(f"{name}.dother", dy)
        if rest[0] is not None:
            put_named(golden, f"{name}.gradient.",
                      {key: step_files.without_noise(key, value) for key, value in zip(maker.parameters, rest)})
    return golden


def just_below(side):
    """The next smaller float: floor's 1e-6 forgives it, the other rules do not."""
    return torch.nextafter(torch.tensor(side, dtype=torch.float32), torch.tensor(0.0, dtype=torch.float32)).item()


def level_splits():
    """Table 2a's ways to split regions among the levels, at their thresholds and elsewhere."""
    golden = Golden("level_splits", seed=506)
    rows = []
    for side in (20.0, 40.0, 80.0, 56.0, 112.0, 224.0, 448.0, 896.0):
        rows += [[0.0, 0, side, side], [0.0, 0, side, just_below(side)], [0.0, 0, side, side - 2.0**-10]]
        rows += [[0.0, 0, side, side / 2], [0.0, 0, side, just_below(side / 2)]]
    rows += [[5.0, 5, 5, 5], [0.0, 0, 4096, 4096]]
    sides = golden.uniform(30, 2, low=3, high=900).to(torch.float32).double()
    found = torch.cat([torch.tensor(rows), torch.cat([torch.zeros(30, 2), sides], 1)])
    golden.put("boxes", found)
    areas = (found[:, 2] - found[:, 0]) * (found[:, 3] - found[:, 1])
    for base in (224.0, 40.0):
        golden.put(f"round_{base:.0f}", rules.level_of_region(found, base))
        floor = torch.floor(4 + torch.log2(areas.clamp(min=1e-300).sqrt() / base) + 1e-6).clamp(2, 5).long()
        regular = LevelMapper(2, 5, int(base), 4, 1e-6)([found]) + 2
        assert torch.equal(floor, regular)
        golden.put(f"floor_{base:.0f}", floor)
    for name, strides in (("size", (4, 8, 16)), ("size_16", (16, 32, 64))):
        levels = torch.full((len(found),), 5)
        for level, stride in reversed(list(enumerate(strides, 2))):  # the first level that finds it small wins
            levels = torch.where(areas < (14 * stride) ** 2, torch.full_like(levels, level), levels)
        golden.put(name, levels)
    return golden


@dataclass
class Option:
    """What a configuration of step_options changes, from `higher`."""
    settings: Settings
    buffer: dict = field(default_factory=dict)


OPTIONS = {
    "l1": Option(Settings(loss="l1")),
    "kl": Option(Settings(loss="kl")),
    "kl_mean": Option(Settings(loss="kl-mean", merge="separate")),
    "naive": Option(Settings(merge="naive")),
    "separate": Option(Settings(merge="separate", head_input="pooled")),
    "without_last_level": Option(Settings(compare_last_level=False)),
    "decayed": Option(Settings(), {"kind": "decayed", "decay": 0.75}),
    "window": Option(Settings(), {"kind": "window", "window": 2}),
    "buffers_per_level": Option(Settings(buffers_per_level=True)),
    "buffer_gradient": Option(Settings(buffer_gradient=True)),
    "all_large": Option(Settings(large_background=True)),
    "both_statistics": Option(Settings(running_from_both=True)),
    "large_class": Option(Settings(large_class_factor=0.5)),
    "layers_per_level": Option(Settings(layers_per_level=True)),
    "third_convolution": Option(Settings(critic_convolutions=3)),
    "make_up_alone": Option(Settings(parts="make-up")),
    "without_offset": Option(Settings(roi_offset=False)),
    "without_loss": Option(Settings(parts="without-loss")),
    "same": Option(Settings(large_source="same")),
    "bilinear": Option(Settings(large_source="bilinear")),
    "bilinear_gradient": Option(Settings(large_source="bilinear", buffer_gradient=True)),
    "network": Option(Settings(large_source="network", buffer_gradient=True)),
    "aligned_gradient": Option(Settings(large_source="aligned", buffer_gradient=True)),
    "aligned_debiased": Option(Settings(large_source="aligned", alignment="ot-debiased")),
    "aligned_l2": Option(Settings(large_source="aligned", alignment="l2")),
    "aligned_kl": Option(Settings(large_source="aligned", alignment="kl")),
    "aligned_through": Option(Settings(large_source="aligned", through=True, iterations=5, epsilon=0.2)),
    "aligned_small_epsilon": Option(Settings(large_source="aligned", epsilon=0.02)),
    "everything": Option(
        Settings(large_source="network", buffer_gradient=True, layers_per_level=True, critic_convolutions=3, loss="kl",
                 merge="naive", buffers_per_level=True, large_background=True, running_from_both=True,
                 large_class_factor=0.5),
        {"kind": "decayed", "decay": 0.75}),
}


def used_by(settings, name):
    """Whether a configuration has a parameter or buffer."""
    if name.startswith("intertwiner.upsample"):
        return settings.parts == "all" and settings.large_source in ("network", "aligned")
    if name.startswith("intertwiner.ot_critic"):
        return settings.parts == "all" and settings.large_source == "aligned" and settings.alignment.startswith("ot")
    if name.startswith("intertwiner.large_classes"):
        return settings.large_class_factor > 0
    if name.startswith("intertwiner.critic") and settings.parts == "make-up":
        return False
    if name.startswith(("intertwiner.critic", "intertwiner.make_up")):
        per_level = name.split(".")[2].isdigit()
        third = name.split(".")[-2] in ("conv3", "norm3")
        return per_level == settings.layers_per_level and (not third or settings.critic_convolutions == 3)
    return True


def fingerprint(value):
    """A tensor in three numbers: its norm, and its products with two waves over its elements in the C++ code's order."""
    flat = (value.permute(0, 2, 3, 1) if value.dim() == 4 else value).reshape(-1)
    places = torch.arange(1, len(flat) + 1, dtype=torch.float64)
    return torch.stack([flat.norm(), flat @ torch.cos(0.7 * places), flat @ torch.cos(1.3 * places)])


def fingerprints(tensors):
    """One row a tensor, by name."""
    return torch.stack([fingerprint(tensors[name].detach()) for name in sorted(tensors)])


def more_parameters(maker, settings):
    """What no golden configuration of step_files has: layers of each level, the third convolution, 4.1's classifier."""
    channels, hidden, features = settings.channels, settings.critic_features, settings.head_features
    for level in ("", ".2", ".3", ".4", ".5"):
        if level:
            maker.conv(f"intertwiner.make_up{level}.conv", channels, channels, 3)
            maker.norm(f"intertwiner.make_up{level}.norm", channels)
        shapes = {1: (hidden, channels, 3), 2: (features, hidden, 7), 3: (features, features, 1)}
        for number, (outputs, inputs, side) in shapes.items():
            if level or number == 3:
                maker.conv(f"intertwiner.critic{level}.conv{number}", outputs, inputs, side)
                maker.norm(f"intertwiner.critic{level}.norm{number}", outputs)
    maker.linear("intertwiner.large_classes", settings.classes, features)


def step_options(given):
    """`given` is what step_files' configurations share: its maker, images and sample."""
    golden = Golden("step_options", seed=505)
    maker = Maker()
    more_parameters(maker, Settings())
    every = {**given.maker.parameters, **maker.parameters}, {**given.maker.buffers, **maker.buffers}
    for name, option in OPTIONS.items():
        one_option(golden, name, option, every, given)
    return golden


def start_of(option, history):
    """The history that step_input gives classes 1 and 3: of the only buffer, or of level 2's. A window starts empty."""
    rows = Settings().classes * (3 if option.settings.buffers_per_level else 1)
    total, count = torch.zeros(rows, Settings().head_features), torch.zeros(rows)
    if option.buffer.get("kind") != "window":
        total[: len(history.sum)], count[: len(history.count)] = history.sum, history.count
    return total, count


def one_option(golden, name, option, every, given):
    settings = option.settings
    parameters = {key: leaf(value.detach()) for key, value in every[0].items() if used_by(settings, key)}
    buffers = {key: value.clone() for key, value in every[1].items() if used_by(settings, key)}
    start = start_of(option, given.history)
    history = HistoryBuffer(len(start[1]), settings.head_features, loss=settings.loss, start=start,
                            gradient=settings.buffer_gradient, **option.buffer)
    net = Network(settings, parameters, buffers, history)
    optimizer = step_files.optimizer_of(net)
    for step in range(3):
        optimizer.zero_grad()
        losses = internet.training_losses(net, given.images, BOXES, given.sample).losses
        factors = {"large_class": settings.large_class_factor}
        sum(factors.get(key, 1.0) * value for key, value in losses.items()).backward()
        prefix = f"{name}.step{step}."
        for key, value in losses.items():
            golden.put(f"{prefix}loss.{key}", value)
        gradient = {key: torch.zeros_like(value) if value.grad is None else value.grad
                    for key, value in parameters.items()}
        for key, value in parameters.items():
            assert value.grad is not None, (name, key)
        norm = torch.sqrt(sum(value.pow(2).sum() for value in gradient.values()))
        golden.put(prefix + "gradient_norm", norm)
        if settings.parts == "all":
            golden.put(prefix + "buffer.sum", history.sum)
            golden.put(prefix + "buffer.count", history.count)
        if step == 0:
            golden.put(f"{name}.gradients", fingerprints(
                {key: step_files.without_noise(key, value) for key, value in gradient.items()}))
            golden.put(f"{name}.after", fingerprints(net.buffers))
        torch.nn.utils.clip_grad_norm_(parameters.values(), 5.0)
        optimizer.step()
    if settings.parts == "all":
        golden.put(f"{name}.intertwiner.buffer.sum", start[0])
        golden.put(f"{name}.intertwiner.buffer.count", start[1])


def pieces(given):
    return [distances(), buffer_histories(), critics(), alignments(), level_splits(), step_options(given)]
