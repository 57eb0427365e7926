"""Golden files of the layers: convolution, normalisation, pooling, resizing, RoIAlign. Every case holds its inputs, its
output `y`, a random `dy`, and the gradients of sum(y * dy) under the names of the inputs with a `d` in front."""
import torch
import torch.nn.functional as F
import torchvision

from golden_file import Golden, gradients, leaf


def conv2d():
    golden = Golden("conv2d", seed=101)
    cases = {
        # name: (N, C, H, W), K, R, stride, padding, dilation, bias
        "3x3": ((2, 4, 6, 5), 3, 3, 1, 1, 1, False),
        "3x3_stride2_odd": ((2, 3, 7, 9), 4, 3, 2, 1, 1, False),
        "1x1": ((2, 5, 4, 3), 6, 1, 1, 0, 1, True),
        "1x1_stride2": ((2, 4, 7, 6), 3, 1, 2, 0, 1, False),
        "7x7_stride2": ((1, 3, 13, 16), 3, 7, 2, 3, 1, False),
        "7x7_to_one": ((2, 3, 7, 7), 4, 7, 1, 0, 1, True),
        "3x3_dilation2": ((1, 3, 9, 8), 2, 3, 1, 2, 2, False),
        "3x3_bias": ((2, 3, 5, 6), 4, 3, 1, 1, 1, True),
        "3x3_one_pixel": ((1, 2, 1, 1), 3, 3, 1, 1, 1, True),
        "2x2_stride3": ((1, 2, 7, 8), 3, 2, 3, 0, 1, False),
    }
    for name, (size, outputs, side, stride, padding, dilation, bias) in cases.items():
        x = leaf(golden.normal(*size))
        w = leaf(golden.normal(outputs, size[1], side, side))
        b = leaf(golden.normal(outputs)) if bias else None
        y = F.conv2d(x, w, b, stride, padding, dilation)
        dy = golden.normal(*y.shape)
        golden.put(f"{name}.options", [stride, padding, dilation])
        golden.put_images(f"{name}.x", x)
        golden.put_filters(f"{name}.w", w)
        golden.put_images(f"{name}.y", y)
        golden.put_images(f"{name}.dy", dy)
        dx, dw = gradients(F.conv2d(x, w, b, stride, padding, dilation), dy, x, w)
        golden.put_images(f"{name}.dx", dx)
        golden.put_filters(f"{name}.dw", dw)
        if bias:
            golden.put(f"{name}.b", b)
            golden.put(f"{name}.db", dy.sum((0, 2, 3)))
    return golden


def conv_transpose2d():
    golden = Golden("conv_transpose2d", seed=102)
    cases = {
        # name: (N, C, H, W), outputs, R, stride, padding, output padding
        "3x3_stride2": ((2, 3, 4, 5), 4, 3, 2, 1, 1),
        "3x3_stride2_one_pixel": ((1, 3, 1, 1), 2, 3, 2, 1, 1),
        "3x3_stride1": ((1, 2, 4, 3), 3, 3, 1, 1, 0),
    }
    for name, (size, outputs, side, stride, padding, output_padding) in cases.items():
        x = leaf(golden.normal(*size))
        w = leaf(golden.normal(size[1], outputs, side, side))
        b = leaf(golden.normal(outputs))
        y = F.conv_transpose2d(x, w, b, stride, padding, output_padding)
        dy = golden.normal(*y.shape)
        dx, dw, db = gradients(y, dy, x, w, b)
        golden.put(f"{name}.options", [stride, padding, output_padding])
        golden.put_filters(f"{name}.w", w)
        golden.put_filters(f"{name}.dw", dw)
        golden.put(f"{name}.b", b)
        golden.put(f"{name}.db", db)
        for key, value in {"x": x, "y": y, "dy": dy, "dx": dx}.items():
            golden.put_images(f"{name}.{key}", value)
    return golden


