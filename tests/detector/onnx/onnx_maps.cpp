#include "tests/detector/onnx/onnx_maps.h"

#include <cmath>

namespace intertwiner::tests {
namespace {

using Inputs = std::vector<OnnxArray>;

/// Windows over a map; the same along both axes.
struct Windows {
  int64_t size, stride, padding, dilation;

  explicit Windows(const OnnxNode& node, int64_t filter = 0)
      : size(first(node, "kernel_shape", filter)),
        stride(first(node, "strides", 1)),
        padding(first(node, "pads", 0)),
        dilation(first(node, "dilations", 1)) {}
  int64_t count(int64_t length) const { return (length + 2 * padding - dilation * (size - 1) - 1) / stride + 1; }
  int64_t pixel(int64_t window, int64_t k) const { return window * stride - padding + k * dilation; }

 private:
  static int64_t first(const OnnxNode& node, const std::string& name, int64_t usual) {
    const auto found = node.attributes.find(name);
    if (found == node.attributes.end()) return usual;
    for (const int64_t value : found->second.integers) require(value == found->second.integers[0], "not square");
    return found->second.integers[0];
  }
};

/// Calls f(y, x, k) for the pixels of window (i, j) that lie in the map; k is their number in the window.
template <class F>
void for_each_pixel(const Windows& w, const Sizes& map, int64_t i, int64_t j, const F& f) {
  for (int64_t r = 0; r < w.size; ++r)
    for (int64_t s = 0; s < w.size; ++s) {
      const int64_t y = w.pixel(i, r), x = w.pixel(j, s);
      if (y >= 0 && y < map[2] && x >= 0 && x < map[3]) f(y, x, r * w.size + s);
    }
}

OnnxArray convolution(const OnnxNode& node, const Inputs& in) {
  const OnnxArray &x = in.at(0), &filter = in.at(1);
  const Windows w(node, filter.shape.at(2));
  require(filter.shape[1] == x.shape.at(1), "channels do not fit");
  const Sizes shape = {x.shape[0], filter.shape[0], w.count(x.shape[2]), w.count(x.shape[3])};
  return built(shape, false, [&](const Sizes& i) {
    double sum = in.size() > 2 ? in[2].values.at(static_cast<size_t>(i[1])) : 0;
    for (int64_t c = 0; c < x.shape[1]; ++c) {
      const double* map = &x.values[static_cast<size_t>((i[0] * x.shape[1] + c) * x.shape[2] * x.shape[3])];
      const double* weights = &filter.values[static_cast<size_t>((i[1] * x.shape[1] + c) * w.size * w.size)];
      for_each_pixel(w, x.shape, i[2], i[3],
                     [&](int64_t y, int64_t column, int64_t k) { sum += map[y * x.shape[3] + column] * weights[k]; });
    }
    return sum;
  });
}

OnnxArray batch_norm(const OnnxNode& node, const Inputs& in) {
  const double eps = double{node.attributes.at("epsilon").number};
  return built(in.at(0).shape, false, [&](const Sizes& i) {
    const auto of_channel = [&](size_t n) { return in.at(n).values.at(static_cast<size_t>(i[1])); };
    return (at(in[0], i) - of_channel(3)) / std::sqrt(of_channel(4) + eps) * of_channel(1) + of_channel(2);
  });
}

OnnxArray pooled(const OnnxNode& node, const OnnxArray& x, bool maximum) {
  const Windows w(node);
  require(maximum || w.padding == 0, "AveragePool without padding");
  return built({x.shape[0], x.shape[1], w.count(x.shape[2]), w.count(x.shape[3])}, false, [&](const Sizes& i) {
    double best = -INFINITY, sum = 0;
    for_each_pixel(w, x.shape, i[2], i[3], [&](int64_t y, int64_t column, int64_t) {
      const double value = at(x, {i[0], i[1], y, column});
      best = std::max(best, value);
      sum += value;
    });
    return maximum ? best : sum / static_cast<double>(w.size * w.size);
  });
}

OnnxArray pad(const OnnxArray& x, const Sizes& pads) {
  const size_t rank = x.shape.size();
  Sizes shape = x.shape;
  for (size_t axis = 0; axis < rank; ++axis) shape[axis] += pads.at(axis) + pads.at(rank + axis);
  return built(shape, x.is_integer, [&](Sizes i) {
    for (size_t axis = 0; axis < rank; ++axis) {
      i[axis] -= pads[axis];
      if (i[axis] < 0 || i[axis] >= x.shape[axis]) return 0.0;
    }
    return at(x, i);
  });
}

OnnxArray nearest(const OnnxNode& node, const OnnxArray& x, const Sizes& sizes) {
  const auto text = [&](const char* name) { return node.attributes.at(name).text; };
  require(text("mode") == "nearest" && text("nearest_mode") == "floor" &&
              text("coordinate_transformation_mode") == "asymmetric",
          "Resize to the nearest pixel above and left");
  return built(sizes, false, [&](Sizes i) {
    for (size_t axis = 0; axis < sizes.size(); ++axis) i[axis] = i[axis] * x.shape[axis] / sizes[axis];
    return at(x, i);
  });
}

/// The value of a map between its pixels.
double between(const OnnxArray& map, int64_t channel, double y, double x) {
  const int64_t height = map.shape[2], width = map.shape[3];
  if (y < -1 || x < -1 || y > static_cast<double>(height) || x > static_cast<double>(width)) return 0;
  y = std::clamp(y, 0.0, static_cast<double>(height - 1));
  x = std::clamp(x, 0.0, static_cast<double>(width - 1));
  const int64_t top = static_cast<int64_t>(y), left = static_cast<int64_t>(x);
  const int64_t bottom = std::min(top + 1, height - 1), right = std::min(left + 1, width - 1);
  const double down = y - static_cast<double>(top), across = x - static_cast<double>(left);
  const auto pixel = [&](int64_t row, int64_t column) { return at(map, {0, channel, row, column}); };
  return (1 - down) * ((1 - across) * pixel(top, left) + across * pixel(top, right)) +
         down * ((1 - across) * pixel(bottom, left) + across * pixel(bottom, right));
}

OnnxArray roi_align(const OnnxNode& node, const OnnxArray& map, const OnnxArray& regions) {
  const auto integer = [&](const char* name) { return node.attributes.at(name).integer; };
  require(node.attributes.at("mode").text == "avg" && map.shape.at(0) == 1, "RoiAlign by means");
  const bool half_pixel = node.attributes.at("coordinate_transformation_mode").text == "half_pixel";
  const int64_t bins = integer("output_height"), samples = integer("sampling_ratio");
  const double scale = double{node.attributes.at("spatial_scale").number};
  return built({regions.shape[0], map.shape[1], bins, integer("output_width")}, false, [&](const Sizes& i) {
    const auto corner = [&](int64_t n) { return at(regions, {i[0], n}) * scale - (half_pixel ? 0.5 : 0.0); };
    const auto position = [&](int64_t axis, int64_t bin, int64_t sample) {
      const double begin = corner(axis), side = corner(axis + 2) - begin;
      const double bin_side = (half_pixel ? side : std::max(side, 1.0)) / static_cast<double>(bins);
      const double in_bin = (static_cast<double>(sample) + 0.5) / static_cast<double>(samples);
      return begin + bin_side * (static_cast<double>(bin) + in_bin);
    };
    double sum = 0;
    for (int64_t a = 0; a < samples; ++a)
      for (int64_t b = 0; b < samples; ++b) sum += between(map, i[1], position(1, i[2], a), position(0, i[3], b));
    return sum / static_cast<double>(samples * samples);
  });
}

double iou(const OnnxArray& boxes, int64_t batch, int64_t a, int64_t b) {
  const auto side = [&](int64_t box, int64_t n) { return at(boxes, {batch, box, n}); };
  const auto shared = [&](int64_t n) {
    return std::max(0.0, std::min(side(a, n + 2), side(b, n + 2)) - std::max(side(a, n), side(b, n)));
  };
  const auto area = [&](int64_t box) { return (side(box, 2) - side(box, 0)) * (side(box, 3) - side(box, 1)); };
  const double both = shared(0) * shared(1), joint = area(a) + area(b) - both;
  return joint > 0 ? both / joint : 0;
}

OnnxArray nms(const Inputs& in) {
  const OnnxArray &boxes = in.at(0), &scores = in.at(1);
  const auto max_count = static_cast<size_t>(in.at(2).values.at(0));
  const double threshold = in.at(3).values.at(0), min_score = in.at(4).values.at(0);
  OnnxArray selected{{0, 3}, {}, true};
  for (int64_t n = 0; n < scores.shape.at(0); ++n)
    for (int64_t list = 0; list < scores.shape[1]; ++list) {
      Sizes order, staying;
      for (int64_t box = 0; box < scores.shape[2]; ++box)
        if (at(scores, {n, list, box}) > min_score) order.push_back(box);
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return at(scores, {n, list, a}) > at(scores, {n, list, b});
      });
      for (const int64_t box : order) {
        const auto overlaps = [&](int64_t other) { return iou(boxes, n, box, other) > threshold; };
        if (staying.size() == max_count || std::any_of(staying.begin(), staying.end(), overlaps)) continue;
        staying.push_back(box);
        for (const int64_t value : {n, list, box}) selected.values.push_back(static_cast<double>(value));
        ++selected.shape[0];
      }
    }
  return selected;
}

}  // namespace

std::map<std::string, OnnxOperator> map_operators() {
  std::map<std::string, OnnxOperator> table;
  const auto add = [&](const char* name, const std::function<OnnxArray(const OnnxNode&, const Inputs&)>& f) {
    table[name] = [f](const OnnxNode& node, const Inputs& in) { return std::vector<OnnxArray>{f(node, in)}; };
  };
  add("Conv", convolution);
  add("BatchNormalization", batch_norm);
  add("MaxPool", [](const OnnxNode& node, const Inputs& in) { return pooled(node, in.at(0), true); });
  add("AveragePool", [](const OnnxNode& node, const Inputs& in) { return pooled(node, in.at(0), false); });
  add("Pad", [](const OnnxNode&, const Inputs& in) { return pad(in.at(0), integers_of(in.at(1))); });
  add("Resize", [](const OnnxNode& node, const Inputs& in) { return nearest(node, in.at(0), integers_of(in.at(3))); });
  add("RoiAlign", [](const OnnxNode& node, const Inputs& in) { return roi_align(node, in.at(0), in.at(1)); });
  add("NonMaxSuppression", [](const OnnxNode&, const Inputs& in) { return nms(in); });
  return table;
}

}  // namespace intertwiner::tests
