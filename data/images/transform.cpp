#include "data/images/transform.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/error.h"

namespace intertwiner {
namespace {

/// A resampling filter of one axis: output[i] = Σ_{k < taps} weight[i·taps + k] · input[first[i] + k]. Unused taps have
/// weight 0, and first[i] + k is always a valid index.
struct Filter {
  int taps = 0;
  std::vector<int> first;
  std::vector<float> weight;
};

Filter bilinear_filter(int input, const AxisWindow& window) {
  Filter filter{std::min(2, input), std::vector<int>(window.count), {}};
  filter.weight.assign(static_cast<size_t>(window.count) * filter.taps, 0.0f);
  for (int i = 0; i < window.count; ++i) {
    const double centre = window.begin + (i + 0.5) * window.ratio;
    const double position = std::clamp(centre - 0.5, 0.0, static_cast<double>(input - 1));
    const int first = std::min(static_cast<int>(position), input - filter.taps);
    filter.first[i] = first;
    float* weight = &filter.weight[static_cast<size_t>(i) * filter.taps];
    weight[0] = static_cast<float>(1 - (position - first));
    if (filter.taps == 2) weight[1] = static_cast<float>(position - first);
  }
  return filter;
}

/// A triangle that reaches `ratio` px of the input to each side, at least 1 px, clipped at the borders.
Filter triangle_filter(int input, const AxisWindow& window) {
  const double radius = std::max(window.ratio, 1.0);
  Filter filter{std::min(static_cast<int>(std::ceil(radius)) * 2 + 1, input), std::vector<int>(window.count), {}};
  filter.weight.assign(static_cast<size_t>(window.count) * filter.taps, 0.0f);
  std::vector<double> triangle(filter.taps);
  for (int i = 0; i < window.count; ++i) {
    const double centre = window.begin + (i + 0.5) * window.ratio;
    const int first = std::clamp(static_cast<int>(centre - radius + 0.5), 0, input - filter.taps);
    double sum = 0;
    for (int k = 0; k < filter.taps; ++k) {
      triangle[k] = std::max(0.0, 1 - std::abs(first + k + 0.5 - centre) / radius);
      sum += triangle[k];
    }
    filter.first[i] = first;
    for (int k = 0; k < filter.taps; ++k) {
      filter.weight[static_cast<size_t>(i) * filter.taps + k] = static_cast<float>(triangle[k] / sum);
    }
  }
  return filter;
}

Filter make_filter(int input, const AxisWindow& window, bool antialias) {
  return antialias ? triangle_filter(input, window) : bilinear_filter(input, window);
}

void mirror(Filter& filter) {
  const size_t count = filter.first.size(), taps = static_cast<size_t>(filter.taps);
  std::reverse(filter.first.begin(), filter.first.end());
  for (size_t i = 0; i < count / 2; ++i) {
    std::swap_ranges(&filter.weight[i * taps], &filter.weight[i * taps] + taps, &filter.weight[(count - 1 - i) * taps]);
  }
}

/// Filters one row of bytes to the output's width; values stay in 0..255.
void filter_row(const Filter& filter, const uint8_t* input, float* output) {
  const size_t count = filter.first.size();
  if (filter.taps == 2) {  // the usual case
    for (size_t i = 0; i < count; ++i) {
      const uint8_t* pixel = input + ptrdiff_t{3} * filter.first[i];
      const float a = filter.weight[2 * i], b = filter.weight[2 * i + 1];
      for (int c = 0; c < 3; ++c) output[3 * i + c] = a * pixel[c] + b * pixel[3 + c];
    }
    return;
  }
  const size_t taps = static_cast<size_t>(filter.taps);
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* pixel = input + ptrdiff_t{3} * filter.first[i];
    const float* weight = &filter.weight[i * taps];
    float sum[3] = {0, 0, 0};
    for (size_t k = 0; k < taps; ++k) {
      for (int c = 0; c < 3; ++c) sum[c] += weight[k] * pixel[3 * k + c];
    }
    for (int c = 0; c < 3; ++c) output[3 * i + c] = sum[c];
  }
}

Box scale(const Box& box, double x, double y) {
  return {static_cast<float>(box.x1 * x), static_cast<float>(box.y1 * y), static_cast<float>(box.x2 * x),
          static_cast<float>(box.y2 * y)};
}

}  // namespace