def batch_norm():
    golden = Golden("batch_norm", seed=103)
    cases = {
        # name: (N, C, H, W), live statistics
        "live": ((3, 4, 5, 2), True),
        "frozen": ((3, 4, 5, 2), False),
        "matrix": ((6, 5, 1, 1), True),
        "two_values": ((2, 3, 1, 1), True),
        "one_value": ((1, 3, 1, 1), True),
    }
    for name, (size, live) in cases.items():
        channels = size[1]
        x = leaf(golden.normal(*size) * 2 + 1)
        w = leaf(golden.uniform(channels, low=0.5, high=1.5))
        b = leaf(golden.normal(channels))
        mean, variance = golden.normal(channels), golden.uniform(channels, low=0.5, high=2)
        golden.put(f"{name}.running_mean", mean)
        golden.put(f"{name}.running_var", variance)
        # With one value a channel there is no variance: the running statistics serve, and stay.
        live = live and size[0] * size[2] * size[3] > 1
        y = F.batch_norm(x, mean, variance, w, b, training=live, momentum=0.1, eps=1e-5)
        dy = golden.normal(*size)
        dx, dw, db = gradients(y, dy, x, w, b)
        golden.put(f"{name}.running_mean_after", mean)
        golden.put(f"{name}.running_var_after", variance)
        golden.put(f"{name}.w", w)
        golden.put(f"{name}.b", b)
        golden.put(f"{name}.dw", dw)
        golden.put(f"{name}.db", db)
        for key, value in {"x": x, "y": y, "dy": dy, "dx": dx}.items():
            golden.put_images(f"{name}.{key}", value)
    return golden


def nearest(x, height, width):
    """Nearest up-sampling to an exact size: pixel i of the output is pixel floor(i * input / output), in integers."""
    rows = torch.arange(height) * x.shape[2] // height
    columns = torch.arange(width) * x.shape[3] // width
    return x[:, :, rows][:, :, :, columns]


def _image_cases(golden, cases):
    """Adds cases that map one image to another: name -> (input size, function)."""
    for name, (size, function) in cases.items():
        x = leaf(golden.normal(*size))
        y = function(x)
        dy = golden.normal(*y.shape)
        (dx,) = gradients(y, dy, x)
        for key, value in {"x": x, "y": y, "dy": dy, "dx": dx}.items():
            golden.put_images(f"{name}.{key}", value)
    return golden


def pooling():
    def max_pool(x):
        return F.max_pool2d(x, 3, 2, 1)

    def to_eight(x):
        return F.adaptive_avg_pool2d(x, 8)

    def every_second(x):
        return x[:, :, ::2, ::2]

    return _image_cases(Golden("pooling", seed=104), {
        "max_even": ((2, 3, 8, 6), max_pool),
        "max_odd": ((1, 2, 7, 9), max_pool),
        "max_one_pixel": ((1, 2, 1, 1), max_pool),
        "every_second": ((2, 2, 5, 4), every_second),
        "adaptive_10x13": ((2, 2, 10, 13), to_eight),
        "adaptive_5x3": ((1, 3, 5, 3), to_eight),
        "adaptive_16x24": ((1, 1, 16, 24), to_eight),
        "adaptive_1x2": ((2, 2, 1, 2), to_eight),
        "mean_2x2": ((1, 2, 14, 14), lambda x: F.avg_pool2d(x, 2)),
    })


def resizing():
    def bilinear(height, width, antialias=False):
        def resize(x):
            return F.interpolate(x, size=(height, width), mode="bilinear", align_corners=False, antialias=antialias)
        return resize

    def nearest_to(height, width):
        def resize(x):
            y = nearest(x, height, width)
            assert torch.equal(y, F.interpolate(x, size=(height, width), mode="nearest"))
            return y
        return resize

    return _image_cases(Golden("resizing", seed=105), {
        "nearest_double": ((1, 3, 3, 4), nearest_to(6, 8)),
        "nearest_3x4_to_5x7": ((2, 2, 3, 4), nearest_to(5, 7)),
        "nearest_1x1_to_2x3": ((1, 2, 1, 1), nearest_to(2, 3)),
        "bilinear_double": ((1, 2, 3, 4), bilinear(6, 8)),
        "bilinear_3x4_to_5x7": ((2, 2, 3, 4), bilinear(5, 7)),
        "bilinear_9x7_to_4x5": ((1, 3, 9, 7), bilinear(4, 5)),
        "bilinear_1x1_to_3x2": ((1, 2, 1, 1), bilinear(3, 2)),
        "antialias_9x7_to_4x5": ((1, 3, 9, 7), bilinear(4, 5, antialias=True)),
        "antialias_12x10_to_3x7": ((1, 2, 12, 10), bilinear(3, 7, antialias=True)),
        "antialias_4x5_to_7x6": ((1, 2, 4, 5), bilinear(7, 6, antialias=True)),
    })


