// A batch: images of one size side by side in a tensor, and what is known of each.
//
// Objects have a fixed capacity G with a count beside it, so that the same memory serves every step.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "data/images/transform.h"
#include "engine/tensor.h"

namespace intertwiner {

struct Batch {
  Tensor images;         ///< N×H×W×3 float32, normalised; zeros to the right of and below each image
  Tensor boxes;          ///< N×G×4 float32, x1 y1 x2 y2 in pixels of the input; zeros beyond an image's count
  Tensor labels;         ///< N×G int32, 1..C; 0 beyond an image's count
  Tensor object_counts;  ///< N int32
  Tensor image_sizes;    ///< N×2 float32: height and width in pixels of the input, without padding
  std::vector<ImageGeometry> geometry;  ///< how to map boxes back to each original image
  std::vector<int64_t> indices;         ///< of the images in the data set
  std::vector<std::string> names;       ///< of the images, for messages

  int64_t size() const { return static_cast<int64_t>(indices.size()); }
  /// The same with its tensors on a device.
  Batch to(Device device) const;
  /// Takes the tensors' elements from a batch of the same shapes, and the rest of it.
  void copy_from(const Batch& other);
};

/// One image on its way into a batch.
struct BatchItem {
  std::shared_ptr<const Image> image;
  const ImageRecord* record = nullptr;
  int64_t index = 0;  ///< in the data set
  bool flip = false;  ///< mirror pixels and boxes
};

/// What a network is trained on: all but ignored objects and those without area.
std::vector<Annotation> training_annotations(const ImageRecord& record);

/// The capacity for images with at most `objects` objects: rounded up to 16, at least 16.
int64_t object_capacity(int64_t objects);

/// A batch with room for `capacity` objects an image; 0: as many as this batch needs. Height and width are
/// `image_size`, or the largest of the batch rounded up to 32. Its tensors lie on the host, where copies to `device`
/// start soonest. Throws InternalError where an image has more objects than that.
Batch make_batch(std::span<const BatchItem> items, const InputSize& size, int64_t capacity = 0,
                 Device device = Device::cpu);

/// A batch of images alone: no objects, no names, and the position in `images` as index.
Batch make_detection_batch(std::span<const Image> images, const InputSize& size, Device device = Device::cpu);

}  // namespace intertwiner
