"""A narrow ResNet of torchvision's blocks, as torch.save writes it: `python tests/reference/torchvision_files.py`.

Writes golden/torchvision_resnet.pth, the weights of a classifier, and golden/torchvision_resnet.safetensors: an image
(N×H×W×C) and the maps C2 to C5 that PyTorch computes from it.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models.resnet import BasicBlock

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
WIDTHS = [8, 8, 16, 16]


class NarrowResNet(nn.Module):
    """torchvision's ResNet-18 with fewer channels, under its names."""

    def __init__(self):
        super().__init__()
        width = WIDTHS[0]
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        for index, out in enumerate(WIDTHS):
            stride = 1 if index == 0 else 2
            downsample = None
            if stride != 1 or width != out:
                downsample = nn.Sequential(nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))
            blocks = [BasicBlock(width, out, stride, downsample), BasicBlock(out, out)]
            setattr(self, f"layer{index + 1}", nn.Sequential(*blocks))
            width = out
        self.fc = nn.Linear(width, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        maps = {}
        for index in range(4):
            x = getattr(self, f"layer{index + 1}")(x)
            maps[f"c{index + 2}"] = x
        return maps


def main():
    torch.manual_seed(3)
    network = NarrowResNet().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias, 0, 0.2)
            nn.init.normal_(module.running_mean, 0, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
    torch.save(network.state_dict(), GOLDEN / "torchvision_resnet.pth")
    image = torch.randn(2, 3, 64, 96)
    tensors = {name: map.permute(0, 2, 3, 1).contiguous() for name, map in network(image).items()}
    save_file({"image": image.permute(0, 2, 3, 1).contiguous(), **tensors},
              str(GOLDEN / "torchvision_resnet.safetensors"))


if __name__ == "__main__":
    with torch.no_grad():
        main()
