#include "detector/onnx/picture.h"

#include "data/images/transform.h"
#include "detector/detect.h"
#include "detector/onnx/operators.h"

namespace intertwiner::onnx {
namespace {

/// Sizes of a picture before and after resizing: int64 without axes.
struct Sizes {
  Value original_height, original_width, height, width;
};

Sizes constant_sizes(Graph& graph, const InputSettings& settings, const PictureSize& size) {
  const ImageGeometry fit =
      fit_image(static_cast<int>(size.width), static_cast<int>(size.height), input_size(settings));
  return {graph.scalar(size.height), graph.scalar(size.width), graph.scalar(fit.height), graph.scalar(fit.width)};
}

/// fit_image as a graph.
Sizes computed_sizes(const Value& picture, const InputSettings& settings) {
  Graph& graph = *picture.graph;
  const Value height = size_of_axis(picture, 0), width = size_of_axis(picture, 1);
  const Value longer = max(height, width), shorter = min(height, width);
  Value target = graph.scalar(settings.image_size), side = longer;
  if (settings.image_size == 0) {
    const Value short_decides = graph.node("LessOrEqual", {longer * settings.short_side, shorter * settings.long_side});
    target = where(short_decides, graph.scalar(settings.short_side), graph.scalar(settings.long_side));
    side = where(short_decides, shorter, longer);
  }
  const auto scaled = [&](const Value& length) {
    if (settings.resize_rounding == ResizeRounding::exact) return max(length * target / side, 1);
    const auto in_float64 = [](const Value& x) { return cast(x, ElementType::float64); };
    const Value product = in_float64(length) * (in_float64(target) / in_float64(side));
    return max(cast(product, ElementType::int64), 1);
  };
  return {height, width, scaled(height), scaled(width)};
}

Value as_float(const Value& x) { return cast(x, ElementType::float32); }

/// An axis of `in` pixels resized to `out`, bilinearly. Positions are fractions of integers: those of float32 would be
/// wrong by up to 1e-4 px.
Value resized_bilinearly(const Value& x, int64_t axis, const Value& in, const Value& out) {
  const Value doubled = out * 2, last = in - 1;
  const Value position = min(max((range(out) * 2 + 1) * in - out, 0), doubled * last);  // · 2·out
  const Value low = position / doubled, high = min(low + 1, last);
  const Value rest = as_float(position - low * doubled) / as_float(doubled);
  const Value weight = reshape(rest, axis == 0 ? std::vector<int64_t>{-1, 1, 1} : std::vector<int64_t>{-1, 1});
  return as_float(gather(x, low, axis)) * (1.0f - weight) + as_float(gather(x, high, axis)) * weight;
}

/// The weights out×in of the triangle filter: 1 − |distance| / radius of the pixels' centres, divided by their sum.
/// Distances and radius are multiples of 1 / (2·out).
Value triangle_weights(const Value& in, const Value& out) {
  Graph& graph = *in.graph;
  const Value rows = reshape((range(out) * 2 + 1) * in, {-1, 1}), columns = (range(in) * 2 + 1) * out;
  const Value distance = graph.node("Abs", {columns - rows});
  const Value triangle = as_float(max(max(in, out) * 2 - distance, 0));
  return triangle / graph.node("ReduceSum", {triangle, graph.integers({1})});
}

Value resized(const Value& picture, const Sizes& s, bool antialias) {
  Graph& graph = *picture.graph;
  if (!antialias) {
    const Value rows = resized_bilinearly(picture, 0, s.original_height, s.height);
    return resized_bilinearly(rows, 1, s.original_width, s.width);
  }
  // A column of pixels H×(W·3), then each row W×3.
  const Value down = graph.node("Flatten", {as_float(picture)});
  const Value rows = graph.node("MatMul", {triangle_weights(s.original_height, s.height), down});
  const Value shape = concat({as_list(s.height), as_list(s.original_width), graph.integers({3})}, 0);
  const Value pixels = graph.node("Reshape", {rows, shape});
  return graph.node("MatMul", {triangle_weights(s.original_width, s.width), pixels});
}

Value normalised(const Value& pixels) {
  std::vector<float> factor, offset;
  for (size_t c = 0; c < 3; ++c) {
    factor.push_back(static_cast<float>(1 / (255 * kColourDeviation[c])));
    offset.push_back(static_cast<float>(-kColourMean[c] / kColourDeviation[c]));
  }
  return pixels * pixels.graph->floats(factor) + pixels.graph->floats(offset);
}

/// 3×height×width to 1×3×H×W with zeros: the square of image_size, or the next multiples of 32.
Value padded(const Value& image, const Sizes& s, const InputSettings& settings, const PictureSize& size) {
  Graph& graph = *image.graph;
  const auto missing = [&](const Value& length) {
    if (settings.image_size > 0) return as_list(settings.image_size - length);
    return as_list((length + 31) / int64_t{32} * 32 - length);
  };
  const Value pads = concat({graph.integers({0, 0, 0, 0}), missing(s.height), missing(s.width)}, 0);
  const Value batch = graph.node("Unsqueeze", {graph.node("Pad", {image, pads}), graph.integers({0})});
  // Known sizes are written down, so that a runtime knows the sizes of all maps before it runs.
  if (settings.image_size > 0) return reshape(batch, {1, 3, settings.image_size, settings.image_size});
  if (!size.is_fixed()) return batch;
  const ImageGeometry fit =
      fit_image(static_cast<int>(size.width), static_cast<int>(size.height), input_size(settings));
  return reshape(batch, {1, 3, (fit.height + 31) / 32 * 32, (fit.width + 31) / 32 * 32});
}

}  // namespace

NetworkInput network_input(const Value& picture, const InputSettings& settings, const PictureSize& size) {
  Graph& graph = *picture.graph;
  graph.begin_section("picture");
  const Sizes s = size.is_fixed() ? constant_sizes(graph, settings, size) : computed_sizes(picture, settings);
  const Value image = transpose(normalised(resized(picture, s, settings.antialias)), {2, 0, 1});
  return {padded(image, s, settings, size), s.height, s.width, as_float(s.original_height) / as_float(s.height),
          as_float(s.original_width) / as_float(s.width)};
}

}  // namespace intertwiner::onnx
