"""Files of weights as PyTorch writes them: `python tests/reference/torch_files.py`.

Writes golden/torch_zip.pth and golden/torch_legacy.pth, training checkpoints of the same tensors in both layouts of
torch.save, and golden/torch_files.safetensors with what a reader must find in them.

    python tests/reference/torch_files.py --random 1000 build/apps/convert

saves random state dictionaries (types, strides, shared memory, wrappers, both layouts, pickle protocols), converts them
to safetensors with the C++ program, and compares.
"""
import argparse
import pathlib
import random
import subprocess
import tempfile
from argparse import Namespace
from collections import OrderedDict

import torch
from safetensors.torch import load_file, save_file

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
TYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
         torch.uint8, torch.bool]
WIDER = {torch.float16: torch.float32, torch.int16: torch.int32, torch.int8: torch.int32, torch.bool: torch.uint8}


def as_read(tensor):
    """The tensor that the C++ reader makes of it: contiguous, of the next type that can hold its values."""
    tensor = tensor.detach()
    return tensor.to(WIDER.get(tensor.dtype, tensor.dtype)).contiguous().clone()


def golden_tensors():
    torch.manual_seed(1)
    slab = torch.randn(20)
    tensors = OrderedDict()
    for dtype in TYPES:
        values = torch.tensor([[0, 1, 2], [3, 100, 7]])
        tensors[str(dtype).replace("torch.", "")] = values.to(dtype)
    tensors["halves"] = torch.tensor([1.5, -2.0, 6e-8, 65504.0, float("inf"), -0.0], dtype=torch.float16)
    tensors["parameter"] = torch.nn.Parameter(torch.randn(2, 3))
    tensors["transposed"] = torch.randn(3, 4).t()
    tensors["sliced"] = torch.randn(5, 6)[1:4, ::2]
    tensors["expanded"] = torch.randn(1, 3).expand(4, 3)
    tensors["shared a"], tensors["shared b"] = slab[:6].view(2, 3), slab[5:]
    tensors["scalar"], tensors["nothing"] = torch.tensor(42.0), torch.zeros(0, 4)
    return tensors


def write_golden():
    tensors = golden_tensors()
    checkpoint = {"model": OrderedDict(("module." + name, tensor) for name, tensor in tensors.items()),
                  "optimizer": {"state": {0: {"momentum_buffer": torch.zeros(2)}}, "param_groups": [{"lr": 0.02}]},
                  "epoch": 7, "best": None, "args": Namespace(data="coco", lr=0.02)}
    torch.save(checkpoint, GOLDEN / "torch_zip.pth")
    torch.save(checkpoint, GOLDEN / "torch_legacy.pth", _use_new_zipfile_serialization=False)
    save_file({name: as_read(tensor) for name, tensor in tensors.items()}, str(GOLDEN / "torch_files.safetensors"))


def random_tensor():
    dtype, rank = random.choice(TYPES), random.randint(0, 4)
    shape = [random.choice([0, 1, 2, 3, 5, 7]) for _ in range(rank)]
    values = torch.randn([size + 2 for size in shape]) * 100
    tensor = values > 0 if dtype == torch.bool else values.to(dtype)
    tensor = tensor[tuple(slice(1, 1 + size) for size in shape)]
    change = random.randint(0, 5)
    if change == 0 and rank > 1:
        tensor = tensor.permute(*random.sample(range(rank), rank))
    elif change == 1 and rank > 0:
        tensor = tensor[..., ::2]
    elif change == 2:
        tensor = tensor.unsqueeze(0).expand(3, *tensor.shape)
    elif change == 3:
        tensor = tensor.contiguous()
    elif change == 4 and tensor.is_floating_point():
        tensor = torch.nn.Parameter(tensor)
    return tensor


def random_file(path):
    """Saves a random state dictionary and returns the tensors that must be found."""
    tensors = OrderedDict() if random.random() < 0.5 else {}
    for index in range(random.randint(1, 6)):
        tensors[f"layer{index}." + random.choice(["weight", "bias", "running_mean", "é"])] = random_tensor()
    if random.random() < 0.3:
        slab = torch.randn(50)
        tensors["shared.a"], tensors["shared.b"] = slab[:20].view(4, 5), slab[10:].view(8, 5)
    saved = tensors
    if random.random() < 0.2:
        saved = {"module." + name: tensor for name, tensor in tensors.items()}
    wrapper = random.random()
    if wrapper < 0.2:
        saved = {"model": saved, "optimizer": {"state": {0: {"step": 3, "average": torch.randn(3)}}}, "epoch": 3,
                 "best": 1.5, "nothing": None, "flag": True}
    elif wrapper < 0.4:
        saved = {"state_dict": saved, "meta": [1, 2, (3, 4)], "large": 2 ** 40, "negative": -5}
    torch.save(saved, path, _use_new_zipfile_serialization=random.random() < 0.5,
               pickle_protocol=random.choice([2, 3, 4, 5]))
    return {name: as_read(tensor) for name, tensor in tensors.items()}


def compare_random(count, convert):
    random.seed(1)
    torch.manual_seed(1)
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for index in range(count):
            path, converted = f"{folder}/{index}.pth", f"{folder}/{index}.safetensors"
            expected = random_file(path)
            subprocess.run([convert, path, converted], check=True, stdout=subprocess.DEVNULL)
            actual = load_file(converted)
            assert actual.keys() == expected.keys(), (path, actual.keys(), expected.keys())
            for name, tensor in expected.items():
                same = actual[name].dtype == tensor.dtype and actual[name].shape == tensor.shape
                assert same and torch.equal(actual[name].nan_to_num(), tensor.nan_to_num()), (index, name)
                found += 1
    print(f"{count} files, {found} tensors: the same")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--random", nargs=2, metavar=("N", "CONVERT"))
    options = parser.parse_args()
    if options.random:
        compare_random(int(options.random[0]), options.random[1])
    else:
        write_golden()


if __name__ == "__main__":
    main()
