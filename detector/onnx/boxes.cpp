#include "detector/onnx/boxes.h"

#include "detector/model/anchors.h"
#include "detector/model/box_coder.h"
#include "detector/onnx/operators.h"

namespace intertwiner::onnx {
namespace {

constexpr float kMinProposalSide = 1e-3f, kMinDetectionSide = 1e-2f;  // px
constexpr float kMaxLogSide = 4.135166556742356f;                     // log(1000 / 16)

/// The first or last two of a box's four numbers.
Value first_two(const Value& boxes) { return slice(boxes, 0, 2, -1); }
Value last_two(const Value& boxes) { return slice(boxes, 2, 4, -1); }

/// BoxCoder::decode, then clip.
Value decoded(const Value& from, const Value& deltas, const BoxCoder& coder, const NetworkInput& input) {
  const Value size = last_two(from) - first_two(from), centre = first_two(from) + size / 2.0f;
  const Value moved = first_two(deltas) / coder.centre_weight * size + centre;
  const Value log_size = min(last_two(deltas) / coder.size_weight, kMaxLogSide);
  const Value half = from.graph->node("Exp", {log_size}) * size / 2.0f;
  const Value boxes = concat({moved - half, moved + half}, -1);
  const Value width = as_list(input.width), height = as_list(input.height);
  return min(max(boxes, 0.0f), cast(concat({width, height, width, height}, 0), ElementType::float32));
}

/// Whether both sides of a box are at least `min_side`, without the last axis.
Value is_large_enough(const Value& boxes, float min_side) {
  Graph& graph = *boxes.graph;
  const Value shorter = graph.node("ReduceMin", {last_two(boxes) - first_two(boxes)},
                                   {{"axes", std::vector<int64_t>{-1}}, {"keepdims", int64_t{0}}});
  return graph.node("GreaterOrEqual", {shorter, graph.scalar(min_side)});
}

struct NmsOptions {
  double iou;
  int64_t max_count;  ///< of each list
  double min_score;   ///< a box must have more
};
/// `boxes` N×B×4, `scores` N×L×B: the boxes that stay in each of N·L lists, S×3: n, l, b. They are in the order of the
/// lists, highest score first.
Value nms(const Value& boxes, const Value& scores, const NmsOptions& options) {
  Graph& graph = *boxes.graph;
  const auto number = [&](double value) { return graph.floats({static_cast<float>(value)}); };
  return graph.node("NonMaxSuppression", {boxes, scores, graph.integers({options.max_count}), number(options.iou),
                                          number(options.min_score)});
}

Value column(const Value& matrix, int64_t index) { return gather(matrix, matrix.graph->scalar(index), 1); }

/// The anchors of a level, A×4 (detector/model/anchors.h). `shapes` are those around (0, 0).
Value level_anchors(const Value& map, const Value& image, const Tensor& shapes) {
  Graph& graph = *map.graph;
  const auto corners = [&](int64_t axis, const std::vector<int64_t>& shape) {
    const Value count = size_of_axis(map, axis), stride = size_of_axis(image, axis) / count;
    return reshape(cast(range(count) * stride, ElementType::float32), shape);
  };
  const Value x = corners(3, {1, -1, 1, 1}) * graph.floats({1, 0, 1, 0});
  const Value y = corners(2, {-1, 1, 1, 1}) * graph.floats({0, 1, 0, 1});
  return reshape(y + x + graph.floats(shapes.to_vector<float>(), shapes.shape()), {-1, 4});
}

}  // namespace

Value proposals(const std::array<Value, 5>& pyramid, const std::array<AnchorPredictions, 5>& predictions,
                const NetworkInput& input, const Settings& settings) {
  Graph& graph = *input.image.graph;
  graph.begin_section("proposals");
  const ProposalSettings& p = settings.proposals;
  const Anchors shapes = make_anchors(settings.model, std::vector<MapSize>(pyramid.size(), {1, 1}), {1, 1});
  std::vector<Value> logits, anchors, deltas, levels;
  for (size_t l = 0; l < pyramid.size(); ++l) {
    const auto [best, index] = top_k(predictions[l].logits, p.detect_candidates);
    const Tensor of_level = shapes.boxes.slice(shapes.level_begin[l], shapes.level_begin[l + 1]);
    logits.push_back(best);
    anchors.push_back(gather(level_anchors(pyramid[l], input.image, of_level), index));
    deltas.push_back(gather(predictions[l].deltas, index));
    levels.push_back(graph.node("Expand", {graph.scalar(l), graph.node("Shape", {index})}));
  }
  const Value boxes = decoded(concat(anchors, 0), concat(deltas, 0), kAnchorCoder, input), logit = concat(logits, 0);

  // Each level is a list of NMS. Its candidates are sorted by logit, so falling numbers above 0 are scores for the same
  // order. A score of 0 means that the candidate is not in the list.
  const Value count = size_of_axis(logit, 0), falling = cast(count - range(count), ElementType::float32);
  const Value numbers = graph.integers({0, 1, 2, 3, 4}, {5, 1});
  const Value in_list =
      graph.node("And", {graph.node("Equal", {concat(levels, 0), numbers}), is_large_enough(boxes, kMinProposalSide)});
  const Value scores = where(in_list, falling, graph.scalar(0.0f));
  const auto batch = [&](const Value& x) { return graph.node("Unsqueeze", {x, graph.integers({0})}); };
  const Value staying = column(nms(batch(boxes), batch(scores), {p.nms_iou, p.detect_proposals, 0}), 2);
  const Value best = top_k(gather(logit, staying), p.detect_proposals).second;
  return gather(gather(boxes, staying), best);
}

Detections detections(const Value& regions, const RegionPredictions& predictions, const NetworkInput& input,
                      const Settings& settings) {
  Graph& graph = *regions.graph;
  graph.begin_section("detections");
  const DetectSettings& d = settings.detect;
  // A list of NMS for each class: without background, classes×P and classes×P×4.
  const auto without_background = [](const Value& x) { return slice(x, 1, INT32_MAX, 0); };
  const Value probability = graph.node("Softmax", {predictions.logits}, {{"axis", int64_t{-1}}});
  const Value class_scores = without_background(transpose(probability, {1, 0}));
  const Value sizes = concat({graph.node("Shape", {predictions.logits}), graph.integers({4})}, 0);
  const Value deltas = transpose(graph.node("Reshape", {predictions.deltas, sizes}), {1, 0, 2});
  const Value boxes = decoded(regions, without_background(deltas), kRegionCoder, input);
  const Value scores = where(is_large_enough(boxes, kMinDetectionSide), class_scores, graph.scalar(-1.0f));
  const Value one_list = graph.node("Unsqueeze", {scores, graph.integers({1})});
  const Value staying = nms(boxes, one_list, {d.nms, d.detections, d.score});

  const Value at = gather(staying, graph.integers({0, 2}), 1);  // class, region
  const auto [best, index] = top_k(graph.node("GatherND", {scores, at}), d.detections);
  const Value ratios =
      concat({as_list(input.ratio_x), as_list(input.ratio_y), as_list(input.ratio_x), as_list(input.ratio_y)}, 0);
  return {gather(graph.node("GatherND", {boxes, at}), index) * ratios, best, gather(column(staying, 0) + 1, index)};
}

}  // namespace intertwiner::onnx
