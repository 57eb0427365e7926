// The three passes of a convolution as gathered matrix products (gather_product.h), or by Winograd's algorithm where
// that takes less (winograd.h).
#include "engine/cpu/cpu_backend.h"
#include "engine/cpu/gather_product.h"
#include "engine/cpu/winograd.h"
#include "engine/parallel.h"

namespace intertwiner::cpu {
namespace {

struct Sizes {
  int64_t n, h, w, c;  // input
  int64_t k, r, s;     // filter
  int64_t p, q;        // output
};

Sizes sizes_of(const Shape& x, const Shape& w, const Conv2dGeometry& g) {
  return {
      x[0], x[1], x[2], x[3], w[0], w[1], w[2], conv2d_output_size(x[1], w[1], g), conv2d_output_size(x[2], w[2], g)};
}

Gather forward_gather(const Sizes& z, const Conv2dGeometry& g) {
  Gather gather{z.n, z.p, z.q, z.h, z.w, z.c, z.c, g.stride, {}};
  for (int64_t r = 0; r < z.r; ++r)
    for (int64_t s = 0; s < z.s; ++s)
      gather.taps.push_back({r * g.dilation - g.padding, s * g.dilation - g.padding, r * z.s + s});
  return gather;
}

// With few channels (an image's three) a tap is too short for the kernels' inner loop. Where a filter's row of S·C
// elements fits one tile, the image is copied once with its padding, and a whole row becomes one tap.
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
  Gather gather{z.n, z.p, z.q, z.h + 2 * g.padding, z.w + 2 * g.padding, z.s * z.c, z.c, g.stride, {}};
  for (int64_t r = 0; r < z.r; ++r) gather.taps.push_back({r, 0, r});
  return gather;
}

template <class T>
Epilogue<T> view(const Conv2dEpilogue& epilogue) {
  const auto pointer = [](const Tensor& t) { return t.defined() ? t.data<T>() : nullptr; };
  return {pointer(epilogue.scale), pointer(epilogue.shift), pointer(epilogue.residual), epilogue.relu};
}

int64_t remainder(int64_t a, int64_t b) { return ((a % b) + b) % b; }

// A filter as large as its image leaves one output pixel: each image is one row of H·W·C elements, and the convolution
// a matrix product. (As a gathered product, the data gradient would read R·S taps an input pixel, all but one of them
// outside.)
bool covers_image(const Sizes& z, const Conv2dGeometry& g) {
  return g.padding == 0 && g.dilation == 1 && z.r == z.h && z.s == z.w;
}

Tensor as_rows(const Tensor& x) { return x.reshape({x.dim(0), x.dim(1) * x.dim(2) * x.dim(3)}); }

// The same images as one pixel each.
Sizes flattened(const Sizes& z) { return {z.n, 1, 1, z.h * z.w * z.c, z.k, 1, 1, 1, 1}; }

}  // namespace

Tensor CpuBackend::conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& g,
                          const Conv2dEpilogue& epilogue) const {
  const Sizes full = sizes_of(x.shape(), w.shape(), g);
  const Sizes z = covers_image(full, g) ? flattened(full) : full;
  Tensor y = Tensor::empty({z.n, z.p, z.q, z.k}, x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const bool by_rows = rows_as_taps(z, g);
    const Tensor source = by_rows ? with_padding<T>(x, g.padding) : x;
    const Gather gather = by_rows ? row_gather(z, g) : forward_gather(z, g);
    const FilterView<T> filter{w.data<T>(), gather.channels, 1, z.r * z.s * z.c, z.k, w};
    if (winograd_is_used(gather, z.k)) {
      winograd_product<T>(gather, source.data<T>(), filter, view<T>(epilogue), y.data<T>());
    } else {
      gather_product<T>(gather, source.data<T>(), filter, {z.p, z.q}, view<T>(epilogue), y.data<T>());
    }
  });
  return y;
}

// Input pixel i meets filter element r at output pixel (i + padding − r·dilation) / stride, where that is whole: so
// pixels with the same remainder by the stride share their filter elements, and are one gathered product.
Tensor CpuBackend::conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g,
                                        const Shape& x_shape) const {
  const Sizes z = sizes_of(x_shape, w.shape(), g);
  if (covers_image(z, g)) return matmul(as_rows(dy), as_rows(w), false, false).reshape(x_shape);
  Tensor dx = Tensor::empty(x_shape, dy.dtype());
  with_float_type(dy.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const FilterView<T> filter{w.data<T>(), z.c, z.r * z.s * z.c, 1, z.c, w};
    for (int64_t first_y = 0; first_y < std::min(g.stride, z.h); ++first_y)
      for (int64_t first_x = 0; first_x < std::min(g.stride, z.w); ++first_x) {
        Gather gather{z.n,
                      (z.h - first_y + g.stride - 1) / g.stride,
                      (z.w - first_x + g.stride - 1) / g.stride,
                      z.p,
                      z.q,
                      z.k,
                      z.k,
                      1,
                      {}};
        for (int64_t r = z.r; r-- > 0;)  // so that taps, too, go from the upper left to the lower right
          for (int64_t s = z.s; s-- > 0;) {
            const int64_t y = first_y + g.padding - r * g.dilation, x = first_x + g.padding - s * g.dilation;
            if (remainder(y, g.stride) == 0 && remainder(x, g.stride) == 0)
              gather.taps.push_back({y / g.stride, x / g.stride, r * z.s + s});
          }
        if (g.stride == 1 && winograd_is_used(gather, z.c)) {
          winograd_product<T>(gather, dy.data<T>(), filter, {}, dx.data<T>());
        } else {
          gather_product<T>(gather, dy.data<T>(), filter, {z.h, z.w, g.stride, first_y, first_x}, {}, dx.data<T>());
        }
      }
  });
  return dx;
}

Tensor CpuBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& g,
                                          const Shape& w_shape) const {
  const Sizes z = sizes_of(x.shape(), w_shape, g);
  if (covers_image(z, g)) return matmul(as_rows(dy), as_rows(x), true, false).reshape(w_shape);
  Tensor dw = Tensor::empty(w_shape, x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const bool by_rows = rows_as_taps(z, g);
    const Tensor source = by_rows ? with_padding<T>(x, g.padding) : x;
    const Gather gather = by_rows ? row_gather(z, g) : forward_gather(z, g);
    if (winograd_is_used(gather, z.k)) {
      winograd_outer<T>(gather, source.data<T>(), dy.data<T>(), z.k, dw.data<T>());
    } else {
      gather_outer<T>(gather, source.data<T>(), dy.data<T>(), z.k, dw.data<T>());
    }
  });
  return dw;
}

}  // namespace intertwiner::cpu
