"""Golden file of a batch in four shards, as PyTorch's DistributedDataParallel computes it: each process has its part of
the batch and its own batch norm statistics, and the gradients are the mean over the processes."""
import torch
import torch.nn.functional as F

from golden_file import Golden, leaf

SHARDS = 4


def shards():
    """Convolution, batch norm, ReLU, mean over the pixels, fully connected layer, cross-entropy; two images a shard."""
    golden = Golden("shards", seed=501)
    parameters = {"conv.weight": leaf(golden.normal(4, 3, 3, 3)), "conv.bias": leaf(golden.normal(4)),
                  "norm.weight": leaf(golden.normal(4)), "norm.bias": leaf(golden.normal(4)),
                  "linear.weight": leaf(golden.normal(5, 4)), "linear.bias": leaf(golden.normal(5))}
    images = golden.normal(SHARDS * 2, 3, 6, 8)
    labels = golden.integers(SHARDS * 2, high=5)
    golden.put_images("images", images)
    golden.put("labels", labels)
    for name, value in parameters.items():
        (golden.put_filters if value.dim() == 4 else golden.put)(name, value)
    mean = {name: torch.zeros_like(value) for name, value in parameters.items()}
    losses = []
    for shard in range(SHARDS):
        part = slice(2 * shard, 2 * shard + 2)
        x = F.conv2d(images[part], parameters["conv.weight"], parameters["conv.bias"], padding=1)
        x = F.relu(F.batch_norm(x, None, None, parameters["norm.weight"], parameters["norm.bias"], training=True))
        logits = F.linear(x.mean((2, 3)), parameters["linear.weight"], parameters["linear.bias"])
        losses.append(F.cross_entropy(logits, labels[part]))
        for name, gradient in zip(parameters, torch.autograd.grad(losses[-1], parameters.values())):
            mean[name] += gradient / SHARDS
    golden.put("loss", torch.stack(losses).mean())
    for name, gradient in mean.items():
        (golden.put_filters if gradient.dim() == 4 else golden.put)(f"gradient.{name}", gradient)
    return golden


def pieces():
    yield shards()
