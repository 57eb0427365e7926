#include "apps/study/region_counts.h"

#include <algorithm>

#include "apps/terminal/markdown.h"
#include "data/loader.h"
#include "detector/detect.h"
#include "detector/model/internet.h"
#include "detector/model/levels.h"
#include "engine/text.h"
#include "layers/make_up.h"

namespace intertwiner {
namespace {

constexpr int64_t kBatch = 2;  // images per iteration in table 3

/// A row of the paper's table 3.
struct PaperLevel {
  const char *total, *below, *above, *large;
};
constexpr PaperLevel kPaper[] = {{"302 (75%)", "263", "39", "98"},
                                 {"36 (9%)", "25", "11", "62"},
                                 {"54 (14%)", "34", "20", "8"},
                                 {"8 (2%)", "8", "0", "–"}};

double threshold_side(const ModelSettings& settings, size_t level) {
  return static_cast<double>(kRegionSide * level_strides(settings)[level]);
}

/// The number of regions on levels above `level`.
double large_set(const RegionCounts& counts, size_t level) {
  double sum = 0;
  for (size_t above = level + 1; above < counts.size(); ++above) sum += counts[above].total();
  return sum;
}

}  // namespace

RegionCounts count_by_level(const Regions& regions, const ModelSettings& settings) {
  RegionCounts counts;
  const float* const box = regions.boxes.data<float>();
  const int32_t* const level_of = regions.level.data<int32_t>();
  for (int64_t i = 0; i < regions.capacity(); ++i) {
    const auto level = static_cast<size_t>(level_of[i]);
    const double side = threshold_side(settings, level);
    const double area = (double{box[4 * i + 2]} - box[4 * i]) * (double{box[4 * i + 3]} - box[4 * i + 1]);
    (area < side * side ? counts[level].below : counts[level].above) += 1;
  }
  return counts;
}

RegionCounts count_regions(const InterNet& model, const DataSetPointer& data,
                           const std::function<void(int64_t)>& progress) {
  LoaderOptions options;
  options.batch_size = kBatch;
  options.input = input_size(model.settings().input);
  options.order = LoaderOrder::sequential;
  Loader loader(data, options);
  RegionCounts sums;
  int64_t images = 0;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const Batch batch = loader.next();
    const RegionCounts counts =
        count_by_level(model.sampled_regions(batch, step).regions.to(Device::cpu), model.settings().model);
    for (size_t level = 0; level < sums.size(); ++level) {
      sums[level].below += counts[level].below;
      sums[level].above += counts[level].above;
    }
    images += batch.size();
    if (progress) progress(images);
  }
  for (LevelCounts& level : sums) {
    level.below *= static_cast<double>(kBatch) / static_cast<double>(images);
    level.above *= static_cast<double>(kBatch) / static_cast<double>(images);
  }
  return sums;
}

std::string region_counts_markdown(const RegionCounts& counts, const ModelSettings& settings, const std::string& what) {
  std::vector<std::vector<std::string>> lines = {{"level", "regions", "threshold, px", "below", "above", "small set",
                                                  "large set", "paper: regions", "below", "above", "large set"}};
  double all = 0;
  for (const LevelCounts& level : counts) all += level.total();
  for (size_t i = 0; i < counts.size(); ++i) {
    const LevelCounts& level = counts[i];
    const std::string large = i + 1 < counts.size() ? format("%.1f", large_set(counts, i)) : std::string("–");
    lines.push_back({std::to_string(kFinestLevel + static_cast<int64_t>(i)),
                     format("%.1f (%.0f%%)", level.total(), 100 * level.total() / std::max(all, 1.0)),
                     format("%g²", threshold_side(settings, i)), format("%.1f", level.below),
                     format("%.1f", level.above), format("%.1f", level.total()), large, kPaper[i].total,
                     kPaper[i].below, kPaper[i].above, kPaper[i].large});
  }
  return "## Table 3: regions of each level, below and above the area of RoIAlign's output\n\n" + what + "\n\n" +
         markdown_table(lines) +
         "\nMean number of regions sampled for two images. The paper: 200 regions per image, images of 512 px, COCO.\n";
}

std::string region_counts_csv(const RegionCounts& counts, const ModelSettings& settings) {
  std::string csv = "level,regions,threshold px,below,above,small set,large set\n";
  for (size_t i = 0; i < counts.size(); ++i) {
    const LevelCounts& level = counts[i];
    csv +=
        format("%d,%.6g,%g,%.6g,%.6g,%.6g,%.6g\n", static_cast<int>(kFinestLevel) + static_cast<int>(i), level.total(),
               threshold_side(settings, i), level.below, level.above, level.total(), large_set(counts, i));
  }
  return csv;
}

}  // namespace intertwiner
