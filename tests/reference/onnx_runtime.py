"""Runs exported models in ONNX Runtime (and OpenVINO, if installed) and compares with the detections of `detect`.

    python tests/reference/onnx_runtime.py build/apps FOLDER MODEL... [--pictures 20] [--fixed 2] [--options "--score 0.01"] [--spread 20]

FOLDER holds pictures (JPEG or PNG), MODEL is a checkpoint. `convert --onnx` exports it for pictures of any size, and for
the sizes of `--fixed` of the pictures. onnx's checker must be content, each box must be that of `detect` to 0.01 px, and
its score to 1e-4. `--options` go to both programs. Then all is done again with a score that nothing reaches. Pictures
are given as PNG: decoders of JPEG differ by a few grey levels. `--spread` is for models that were hardly trained: it
multiplies the weights of the predictors and changes the statistics of batch norm, so that boxes and scores depend on
every layer. Needs onnx, onnxruntime, numpy, safetensors and Pillow.
"""
import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

import numpy
import onnx
import onnxruntime
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file

try:
    import openvino
except ImportError:
    openvino = None

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from compare_detections import match  # noqa: E402

PIXELS, SCORES = 0.01, 1e-4
NOTHING = ["--score", "0.9999999"]  # nothing is as certain


def pictures_of(folder, count, scratch):
    """Pictures of as many shapes as there are, as PNG files."""
    shapes = {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png")):
        with Image.open(path) as image:
            shapes.setdefault(image.size, []).append(path)
    order = [path for rank in range(max(map(len, shapes.values()))) for group in shapes.values() for path in group[rank:rank + 1]]
    files = []
    for index, path in enumerate(order[:count]):
        files.append(scratch / f"{index:03}.png")
        Image.open(path).convert("RGB").save(files[-1])
    return files


def spread(model, factor, file):
    """A copy of the checkpoint whose predictions differ more."""
    random = numpy.random.default_rng(1)
    with safe_open(model, "numpy") as content:
        tensors, metadata = {name: content.get_tensor(name) for name in content.keys()}, content.metadata()
    for name, tensor in tensors.items():
        if "cls_" in name or "bbox_pred" in name:
            tensor *= factor
        elif name.endswith("running_mean"):
            tensor += random.normal(0, 0.1, tensor.shape).astype(tensor.dtype)
        elif name.endswith("running_var"):
            tensor *= random.uniform(0.7, 1.4, tensor.shape).astype(tensor.dtype)
    save_file(tensors, file, metadata)
    return file


def detected(programs, model, files, options, out):
    """By `detect`. An image's id becomes its index among `files`."""
    subprocess.run([programs / "detect", "--model", model, *files, "--out", out, *options], check=True, stdout=subprocess.DEVNULL)
    names = [file.name for file in files]
    index_of = {entry["id"]: names.index(pathlib.Path(entry["file_name"]).name) for entry in json.loads((out / "images.json").read_text())}
    detections = json.loads((out / "detections.json").read_text())
    for detection in detections:
        detection["image_id"] = index_of[detection["image_id"]]
    return detections


def exported(programs, model, file, options):
    """The model's file, checked, and the category ids of its labels."""
    subprocess.run([programs / "convert", "--onnx", model, file, "--overwrite", *options], check=True, stdout=subprocess.DEVNULL)
    content = onnx.load(file)
    onnx.checker.check_model(content, full_check=True)
    metadata = {entry.key: entry.value for entry in content.metadata_props}
    ids, names = (json.loads(metadata[name]) for name in ("category_ids", "class_names"))
    assert len(ids) == len(names)
    return ids


def runtimes(file):
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    yield "ONNX Runtime", lambda pixels: session.run(["boxes", "scores", "labels"], {"image": pixels})
    if openvino:
        # By default OpenVINO may compute with fewer bits than float32.
        compiled = openvino.Core().compile_model(str(file), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

        def run(pixels):
            results = compiled({"image": pixels})
            return [results[name] for name in ("boxes", "scores", "labels")]
        yield "OpenVINO", run


def found_by(run, files, ids):
    detections, seconds = [], []
    for index, file in files:
        pixels = numpy.asarray(Image.open(file))
        begin = time.perf_counter()
        boxes, scores, labels = run(pixels)
        seconds.append(time.perf_counter() - begin)
        for (x1, y1, x2, y2), score, label in zip(boxes.tolist(), scores.tolist(), labels.tolist()):
            detections.append({"image_id": index, "category_id": ids[label], "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score})
    return detections, sorted(seconds)[len(seconds) // 2]


def compare(what, theirs, ours):
    alone, pixels, scores = match(ours, theirs, PIXELS, SCORES)
    lowest = {}
    for detection in ours:
        key = detection["image_id"]
        lowest[key] = min(lowest.get(key, 1), detection["score"])
    cut = [d for d in alone if d["score"] <= lowest.get(d["image_id"], 0) + SCORES]
    print(f"  {what}: {len(theirs)} of {len(ours)}; largest differences {pixels:.2g} px, score {scores:.2g}; "
          f"{len(alone) - len(cut)} without a partner, {len(cut)} more at the lowest score", flush=True)
    return len(alone) == len(cut)


def check(programs, model, files, options, fixed, scratch):
    """True if all runtimes find what `detect` finds."""
    ours = detected(programs, model, files, options, scratch / "out")
    print(f"  {len(ours)} detections in {len(files)} pictures")
    file, good = scratch / "model.onnx", bool(ours) or options[-2:] == NOTHING
    for name, run in runtimes_after_export(programs, model, file, options):
        theirs, seconds = found_by(run, list(enumerate(files)), name[1])
        good &= compare(f"{name[0]}, any size, {seconds:.3f} s a picture", theirs, ours)
    for index in range(min(fixed, len(files))):
        width, height = Image.open(files[index]).size
        size = ["--width", str(width), "--height", str(height)]
        for name, run in runtimes_after_export(programs, model, file, [*options, *size]):
            theirs, seconds = found_by(run, [(index, files[index])], name[1])
            own = [d for d in ours if d["image_id"] == index]
            good &= compare(f"{name[0]}, {width}×{height}, {seconds:.3f} s", theirs, own)
    return good


def runtimes_after_export(programs, model, file, options):
    ids = exported(programs, model, file, options)
    for name, run in runtimes(file):
        yield (name, ids), run


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--fixed", type=int, default=2)
    parser.add_argument("--options", type=shlex.split, default=[])
    parser.add_argument("--spread", type=float, default=1)
    options = parser.parse_args()
    good = True
    for model in options.models:
        for more in (options.options, [*options.options, *NOTHING]):
            with tempfile.TemporaryDirectory() as scratch:
                scratch = pathlib.Path(scratch)
                files = pictures_of(options.folder, options.pictures, scratch)
                print(model, shlex.join(more))
                file = spread(model, options.spread, scratch / "spread.safetensors") if options.spread != 1 else model
                good &= check(options.programs, file, files, more, options.fixed, scratch)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