def roi_align():
    """Four levels of two images; regions inside, partly outside, tiny, wholly outside, of the whole image."""
    golden = Golden("roi_align", seed=106)
    sizes = {2: (12, 16), 3: (6, 8), 4: (3, 4), 5: (2, 2)}  # of an input of 48 x 64 (P5's is rounded up)
    maps = {level: leaf(golden.normal(2, 2, *size)) for level, size in sizes.items()}
    boxes = torch.tensor([
        [3.3, 5.1, 21.7, 19.4],     # inside
        [10.0, 8.0, 10.4, 8.3],     # tiny
        [-6.0, -4.5, 12.0, 9.0],    # over the upper left corner
        [50.0, 30.0, 75.0, 55.0],   # over the lower right corner
        [0.0, 0.0, 64.0, 48.0],     # the whole image
        [7.9, 2.2, 40.1, 47.7],
        [70.0, 60.0, 90.0, 85.0],   # outside
        [20.5, 11.25, 20.5, 11.25], # no area
    ])
    images = torch.tensor([0, 1, 0, 1, 1, 0, 0, 1])
    levels = torch.tensor([2, 2, 3, 4, 5, 4, 3, 2])
    golden.put("boxes", boxes)
    golden.put("images", images)
    golden.put("levels", levels)
    for level, value in maps.items():
        golden.put_images(f"p{level}", value)
    upstream = {side: golden.normal(len(boxes), 2, side, side) for side in (14, 7)}
    for side, dy in upstream.items():
        golden.put_images(f"dy_{side}", dy)
    for name, side, samples, aligned in [("14_aligned", 14, 1, True), ("14_not_aligned", 14, 1, False),
                                         ("7_aligned", 7, 2, True), ("7_not_aligned", 7, 2, False)]:
        y = torch.zeros(len(boxes), 2, side, side)
        for level, value in maps.items():
            members = (levels == level).nonzero()[:, 0]
            regions = torch.cat([images[members, None].double(), boxes[members]], 1)
            pooled = torchvision.ops.roi_align(value, regions, (side, side), 1 / 2**level, samples, aligned)
            y = y.index_put((members,), pooled)
        golden.put(f"{name}.options", [side, samples, int(aligned)])
        golden.put_images(f"{name}.y", y)
        dy = upstream[side]
        for level, gradient in zip(maps, gradients(y, dy, *maps.values())):
            golden.put_images(f"{name}.dp{level}", gradient)
    return golden


def linear():
    golden = Golden("linear", seed=107)
    for name, rows, inputs, outputs in [("5x7_to_4", 5, 7, 4), ("1x1_to_1", 1, 1, 1)]:
        x, w, b = leaf(golden.normal(rows, inputs)), leaf(golden.normal(outputs, inputs)), leaf(golden.normal(outputs))
        y = F.linear(x, w, b)
        dy = golden.normal(*y.shape)
        dx, dw, db = gradients(y, dy, x, w, b)
        for key, value in {"x": x, "w": w, "b": b, "y": y, "dy": dy, "dx": dx, "dw": dw, "db": db}.items():
            golden.put(f"{name}.{key}", value)
    return golden


def pieces():
    return [conv2d(), conv_transpose2d(), batch_norm(), pooling(), resizing(), roi_align(), linear()]
