#include "engine/ops/roi_align.h"

namespace intertwiner {

Variable roi_align(const std::vector<Variable>& maps, const std::vector<double>& scales, const Tensor& regions,
                   const Tensor& image, const Tensor& level, const RoiAlignGeometry& geometry) {
  if (maps.empty() || maps.size() != scales.size())
    throw InternalError("roi_align: needs a scale for each of its maps");
  if (regions.rank() != 2 || regions.dim(1) != 4 || image.size() != regions.dim(0) || level.size() != regions.dim(0))
    throw UserError("roi_align: regions " + to_string(regions.shape()) + " need four sides, an image and a level each");
  std::vector<Shape> shapes;
  for (const Variable& map : maps) shapes.push_back(map.shape());
  const Backend& backend = backend_of(maps[0].value());
  const DType type = maps[0].dtype();
  const Tensor boxes = regions.to(compute_type(type));
  const auto pooled = [=, &backend] {
    std::vector<Tensor> values;
    for (const Variable& map : maps) values.push_back(map.value());
    return backend.roi_align(values, scales, boxes, image, level, geometry).to(type);
  };
  return Variable::from(
      pooled(), maps,
      [=, &backend](const Tensor& dy) {
        Gradients gradients =
            backend.roi_align_backward(shapes, scales, boxes, image, level, geometry, dy.to(compute_type(type)));
        for (Tensor& gradient : gradients) gradient = gradient.to(type);
        return gradients;
      },
      pooled);
}

}  // namespace intertwiner
