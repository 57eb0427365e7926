#include "engine/ops/roi_align.h"

#include "engine/backend/backend.h"

namespace intertwiner {

Variable roi_align(const std::vector<Variable>& maps, const RoiAlignRegions& regions,
                   const RoiAlignGeometry& geometry) {
  const Tensor& boxes = regions.boxes;
  if (maps.empty() || maps.size() != geometry.scales.size())
    throw InternalError("roi_align: needs a scale for each of its maps");
  if (boxes.rank() != 2 || boxes.dim(1) != 4 || regions.image.size() != boxes.dim(0) ||
      regions.level.size() != boxes.dim(0))
    throw UserError("roi_align: regions " + to_string(boxes.shape()) + " need four sides, an image and a level each");
  std::vector<Shape> shapes;
  for (const Variable& map : maps) shapes.push_back(map.shape());
  const Backend& backend = backend_of(maps[0].value());
  const DType type = maps[0].dtype();
  const RoiAlignRegions typed{.boxes = boxes.to(compute_type(type)), .image = regions.image, .level = regions.level};
  const auto pooled = [=, &backend] {
    std::vector<Tensor> values;
    for (const Variable& map : maps) values.push_back(map.value());
    return backend.roi_align(values, typed, geometry);
  };
  auto step = [=, &backend](const Tensor& dy) { return backend.roi_align_backward(shapes, typed, geometry, dy); };
  return Variable::from(pooled(), maps, std::move(step), pooled);
}

}  // namespace intertwiner
