#include "detector/onnx/export.h"

#include "detector/model/internet.h"
#include "detector/model/levels.h"
#include "detector/onnx/boxes.h"
#include "detector/onnx/operators.h"
#include "detector/settings/settings_json.h"
#include "engine/files/json.h"

namespace intertwiner {
namespace onnx {
namespace {

/// Level of each region, P int64 from 0: the number of min areas that it reaches.
Value region_levels(const Value& regions, const ModelSettings& settings) {
  Graph& graph = *regions.graph;
  const std::vector<Value> sides = graph.node_with_results("Split", {regions}, 4, {{"axis", int64_t{1}}});
  const Value area = (sides[2] - sides[0]) * (sides[3] - sides[1]);
  std::vector<float> min_areas;
  for (const double min : LevelSplit::of(settings).min_areas()) min_areas.push_back(static_cast<float>(min));
  const Value reached = cast(graph.node("GreaterOrEqual", {area, graph.floats(min_areas)}), ElementType::int64);
  return graph.node("ReduceSum", {reached, graph.integers({1})}, {{"keepdims", int64_t{0}}});
}

Value roi_align(const Value& map, const Value& regions, double scale, const ModelSettings& settings) {
  Graph& graph = *map.graph;
  const Pooling pooled = pooling(settings);
  const Value image = graph.node("Expand", {graph.scalar(0), as_list(size_of_axis(regions, 0))});
  const std::string offset = settings.roi_offset == RoiOffset::half_pixel ? "half_pixel" : "output_half_pixel";
  return graph.node("RoiAlign", {map, regions, image},
                    {{"mode", std::string("avg")},
                     {"output_height", pooled.side},
                     {"output_width", pooled.side},
                     {"sampling_ratio", pooled.samples},
                     {"spatial_scale", static_cast<float>(scale)},
                     {"coordinate_transformation_mode", offset}});
}

/// The head's inputs for regions of all levels, `pooled` level by level.
HeadFeatures features_of(const std::vector<Value>& pooled, const Layers& layers, const Settings& settings) {
  if (settings.model.intertwiner_layers == Sharing::shared)
    return head_features(layers, settings, concat(pooled, 0), kFinestLevel);
  std::vector<Value> inputs, merged;
  for (size_t l = 0; l < pooled.size(); ++l) {
    const HeadFeatures features = head_features(layers, settings, pooled[l], kFinestLevel + static_cast<int64_t>(l));
    inputs.push_back(features.pooled);
    merged.insert(merged.end(), features.merged.begin(), features.merged.end());
  }
  HeadFeatures all{concat(inputs, 0), {}};
  if (!merged.empty()) all.merged = {concat(merged, 0)};
  return all;
}

/// The second stage. The regions of each level are pooled from its map, so the predictions are sorted by level at
/// first. Each level gets one more region, whose predictions are dropped: some runtimes refuse layers without rows.
RegionPredictions predictions_of(const std::array<Value, 5>& pyramid, const Value& regions, const Layers& layers,
                                 const Settings& settings) {
  Graph& graph = *regions.graph;
  graph.begin_section("regions");
  constexpr int64_t kLevels = 4;
  const Value more = graph.floats({0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}, {kLevels, 4});
  const Value boxes = concat({regions, more}, 0);
  const Value level = concat({region_levels(regions, settings.model), graph.integers({0, 1, 2, 3})}, 0);
  const std::vector<double> scales = level_scales(settings.model);
  std::vector<Value> rows, pooled;
  for (int64_t l = 0; l < kLevels; ++l) {
    const auto at = static_cast<size_t>(l);
    rows.push_back(reshape(graph.node("NonZero", {graph.node("Equal", {level, graph.scalar(l)})}), {-1}));
    pooled.push_back(roi_align(pyramid[at], gather(boxes, rows.back()), scales[at], settings.model));
  }
  const HeadFeatures features = features_of(pooled, layers, settings);
  graph.begin_section("head");
  const RegionPredictions sorted = predict_regions(layers, settings, features);

  const Value order = concat(rows, 0);
  const Value place = graph.node("ScatterElements", {order, order, range(size_of_axis(order, 0))});
  const Value kept = slice(place, 0, -kLevels, 0);
  return {gather(sorted.logits, kept), gather(sorted.deltas, kept)};
}

std::string doc_of(const PictureSize& size, const Settings& settings) {
  const std::string pixels =
      size.is_fixed() ? std::to_string(size.height) + "×" + std::to_string(size.width) + "×3" : "H×W×3, any size";
  return "Object detector. Input: image, " + pixels +
         ", uint8, RGB: the picture as it is. Outputs, for D objects (0 to " +
         std::to_string(settings.detect.detections) +
         "): boxes, D×4, x1 y1 x2 y2 in pixels of the picture; scores, D, highest first; labels, D, from 1. The "
         "metadata's class_names is a JSON list of the labels' names. The model resizes and normalises the picture; " +
         "thresholds and NMS are in it.";
}

/// Names and COCO ids of the labels, as JSON lists. Label 0 is the background.
std::map<std::string, std::string> metadata_of(const LoadedModel& model) {
  Json names = Json::array(), ids = Json::array();
  names.push_back("__background__");
  ids.push_back(Json());
  for (const std::string& name : model.class_names) names.push_back(name);
  for (const int64_t id : model.category_ids) ids.push_back(id);
  return {{"class_names", names.dump()}, {"category_ids", ids.dump()}, {"settings", settings_to_json(model.settings)}};
}

}  // namespace
}  // namespace onnx

OnnxSummary export_onnx(const LoadedModel& model, const std::filesystem::path& path, const onnx::PictureSize& size) {
  using namespace onnx;
  const Settings& settings = model.settings;
  Graph graph;
  const auto side = [](int64_t known, const char* name) { return known > 0 ? Dimension(known) : Dimension(name); };
  const Value picture =
      graph.input("image", ElementType::uint8, {side(size.height, "height"), side(size.width, "width"), int64_t{3}});
  const Layers layers(graph, model.model->parameters());

  const NetworkInput input = network_input(picture, settings.input, size);
  const std::array<Value, 5> maps = pyramid(layers, settings.model, input.image);
  graph.begin_section("rpn");
  std::array<AnchorPredictions, 5> predictions;
  for (size_t l = 0; l < maps.size(); ++l) predictions[l] = predict_anchors(layers, maps[l]);
  const Value regions = proposals(maps, predictions, input, settings);
  const RegionPredictions of_regions = predictions_of(maps, regions, layers, settings);
  const Detections found = detections(regions, of_regions, input, settings);

  graph.output("boxes", found.boxes, ElementType::float32, {"detections", int64_t{4}});
  graph.output("scores", found.scores, ElementType::float32, {"detections"});
  graph.output("labels", found.labels, ElementType::int64, {"detections"});
  graph.write(path,
              {.producer_version = INTERTWINER_VERSION, .doc = doc_of(size, settings), .metadata = metadata_of(model)});
  return {graph.node_count(), static_cast<int64_t>(std::filesystem::file_size(path))};
}

}  // namespace intertwiner
