#include "engine/ops/pooling.h"

#include "engine/backend/loop.h"
#include "engine/kernels/bilinear.h"
#include "engine/kernels/pooling.h"

namespace intertwiner {
namespace {

constexpr int64_t kPixelGrain = 256;

/// Number of pixels of the larger map, or of the smaller one, in a batch.
Loop over_pixels(const Tensor& map) {
  return {.device = map.device(), .count = map.dim(0) * map.dim(1) * map.dim(2), .grain = kPixelGrain};
}

/// Calls the index function make.operator()<T, N>(at) for the lanes of all pixels of `result`. `tensors` are all that
/// it reads or writes.
template <class Make>
void for_each_pixel(const Tensor& result, const std::vector<Tensor>& tensors, const Make& make) {
  with_lanes(over_pixels(result), tensors, result.dim(3), [&]<int N>(const auto& loop) {
    for_each_map_index(loop, result.dtype(),
                       [&]<class T>(const Pointers& at) { return make.template operator()<T, N>(at); });
  });
}

kernels::PoolSizes sizes(const Shape& large, int64_t out_height, int64_t out_width) {
  return {
      .height = large[1], .width = large[2], .out_height = out_height, .out_width = out_width, .channels = large[3]};
}

void require_map(const char* name, const Variable& x) {
  if (x.value().rank() != 4) throw UserError(std::string(name) + ": needs maps N×H×W×C, not " + to_string(x.shape()));
}

// Most operators of this file differ only in their kernels and in the smaller map's size.
template <template <class, int> class Forward, template <class, int> class Backward>
Variable resample(const char* name, const Variable& x, int64_t out_height, int64_t out_width) {
  require_map(name, x);
  const kernels::PoolSizes s = sizes(x.shape(), out_height, out_width);
  const Tensor y = Tensor::empty({x.dim(0), out_height, out_width, x.dim(3)}, x.dtype(), x.device());
  for_each_pixel(y, {x.value(), y}, [&]<class T, int N>(const Pointers& at) {
    return Forward<T, N>{.s = s, .x = at(x.value()), .y = at(y)};
  });
  return Variable::from(y, {x}, [s, shape = x.shape()](const Tensor& dy) {
    const Tensor dx = Tensor::empty(shape, dy.dtype(), dy.device());
    for_each_pixel(dx, {dy, dx}, [&]<class T, int N>(const Pointers& at) {
      return Backward<T, N>{.s = s, .dy = at(dy), .dx = at(dx)};
    });
    return Gradients{dx};
  });
}

}  // namespace

Variable max_pool(const Variable& x, const MaxPool& pool) {
  require_map("max_pool", x);
  constexpr int64_t kMaxWindow = 16;  // the place of the maximum in its window is kept in a byte
  if (pool.window < 1 || pool.window > kMaxWindow || pool.stride < 1 || pool.padding < 0 ||
      2 * pool.padding > pool.window)
    throw UserError(
        "max_pool: give a window from 1 to 16, a stride from 1, and a padding of at most half of the window");
  const auto output = [&](int64_t side) { return (side + 2 * pool.padding - pool.window) / pool.stride + 1; };
  if (x.dim(1) + 2 * pool.padding < pool.window || x.dim(2) + 2 * pool.padding < pool.window)
    throw UserError("max_pool: " + to_string(x.shape()) + " is smaller than the window");
  const kernels::PoolSizes s = sizes(x.shape(), output(x.dim(1)), output(x.dim(2)));
  const kernels::PoolWindow window{.size = pool.window, .stride = pool.stride, .padding = pool.padding};
  const Tensor y = Tensor::empty({x.dim(0), s.out_height, s.out_width, s.channels}, x.dtype(), x.device());
  const Tensor position = Tensor::empty(y.shape(), DType::uint8, x.device());
  for_each_pixel(y, {x.value(), y, position}, [&]<class T, int N>(const Pointers& at) {
    return kernels::MaxPool<T, N>{.s = s, .w = window, .x = at(x.value()), .y = at(y), .position = at(position)};
  });
  return Variable::from(y, {x}, [s, window, position, shape = x.shape()](const Tensor& dy) {
    const Tensor dx = Tensor::empty(shape, dy.dtype(), dy.device());
    for_each_pixel(dx, {position, dy, dx}, [&]<class T, int N>(const Pointers& at) {
      return kernels::MaxPoolGradient<T, N>{.s = s, .w = window, .position = at(position), .dy = at(dy), .dx = at(dx)};
    });
    return Gradients{dx};
  });
}

Variable mean_pool2x2(const Variable& x) {
  require_map("mean_pool2x2", x);
  if (x.dim(1) % 2 != 0 || x.dim(2) % 2 != 0)
    throw UserError("mean_pool2x2: sides of " + to_string(x.shape()) + " are not even");
  return resample<kernels::MeanPool2x2, kernels::MeanPool2x2Gradient>("mean_pool2x2", x, x.dim(1) / 2, x.dim(2) / 2);
}

Variable adaptive_mean_pool(const Variable& x, int64_t side) {
  return resample<kernels::AdaptiveMean, kernels::AdaptiveMeanGradient>("adaptive_mean_pool", x, side, side);
}

Variable every_second_pixel(const Variable& x) {
  require_map("every_second_pixel", x);
  return resample<kernels::EverySecondPixel, kernels::EverySecondPixelGradient>("every_second_pixel", x,
                                                                                (x.dim(1) + 1) / 2, (x.dim(2) + 1) / 2);
}

Variable resize_bilinear(const Variable& x, int64_t height, int64_t width) {
  return resample<kernels::Bilinear, kernels::BilinearGradient>("resize_bilinear", x, height, width);
}

Variable crop(const Variable& x, int64_t height, int64_t width) {
  require_map("crop", x);
  if (height > x.dim(1) || width > x.dim(2))
    throw UserError("crop: " + to_string(x.shape()) + " is smaller than the crop");
  if (height == x.dim(1) && width == x.dim(2)) return x;
  return resample<kernels::Crop, kernels::CropGradient>("crop", x, height, width);
}

Variable add_upsampled(const Variable& fine, const Variable& coarse) {
  require_map("add_upsampled", fine);
  if (coarse.value().rank() != 4 || fine.dim(0) != coarse.dim(0) || fine.dim(3) != coarse.dim(3))
    throw UserError("add_upsampled: maps " + to_string(fine.shape()) + " and " + to_string(coarse.shape()) +
                    " do not fit");
  const kernels::PoolSizes s = sizes(fine.shape(), coarse.dim(1), coarse.dim(2));
  const Tensor y = Tensor::empty(fine.shape(), fine.dtype(), fine.device());
  for_each_pixel(y, {fine.value(), coarse.value(), y}, [&]<class T, int N>(const Pointers& at) {
    return kernels::AddUpsampled<T, N>{.s = s, .fine = at(fine.value()), .coarse = at(coarse.value()), .y = at(y)};
  });
  return Variable::from(y, {fine, coarse}, [s, shape = coarse.shape()](const Tensor& dy) {
    const Tensor dcoarse = Tensor::empty(shape, dy.dtype(), dy.device());
    for_each_pixel(dcoarse, {dy, dcoarse}, [&]<class T, int N>(const Pointers& at) {
      return kernels::UpsampledGradient<T, N>{.s = s, .dy = at(dy), .dcoarse = at(dcoarse)};
    });
    return Gradients{dy, dcoarse};
  });
}

}  // namespace intertwiner
