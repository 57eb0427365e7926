"""Golden file of the backbones without a pyramid (table 5): one training step of the narrow network on each."""
import torch

import formula
import internet
import step_files
from golden_file import Golden, leaf
from internet import Network, Settings
from loss_files import ClassBuffer
from option_files import fingerprints
from step_files import BOXES, Maker

PADDED = (192, 128)
SIZES = [PADDED, PADDED]
CONFIGURATIONS = {name: Settings(backbone=name, large_source="aligned") for name in ("projection", "vgg")}


def make_vgg(maker):
    def layer(conv, norm, outputs, inputs, side):
        maker.conv(f"backbone.body.{conv}", outputs, inputs, side)
        maker.norm(f"backbone.body.{norm}", outputs)
        return outputs

    inputs, index = 3, 0
    for convolutions, width in ((2, 2), (2, 3), (3, 4), (3, 4), (3, 5)):
        for _ in range(convolutions):
            inputs = layer(f"features.{index}", f"features.{index + 1}", width, inputs, 3)
            index += 3
        index += 1
    inputs = layer("conv7", "norm7", 6, layer("conv6", "norm6", 6, inputs, 3), 1)
    outputs = [inputs]
    for number, squeezed, width in ((8, 4, 6), (9, 3, 5), (10, 3, 4)):
        inputs = layer(f"conv{number}_2", f"norm{number}_2", width,
                       layer(f"conv{number}_1", f"norm{number}_1", squeezed, inputs, 1), 3)
        outputs.append(inputs)
    return outputs


def step_backbones(given):
    golden = Golden("step_backbones", seed=601)
    images = ((formula.pictures(2, *PADDED, 3).double() - 128) / 64).permute(0, 3, 1, 2)
    for name, settings in CONFIGURATIONS.items():
        maker = Maker()
        shared = {key: value for key, value in given.maker.parameters.items()
                  if not key.startswith("backbone.fpn") and (name == "projection" or not key.startswith("backbone"))}
        shared_buffers = {key: value for key, value in given.maker.buffers.items()
                          if name == "projection" or not key.startswith("backbone")}
        channels = make_vgg(maker) if name == "vgg" else [2, 4, 8, 16]
        for level, inputs in enumerate(channels):
            maker.conv(f"backbone.projection.{level}", settings.channels, inputs, 1)
        parameters = {key: leaf(value.detach()) for key, value in {**shared, **maker.parameters}.items()}
        buffers = {**shared_buffers, **maker.buffers}
        one_step(golden, name, Network(settings, parameters, buffers), given.history, images)
    return golden


def one_step(golden, name, net, history, images):
    before = {key: value.clone() for key, value in net.buffers.items()}
    with torch.no_grad():
        maps, anchors, logits, deltas, counts = internet.features_of(net, images)
        found = [internet.proposals(net, anchors, logits[i], deltas[i], counts, SIZES[i])[0] for i in range(2)]
    sample = step_files.draw(golden, anchors, found, SIZES)
    step_files.put_sample(golden, f"{name}.", sample, anchors, net.settings)
    sizes = [list(maps[level].shape[2:]) for level in (2, 3, 4, 5)]
    golden.put(f"{name}.map_sizes", sizes + [[(side + 1) // 2 for side in sizes[-1]]])
    net.buffers = {key: value.clone() for key, value in before.items()}
    net.class_buffer = ClassBuffer(net.settings.classes, net.settings.head_features)
    net.class_buffer.sum, net.class_buffer.count = history.sum.clone(), history.count.clone()
    losses = internet.training_losses(net, images, BOXES, sample).losses
    sum(losses.values()).backward()
    for key, value in losses.items():
        golden.put(f"{name}.loss.{key}", value)
    golden.put(f"{name}.gradients", fingerprints(
        {key: step_files.without_noise(key, value.grad) for key, value in net.parameters.items()}))
    golden.put(f"{name}.after", fingerprints(net.buffers))


def pieces(given):
    return [step_backbones(given)]
