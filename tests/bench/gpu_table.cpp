#include "tests/bench/gpu_table.h"

#include <functional>

namespace intertwiner::bench {
namespace {

using Figure = std::function<double(const GpuDetector&)>;

Row row(const std::string& what, const std::vector<GpuDetector>& detectors, const Figure& figure) {
  Row cells = {what};
  for (size_t i = 0; i < detectors.size(); ++i) {
    cells.push_back(figure(detectors[i]));
    if (i > 0) cells.push_back(figure(detectors[i]) / figure(detectors[i - 1]));
  }
  return cells;
}

}  // namespace

Table gpu_table(const std::vector<GpuDetector>& detectors) {
  Table table{"gpu", {"what"}, {}, {}};
  for (size_t i = 0; i < detectors.size(); ++i) {
    table.columns.push_back(detectors[i].name);
    if (i > 0) table.columns.push_back(detectors[i].name + " / " + detectors[i - 1].name);
  }
  const auto add = [&](const std::string& what, const Figure& figure) {
    table.rows.push_back(row(what, detectors, figure));
  };
  for (size_t b = 0; b < detectors.front().batches.size(); ++b) {
    const int64_t count = detectors.front().batches[b].images;
    const auto images = static_cast<double>(count);
    const std::string batch = ", batch " + std::to_string(count);
    add("training, images/s" + batch, [=](const auto& c) { return images / c.batches[b].step_seconds; });
    add("its share of the matrix peak, %" + batch,
        [=](const auto& c) { return 100 * images * c.image_flops / c.batches[b].step_seconds / c.product_flops; });
    add("its peak memory, GB" + batch, [=](const auto& c) { return c.batches[b].peak_bytes / 1e9; });
    add("detection, images/s" + batch, [=](const auto& c) { return images / c.batches[b].detection_seconds; });
  }
  add("detection of one image, ms", [](const auto& c) { return 1000 * c.one_image_seconds; });
  add("matrix peak, TFLOP/s", [](const auto& c) { return c.product_flops / 1e12; });
  return table;
}

}  // namespace intertwiner::bench
