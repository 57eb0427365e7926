"""A golden file in the making: named tensors in the layout of the C++ code, written as safetensors.

Layouts: images N x H x W x C, filters K x R x S x C, everything real in float64, everything counted in int32.
torch itself works on N x C x H x W and O x I x H x W; `put_images` and `put_filters` transpose on the way out.
"""
import pathlib

import torch
from safetensors.torch import load_file, save_file

FOLDER = pathlib.Path(__file__).resolve().parent / "golden"

# Two machines may differ in the last bits of a sum; a change of meaning is far above this.
TOLERANCE = 1e-11


class Golden:
    """The tensors of one file, and the random numbers that they are made from (one generator a file, fixed seed)."""

    def __init__(self, name, seed):
        self.name = name
        self.tensors = {}
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape, scale=1.0):
        return torch.randn(*shape, generator=self.generator, dtype=torch.float64) * scale

    def uniform(self, *shape, low=0.0, high=1.0):
        return torch.rand(*shape, generator=self.generator, dtype=torch.float64) * (high - low) + low

    def integers(self, *shape, low=0, high=2):
        return torch.randint(low, high, shape, generator=self.generator)

    def put(self, name, value):
        if name in self.tensors:
            raise ValueError(f"{self.name}: {name} is there already")
        value = torch.as_tensor(value).detach()
        if value.dtype == torch.bool or not value.dtype.is_floating_point:
            value = value if value.dtype == torch.uint8 else value.to(torch.int32)
        else:
            value = value.to(torch.float64)
            if not bool(torch.isfinite(value).all()):
                raise ValueError(f"{self.name}: {name} is not finite")
        if value.dim() == 0:
            value = value.reshape(1)
        self.tensors[name] = value.clone().contiguous()

    def put_images(self, name, value):
        """N x C x H x W becomes N x H x W x C."""
        self.put(name, value.permute(0, 2, 3, 1))

    def put_filters(self, name, value):
        """O x I x H x W becomes O x H x W x I; a transposed convolution's I x O x H x W becomes I x H x W x O."""
        self.put(name, value.permute(0, 2, 3, 1))

    def path(self):
        return FOLDER / f"{self.name}.safetensors"

    def differences(self):
        """What moved against the file on disk: a list of lines, empty where nothing did."""
        if not self.path().exists():
            return ["is new"]
        committed = load_file(str(self.path()))
        lines = [f"{name} is gone" for name in sorted(committed.keys() - self.tensors.keys())]
        lines += [f"{name} is new" for name in sorted(self.tensors.keys() - committed.keys())]
        for name in sorted(self.tensors.keys() & committed.keys()):
            now, then = self.tensors[name], committed[name]
            if now.shape != then.shape or now.dtype != then.dtype:
                lines.append(f"{name} was {tuple(then.shape)} {then.dtype}, is {tuple(now.shape)} {now.dtype}")
            elif now.numel() > 0:
                distance = (now.double() - then.double()).abs().max().item()
                allowed = TOLERANCE * max(then.double().abs().max().item(), 1.0) if now.dtype == torch.float64 else 0
                if distance > allowed:
                    lines.append(f"{name} moved by {distance:.3g}")
        return lines

    def write(self):
        FOLDER.mkdir(exist_ok=True)
        save_file(dict(sorted(self.tensors.items())), str(self.path()))
        self.path().chmod(0o644)


def gradients(output, dy, *inputs):
    """Gradients of sum(output * dy) with respect to each input."""
    return torch.autograd.grad((output * dy).sum(), inputs)


def leaf(value):
    """The same numbers, as something that a gradient can be asked for."""
    return value.clone().requires_grad_(True)
