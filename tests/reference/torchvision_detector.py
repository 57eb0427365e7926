"""Compares detections with torchvision's Faster R-CNN R50-FPN on the same weights and pictures.

    python tests/reference/torchvision_detector.py build/apps/detect FOLDER [--pictures 20] [--steps 50]

FOLDER holds pictures (JPEG or PNG). torchvision's detector with random weights, and the same after some steps of its own
training, is saved with torch.save in both layouts and with safetensors. `detect` reads each file. Each box must be
torchvision's to 0.01 px and its score to 1e-4. torchvision computes in float64 here: in float32 its own rounding moves
boxes further than that, and turns some near-ties of the non-maximum suppression. The check fails if ours has more
detections that are not torchvision's than torchvision in float32 has. Pictures are given as PNG: decoders of JPEG
differ by a few grey levels. Needs torch, torchvision, safetensors and Pillow; takes about a minute a picture and state of
training on two cores.
"""
import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file
from torchvision.transforms.functional import pil_to_tensor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from compare_detections import match  # noqa: E402

PIXELS, SCORES = 0.01, 1e-4
CLASSES = 4  # with background


def pictures_of(folder, count):
    """Pictures of different shapes, as tensors in 0..1."""
    paths = sorted(path for path in pathlib.Path(folder).iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    shapes = {}
    for path in paths:
        with Image.open(path) as image:
            shapes.setdefault(image.size, []).append(path)
    order = [path for rank in range(max(map(len, shapes.values()))) for group in shapes.values() for path in group[rank:rank + 1]]
    return order[:count]


def train(model, images, steps):
    """Some steps on made-up boxes, so that boxes differ from anchors and classes from each other."""
    generator = torch.Generator().manual_seed(2)
    optimiser = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.002, momentum=0.9)
    model.train()
    for step in range(steps):
        image = images[step % len(images)]
        height, width = image.shape[1:]
        corner = torch.rand(4, 2, generator=generator) * 0.5
        size = 0.1 + torch.rand(4, 2, generator=generator) * 0.4
        scale = torch.tensor([width, height, width, height])
        boxes = torch.cat([corner, corner + size], 1) * scale
        target = {"boxes": boxes, "labels": 1 + torch.arange(4) % (CLASSES - 1)}
        loss = sum(model([image], [target]).values())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimiser.step()
    return model.eval()


def expected_detections(model, images, dtype=torch.float64):
    """As COCO's results format has them; an image's id is its index."""
    detections = []
    model = copy.deepcopy(model).to(dtype)
    for index, image in enumerate(images):
        with torch.no_grad():
            found = model([image.to(dtype)])[0]
        for (x1, y1, x2, y2), label, score in zip(*(found[name].tolist() for name in ("boxes", "labels", "scores"))):
            detections.append({"image_id": index, "category_id": label, "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score})
    return detections


def report(found, expected):
    """How many of `found` are not the expected ones, and how far all are from them."""
    alone, _, _ = match(found, expected, PIXELS, SCORES)
    others, pixels, scores = match(found, expected, 5, 0.1)
    return (f"{len(found)} of {len(expected)} detections; {(len(alone) + 1) // 2} not within {PIXELS} px and {SCORES}, "
            f"{(len(others) + 1) // 2} not within 5 px; the others differ by {pixels:.2g} px and {scores:.2g} at most")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("detect")
    parser.add_argument("folder")
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--steps", type=int, default=50)
    options = parser.parse_args()
    torch.manual_seed(1)
    model = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=CLASSES)
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        images, files = [], []
        for index, path in enumerate(pictures_of(options.folder, options.pictures)):
            file = scratch / f"{index:03}.png"
            Image.open(path).convert("RGB").save(file)
            files.append(str(file))
            images.append(pil_to_tensor(Image.open(file)).float() / 255)
        for steps in (0, options.steps):
            model = train(model, images, steps).eval()
            theirs = expected_detections(model, images)
            in_float32 = expected_detections(model, images, torch.float32)
            print(f"{steps} steps, torchvision in float32: {report(in_float32, theirs)}", flush=True)
            allowed = len(match(in_float32, theirs, PIXELS, SCORES)[0])
            state = model.state_dict()
            torch.save(state, scratch / "zip.pth")
            torch.save({"model": state, "epoch": 1}, scratch / "legacy.pth", _use_new_zipfile_serialization=False)
            save_file({name: tensor.contiguous() for name, tensor in state.items()}, str(scratch / "weights.safetensors"))
            for name in ("zip.pth", "legacy.pth", "weights.safetensors"):
                out = scratch / f"{name}-{steps}"
                subprocess.run([options.detect, "--model", scratch / name, *files, "--out", out], check=True,
                               stdout=subprocess.DEVNULL)
                names = json.loads((out / "images.json").read_text())["images"]
                index_of = {entry["id"]: int(pathlib.Path(entry["file_name"]).stem) for entry in names}
                ours = json.loads((out / "detections.json").read_text())
                for detection in ours:
                    detection["image_id"] = index_of[detection["image_id"]]
                print(f"{steps} steps, {name}: {report(ours, theirs)}", flush=True)
                failed = failed or len(match(ours, theirs, PIXELS, SCORES)[0]) > allowed or not theirs
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
