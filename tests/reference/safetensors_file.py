"""A safetensors file as Python's own library writes it: `python tests/reference/safetensors_file.py [OURS]`.

Writes golden/written_by_python.safetensors. With OURS, a file of the same tensors written by the C++ code, it is read with the
library and compared instead.
"""
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

PATH = pathlib.Path(__file__).resolve().parent / "golden" / "written_by_python.safetensors"
METADATA = {"format": "pt", "note": "two\nlines, \"quoted\", ü"}
TENSORS = {
    "f32": torch.tensor([[1.5, -2.0, 0.0], [3.25, 1e-30, float("inf")]], dtype=torch.float32),
    "f64": torch.tensor([0.1, -1e300], dtype=torch.float64),
    "i32": torch.tensor([-1, 2 ** 31 - 1], dtype=torch.int32),
    "i64": torch.tensor([[-(2 ** 63)], [2 ** 63 - 1]], dtype=torch.int64),
    "u8": torch.tensor([0, 7, 255], dtype=torch.uint8),
    "bf16": torch.tensor([1.0, -2.5, 0.0078125], dtype=torch.bfloat16),
    "scalar": torch.tensor(42.0),
    "nothing": torch.zeros(0, 4),
}


def main():
    if len(sys.argv) < 2:
        save_file(TENSORS, str(PATH), METADATA)
        print(f"{PATH.name}: {PATH.stat().st_size} bytes")
        return
    ours = load_file(sys.argv[1])
    assert ours.keys() == TENSORS.keys(), ours.keys()
    for name, expected in TENSORS.items():
        assert ours[name].dtype == expected.dtype and ours[name].shape == expected.shape, name
        assert torch.equal(ours[name], expected), name
    with safe_open(sys.argv[1], "pt") as file:
        assert file.metadata() == METADATA, file.metadata()
    print("the same tensors and metadata")


if __name__ == "__main__":
    main()
