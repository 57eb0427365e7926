// The three passes of a convolution as gathered matrix products (gathered_product.h).
#include "engine/backend/loop_backend.h"
#include "engine/cpu/cpu_backend.h"
#include "engine/cpu/gathered_product.h"
#include "engine/elementwise.h"
#include "engine/parallel.h"

namespace intertwiner::cpu {
namespace {

using Sizes = kernels::ConvolutionSizes;

Gather forward_gather(const Sizes& z, const Conv2dGeometry& g) {
  Gather gather{.images = z.n,
                .height = z.p,
                .width = z.q,
                .source_height = z.h,
                .source_width = z.w,
                .channels = z.c,
                .source_stride = z.c,
                .step = g.stride,
                .taps = {}};
  for (int64_t r = 0; r < z.r; ++r)
    for (int64_t s = 0; s < z.s; ++s)
      gather.taps.push_back({r * g.dilation - g.padding, s * g.dilation - g.padding, r * z.s + s});
  return gather;
}

// With few channels (an image has three) a tap is too short for the kernels' inner loop. If a filter's row of S·C
// elements fits one tile, the image is copied once with its padding, and each filter row becomes one tap.
bool rows_as_taps(const Sizes& z, const Conv2dGeometry& g) { return z.s > 1 && z.s * z.c <= 32 && g.dilation == 1; }

template <class T>
Tensor with_padding(const Tensor& x, int64_t padding) {
  const int64_t n = x.dim(0), h = x.dim(1), w = x.dim(2), c = x.dim(3), wide = w + 2 * padding, high = h + 2 * padding;
  Tensor padded = Tensor::zeros({n, high, wide, c}, x.dtype());
  parallel_for(n * h, [&](int64_t row) {
    const T* from = x.data<T>() + row * w * c;
    std::copy_n(from, w * c, padded.data<T>() + ((row / h * high + row % h + padding) * wide + padding) * c);
  });
  return padded;
}

Gather row_gather(const Sizes& z, const Conv2dGeometry& g) {
  Gather gather{.images = z.n,
                .height = z.p,
                .width = z.q,
                .source_height = z.h + 2 * g.padding,
                .source_width = z.w + 2 * g.padding,
                .channels = z.s * z.c,
                .source_stride = z.c,
                .step = g.stride,
                .taps = {}};
  for (int64_t r = 0; r < z.r; ++r) gather.taps.push_back({r, 0, r});
  return gather;
}

template <class T>
Epilogue<T> view(const ChannelAffine& epilogue) {
  const auto pointer = [](const Tensor& t) { return t.defined() ? t.data<T>() : nullptr; };
  return {.scale = pointer(epilogue.scale),
          .shift = pointer(epilogue.shift),
          .residual = pointer(epilogue.residual),
          .relu = epilogue.relu};
}

int64_t remainder(int64_t a, int64_t b) { return ((a % b) + b) % b; }

// A filter as large as its image gives one output pixel. Each image is then one row of H·W·C elements, and the
// convolution is a matrix product. (As a gathered product, the data gradient would read R·S taps for each input pixel,
// and only one lies inside.)
bool covers_image(const Sizes& z, const Conv2dGeometry& g) {
  return g.padding == 0 && g.dilation == 1 && z.r == z.h && z.s == z.w;
}

Tensor as_rows(const Tensor& x) { return x.reshape({x.dim(0), x.dim(1) * x.dim(2) * x.dim(3)}); }

// Sees each image as one pixel of H·W·C channels.
Sizes flattened(Sizes z) {
  z.c *= z.h * z.w;
  z.h = z.w = z.r = z.s = z.p = z.q = 1;
  return z;
}

}  // namespace

Tensor CpuBackend::conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& g,
                          const ChannelAffine& epilogue) const {
  const Sizes full = convolution_sizes(x.shape(), w.shape(), g);
  const Sizes z = covers_image(full, g) ? flattened(full) : full;
  Tensor y = Tensor::empty({z.n, z.p, z.q, z.k}, x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const bool by_rows = rows_as_taps(z, g);
    const Tensor source = by_rows ? with_padding<T>(x, g.padding) : x;
    const Gather gather = by_rows ? row_gather(z, g) : forward_gather(z, g);
    const FilterView<T> filter{.data = w.data<T>(),
                               .index_stride = gather.channels,
                               .channel_stride = 1,
                               .column_stride = z.r * z.s * z.c,
                               .columns = z.k,
                               .owner = w};
    gathered_product<T>({.gather = gather,
                         .source = source.data<T>(),
                         .filter = filter,
                         .epilogue = view<T>(epilogue),
                         .out = y.data<T>()},
                        {.full_height = z.p, .full_width = z.q});
  });
  return y;
}

