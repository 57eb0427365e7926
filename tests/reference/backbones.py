"""Backbones and pyramid (6.2, table 5), as functions of a network's named parameters (`internet.Network`)."""
import torch.nn.functional as F

from layers import nearest


def basic_block(net, x, name, stride):
    y = F.relu(net.norm(net.conv(x, f"{name}.conv1", stride, 1), f"{name}.bn1"))
    y = net.norm(net.conv(y, f"{name}.conv2", 1, 1), f"{name}.bn2")
    return F.relu(y + shortcut(net, x, name, stride))


def bottleneck(net, x, name, stride):
    y = F.relu(net.norm(net.conv(x, f"{name}.conv1"), f"{name}.bn1"))
    y = F.relu(net.norm(net.conv(y, f"{name}.conv2", stride, 1), f"{name}.bn2"))
    y = net.norm(net.conv(y, f"{name}.conv3"), f"{name}.bn3")
    return F.relu(y + shortcut(net, x, name, stride))


def shortcut(net, x, name, stride):
    if f"{name}.downsample.0.weight" not in net.parameters:
        return x
    return net.norm(net.conv(x, f"{name}.downsample.0", stride), f"{name}.downsample.1")


def resnet(net, images, block=basic_block):
    """C2..C5."""
    x = F.relu(net.norm(net.conv(images, "backbone.body.conv1", 2, 3), "backbone.body.bn1"))
    x = F.max_pool2d(x, 3, 2, 1)
    maps = []
    for stage, count in enumerate(net.settings.blocks, 1):
        for index in range(count):
            stride = 2 if stage > 1 and index == 0 else 1
            x = block(net, x, f"backbone.body.layer{stage}.{index}", stride)
        maps.append(x)
    return maps


def pyramid(net, maps):
    """P2..P5 by level."""
    levels, above = {}, None
    for index in (3, 2, 1, 0):
        inner = net.conv(maps[index], f"backbone.fpn.inner_blocks.{index}.0")
        above = inner if above is None else inner + nearest(above, *inner.shape[2:])
        levels[index + 2] = net.conv(above, f"backbone.fpn.layer_blocks.{index}.0", 1, 1)
    return levels


def vgg(net, x):
    """VGG-16 with SSD512's extra layers (table 5): maps at strides 16, 32, 64, 128. Batch norm after each convolution."""
    def layer(x, conv, norm, **options):
        return F.relu(net.norm(net.conv(x, f"backbone.body.{conv}", **options), f"backbone.body.{norm}"))

    index = 0  # the place of a layer in torchvision's vgg16_bn
    for group, convolutions in enumerate((2, 2, 3, 3, 3)):
        for _ in range(convolutions):
            x = layer(x, f"features.{index}", f"features.{index + 1}", padding=1)
            index += 3
        index += 1
        x = F.max_pool2d(x, 2, 2) if group < 4 else F.max_pool2d(x, 3, 1, 1)
    x = layer(x, "conv6", "norm6", padding=6, dilation=6)
    maps = [layer(x, "conv7", "norm7")]
    for number in (8, 9, 10):
        squeezed = layer(maps[-1], f"conv{number}_1", f"norm{number}_1")
        maps.append(layer(squeezed, f"conv{number}_2", f"norm{number}_2", stride=2, padding=1))
    return maps


def levels_of(net, images):
    """P2..P5 by level, with a pyramid or without."""
    if net.settings.backbone == "fpn":
        return pyramid(net, resnet(net, images))
    maps = vgg(net, images) if net.settings.backbone == "vgg" else resnet(net, images)
    return {level: net.conv(maps[level - 2], f"backbone.projection.{level - 2}") for level in (2, 3, 4, 5)}
