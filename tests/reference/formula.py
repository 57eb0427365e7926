"""Weights and pictures as a formula of name and index, so that golden files need not hold them: 64 bits by splitmix64
from the name's FNV-1a hash. The C++ tests have the same formula (tests/golden_weights.cpp); every operation is exact or
rounded once, so both give the same numbers."""
import math

import torch

MASK = 2**64 - 1
SEED = 6  # its steps depend little on rounding: no maximum, ReLU or pair of scores is close to a tie


def bits(name, count):
    start = 14695981039346656037 ^ SEED
    for byte in name.encode():
        start = (start ^ byte) * 1099511628211 & MASK
    result = []
    for index in range(count):
        z = start + (index + 1) * 0x9E3779B97F4A7C15 & MASK
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        result.append(z ^ z >> 31)
    return result


def values(name, *shape):
    """A parameter or running statistic in the layout of the C++ code: filters K x R x S x C, matrices outputs x inputs.
    What norms scale by and divide by is around 1; filters and matrices keep the size of what passes through them."""
    middle, bound = 0.0, 0.3
    if len(shape) > 1:
        bound = math.sqrt(6 / math.prod(shape[1:]))
        if name.startswith(("rpn.head.cls_logits", "rpn.head.bbox_pred")):
            bound *= 0.3  # proposals should stay near their anchors
    elif name.endswith((".weight", ".running_var")):
        middle, bound = 1.0, 0.5
    numbers = [middle + bound * ((z >> 11) * 2.0**-52 - 1) for z in bits(name, math.prod(shape))]
    return torch.tensor(numbers, dtype=torch.float64).reshape(shape)


def pictures(*shape):
    """Bytes: the highest of each number's eight."""
    return torch.tensor([z >> 56 for z in bits("pictures", math.prod(shape))]).reshape(shape)