namespace {

// Input pixel i meets filter element r at output pixel (i + padding − r·dilation) / stride, if that is an integer. So
// input pixels with the same remainder by the stride share their filter elements. They are one gathered product.
template <class T>
void data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g, const Sizes& z, const Tensor& dx) {
  const FilterView<T> filter{.data = w.data<T>(),
                             .index_stride = z.c,
                             .channel_stride = z.r * z.s * z.c,
                             .column_stride = 1,
                             .columns = z.c,
                             .owner = w};
  for (int64_t first_y = 0; first_y < std::min(g.stride, z.h); ++first_y)
    for (int64_t first_x = 0; first_x < std::min(g.stride, z.w); ++first_x) {
      Gather gather{.images = z.n,
                    .height = divide_up(z.h - first_y, g.stride),
                    .width = divide_up(z.w - first_x, g.stride),
                    .source_height = z.p,
                    .source_width = z.q,
                    .channels = z.k,
                    .source_stride = z.k,
                    .step = 1,
                    .taps = {}};
      for (int64_t r = z.r; r-- > 0;)  // taps then go from the upper left to the lower right, as pixels do
        for (int64_t s = z.s; s-- > 0;) {
          const int64_t y = first_y + g.padding - r * g.dilation, x = first_x + g.padding - s * g.dilation;
          if (remainder(y, g.stride) == 0 && remainder(x, g.stride) == 0)
            gather.taps.push_back({y / g.stride, x / g.stride, r * z.s + s});
        }
      gathered_product<T>(
          {.gather = gather, .source = dy.data<T>(), .filter = filter, .epilogue = {}, .out = dx.data<T>()},
          {.full_height = z.h, .full_width = z.w, .step = g.stride, .first_y = first_y, .first_x = first_x});
    }
}

}  // namespace

void CpuBackend::conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g,
                                      const GradientTarget& dx) const {
  const Sizes z = convolution_sizes(dx.memory.shape(), w.shape(), g);
  write_gradient(dx, [&](const Tensor& out) {
    if (covers_image(z, g)) return matmul_into(as_rows(out), as_rows(dy), as_rows(w), false, false);
    with_float_type(dy.dtype(), [&]<class T>(T) { data_gradient<T>(dy, w, g, z, out); });
  });
}

void CpuBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& g,
                                        const GradientTarget& dw) const {
  const Sizes z = convolution_sizes(x.shape(), dw.memory.shape(), g);
  write_gradient(dw, [&](const Tensor& out) {
    if (covers_image(z, g)) return matmul_into(as_rows(out), as_rows(dy), as_rows(x), true, false);
    with_float_type(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const bool by_rows = rows_as_taps(z, g);
      const Tensor source = by_rows ? with_padding<T>(x, g.padding) : x;
      const Gather gather = by_rows ? row_gather(z, g) : forward_gather(z, g);
      gathered_outer<T>({.gather = gather,
                         .source = source.data<T>(),
                         .left = dy.data<T>(),
                         .left_columns = z.k,
                         .gradient = out.data<T>()});
    });
  });
}

}  // namespace intertwiner::cpu
