"""Regenerates every golden file and says what moved: `python tests/reference/make.py [--check]` (see README.md)."""
import argparse
import sys

import torch

import backbone_files
import box_files
import layers
import loss_files
import option_files
import shard_files
import step_files


def all_files():
    yield from layers.pieces()
    yield from box_files.pieces()
    yield from loss_files.pieces()
    given, files = step_files.pieces()
    yield from files
    yield from option_files.pieces(given)
    yield from backbone_files.pieces(given)
    yield from shard_files.pieces()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything moved")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    moved = 0
    for golden in all_files():
        lines = golden.differences()
        if lines and not check:
            golden.write()  # a file that did not move keeps its bytes
        moved += bool(lines)
        size = sum(t.numel() * t.element_size() for t in golden.tensors.values())
        print(f"{golden.name}: {len(golden.tensors)} tensors, {size / 1000:.0f} kB,",
              "as committed" if not lines else "; ".join(lines[:5]) + (" ..." if len(lines) > 5 else ""))
    print(f"{moved} moved" if moved else "nothing moved")
    return 1 if check and moved else 0


if __name__ == "__main__":
    sys.exit(main())