Box ImageGeometry::to_input(const Box& box) const { return scale(box, ratio_x(), ratio_y()); }

Box ImageGeometry::to_original(const Box& box) const { return scale(box, 1 / ratio_x(), 1 / ratio_y()); }

ImageGeometry fit_image(int width, int height, const InputSize& size) {
  if (width <= 0 || height <= 0) {
    throw UserError("an image of " + std::to_string(width) + "×" + std::to_string(height) +
                    " pixels cannot be resized");
  }
  const int64_t longer = std::max(width, height), shorter = std::min(width, height);
  int64_t target = size.image_size, side = longer;  // scale = target / side
  if (size.image_size == 0) {
    const bool short_decides = size.short_side * longer <= size.long_side * shorter;
    target = short_decides ? size.short_side : size.long_side;
    side = short_decides ? shorter : longer;
  }
  if (target <= 0) throw UserError("image sizes must be positive, not " + std::to_string(target));
  const double scale = static_cast<double>(target) / static_cast<double>(side);
  const auto scaled = [&](int length) {
    const int64_t exact = length * target / side;
    return static_cast<int>(std::max<int64_t>(1, size.in_floats ? static_cast<int64_t>(length * scale) : exact));
  };
  return {width, height, scaled(width), scaled(height)};
}

Box flip_horizontally(const Box& box, float width) { return {width - box.x2, box.y1, width - box.x1, box.y2}; }

void resize_normalised(const Image& image, const ImageGeometry& geometry, const ResizeOptions& options,
                       const FloatRows& output) {
  const auto whole = [](int input, int count) { return AxisWindow{0, static_cast<double>(input) / count, count}; };
  AxisWindow across = whole(image.width, geometry.width);
  across.mirrored = options.flip;
  resample_normalised(image, across, whole(image.height, geometry.height), options.antialias, output);
}

void resample_normalised(const Image& image, const AxisWindow& columns, const AxisWindow& rows, bool antialias,
                         const FloatRows& output) {
  require_pixels(image);
  Filter across = make_filter(image.width, columns, antialias);
  if (columns.mirrored) mirror(across);
  const Filter down = make_filter(image.height, rows, antialias);

  float factor[3], offset[3];
  for (int c = 0; c < 3; ++c) {
    factor[c] = static_cast<float>(1 / (255 * kColourDeviation[c]));
    offset[c] = static_cast<float>(-kColourMean[c] / kColourDeviation[c]);
  }

  // The filter's window only moves down from one output row to the next. So the rows that were filtered for the last
  // window are kept in a ring buffer.
  const size_t row_floats = static_cast<size_t>(columns.count) * 3;
  std::vector<float> ring(row_floats * down.taps), sum(row_floats);
  int filtered = 0;  // input rows before this one are in the ring, or no longer needed
  for (int y = 0; y < rows.count; ++y) {
    const int first = down.first[y], end = first + down.taps;
    for (int row = std::max(filtered, first); row < end; ++row) {
      filter_row(across, &image.rgb[static_cast<size_t>(row) * image.width * 3], &ring[row_floats * (row % down.taps)]);
    }
    filtered = std::max(filtered, end);

    std::fill(sum.begin(), sum.end(), 0.0f);
    for (int k = 0; k < down.taps; ++k) {
      const float weight = down.weight[static_cast<size_t>(y) * down.taps + k];
      const float* row = &ring[row_floats * ((first + k) % down.taps)];
      for (size_t i = 0; i < row_floats; ++i) sum[i] += weight * row[i];
    }
    float* target = output.begin + y * output.row_stride;
    for (size_t i = 0; i < row_floats; i += 3) {
      for (size_t c = 0; c < 3; ++c) target[i + c] = sum[i + c] * factor[c] + offset[c];
    }
  }
}

void write_colours(std::span<const float> normalised, uint8_t* rgb) {
  for (size_t i = 0; i < normalised.size(); ++i) {
    const double value = normalised[i] * kColourDeviation[i % 3] + kColourMean[i % 3];
    rgb[i] = static_cast<uint8_t>(std::clamp(std::lround(value * 255), 0L, 255L));
  }
}

}  // namespace intertwiner
