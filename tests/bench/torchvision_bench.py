"""torchvision's Faster R-CNN R50-FPN, which does the same work as tests/bench/bench (its option --against-pytorch).

The same as in bench: image size, images per step, objects per image, classes, sampled regions, proposals, anchors,
thresholds, batch norm (batch statistics in training, running statistics in detection), all stages trained, SGD with
momentum, weight decay and gradients clipped to norm 5, number of threads, random weights, images of noise. The layout is
channels last. The CPU computes in float32. A GPU computes in bfloat16 with autocast, and cuDNN chooses its algorithms by
trial; images are copied from the host's memory each time, and the time ends when the GPU has finished.

Different: torchvision normalises images inside the model, which takes a few milliseconds (in bench the loader does it),
and its weight decay also covers biases and batch norm.

    serve       reads commands from standard input, one per line, and answers each with a number:
                step, detect (one image), detect-batch, save FILE: seconds; regions: their number in the last second
                stage; peak: MB (on a GPU: of tensors since the last "peak"); product: operations per second
    first-box   loads --weights, detects on --image, prints the first box
"""

import argparse
import sys
import time
import warnings

try:
    import torch
    import torchvision
except ImportError as error:
    sys.exit(print(error, flush=True))

warnings.filterwarnings("ignore")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=["serve", "first-box"])
    for name in ["image-size", "batch", "regions", "proposals", "objects", "classes", "threads"]:
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--weights")
    parser.add_argument("--image")
    return parser.parse_args()


def make_model(o):
    model = torchvision.models.detection.fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=o.classes + 1,  # no weights: batch norm and all stages are trained
        min_size=o.image_size, max_size=o.image_size, _skip_resize=True,
        rpn_pre_nms_top_n_train=2000, rpn_post_nms_top_n_train=2000,
        rpn_pre_nms_top_n_test=1000, rpn_post_nms_top_n_test=o.proposals,
        box_batch_size_per_image=o.regions, box_positive_fraction=1 / 3,
        box_score_thresh=0.05, box_nms_thresh=0.3, box_detections_per_img=100)
    return model.to(o.device, memory_format=torch.channels_last)


class Work:
    def __init__(self, o):
        torch.manual_seed(1)  # with this seed, random weights give the full number of proposals
        self.options = o
        self.model = make_model(o)
        self.model.backbone.register_forward_pre_hook(
            lambda _, inputs: (inputs[0].contiguous(memory_format=torch.channels_last),))
        self.model.roi_heads.box_head.register_forward_pre_hook(self.note_regions)
        self.images = [torch.rand(3, o.image_size, o.image_size) for _ in range(o.batch)]
        if o.device == "cuda":
            torch.backends.cudnn.benchmark = True
            self.images = [image.pin_memory() for image in self.images]
        self.targets = [self.random_target() for _ in range(o.batch)]
        self.sgd = None
        self.regions = 0

    def note_regions(self, _, inputs):
        self.regions = len(inputs[0])

    def random_target(self):
        o = self.options
        size = o.image_size * (0.05 + 0.4 * torch.rand(o.objects, 1))
        corner = torch.rand(o.objects, 2) * (o.image_size - size)
        return {"boxes": torch.cat([corner, corner + size], 1), "labels": 1 + torch.arange(o.objects) % o.classes}

    def on_device(self, count):
        return [image.to(self.options.device, non_blocking=True) for image in self.images[:count]]

    def autocast(self):
        return torch.autocast(self.options.device, dtype=torch.bfloat16, enabled=self.options.device == "cuda")

    def step(self):
        if self.sgd is None:
            self.sgd = torch.optim.SGD(self.model.parameters(), lr=1e-6, momentum=0.9, weight_decay=1e-4)
        self.model.train()
        targets = [{name: value.to(self.options.device) for name, value in target.items()} for target in self.targets]
        with self.autocast():
            loss = sum(self.model(self.on_device(self.options.batch), targets).values())
        self.sgd.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5)
        self.sgd.step()

    @torch.inference_mode()
    def detect(self, count=1):
        self.model.eval()
        with self.autocast():
            found = self.model(self.on_device(count))
        for image in found:
            for value in image.values():
                value.cpu()

    def detect_batch(self):
        self.detect(self.options.batch)


@torch.inference_mode()
def product_flops(device):
    side, calls = (8192, 10) if device == "cuda" else (1024, 1)
    a = torch.rand(side, side, device=device, dtype=torch.bfloat16 if device == "cuda" else torch.float32)
    times = []
    for _ in range(6):
        begin = time.perf_counter()
        for _ in range(calls):
            a @ a
        wait(device)
        times.append(time.perf_counter() - begin)
    return 2 * side**3 * calls / sorted(times)[2]


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def peak_megabytes(device):
    if device == "cuda":
        peak = torch.cuda.max_memory_allocated() / 2**20
        torch.cuda.reset_peak_memory_stats()
        return peak
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def answer(work, command, file):
    device = work.options.device
    if command == "peak":
        return peak_megabytes(device)
    if command == "regions":
        return work.regions
    if command == "product":
        return product_flops(device)
    begin = time.perf_counter()
    if command == "save":
        torch.save(work.model.state_dict(), file)
    else:
        getattr(work, command.replace("-", "_"))()
    wait(device)
    return time.perf_counter() - begin


def serve(o):
    work = Work(o)
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}", flush=True)
    for line in sys.stdin:
        command, _, file = line.strip().partition(" ")
        print(answer(work, command, file), flush=True)


@torch.inference_mode()
def first_box(o):
    model = make_model(o).eval()
    model.load_state_dict(torch.load(o.weights))
    image = torchvision.io.decode_image(o.image).float() / 255
    found = model([image.contiguous()])[0]
    print(found["boxes"][0].tolist(), float(found["scores"][0]), flush=True)


if __name__ == "__main__":
    options = arguments()
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit(print(f"PyTorch {torch.__version__} finds no GPU", flush=True))
    torch.set_num_threads(options.threads)
    {"serve": serve, "first-box": first_box}[options.task](options)
