#include "detector/model/regions.h"

namespace intertwiner {
namespace {

Tensor first_rows(const Tensor& tensor, Device device, int64_t rows) { return tensor.to(device).slice(0, rows); }

}  // namespace

Regions Regions::to(Device device) const {
  const bool drop = device == Device::cpu && valid_count.defined();
  const int64_t rows = drop ? static_cast<int64_t>(valid_count.item()) : capacity();
  return {first_rows(boxes, device, rows), first_rows(image, device, rows), first_rows(level, device, rows),
          drop ? Tensor() : valid_count, max_per_image};
}

RegionSamples RegionSamples::to(Device device) const {
  const Regions moved = regions.to(device);
  return {moved, first_rows(labels, device, moved.capacity()), first_rows(deltas, device, moved.capacity()),
          max_foreground};
}

}  // namespace intertwiner
