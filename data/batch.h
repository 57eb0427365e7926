// A batch: images of one size in one tensor, with the boxes and labels of their objects.
//
// Every image has room for G objects (the capacity) and a valid count. So all batches of images of one size have the
// same shape, and their steps use the same memory.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/augment/augmented_image.h"
#include "data/data_set.h"
#include "data/images/transform.h"
#include "engine/tensor.h"

namespace intertwiner {

struct Batch {
  Tensor images;         ///< N×H×W×3 float32, normalised; zeros right of and below each image
  Tensor boxes;          ///< N×G×4 float32, x1 y1 x2 y2 in px of the input; rows beyond the count are 0
  Tensor labels;         ///< N×G int32, 1..C; 0 beyond the count
  Tensor object_counts;  ///< N int32: the valid count of each image
  Tensor image_sizes;    ///< N×2 float32: height and width in px of the input, without padding
  Tensor block;          ///< uint8, the memory of the five tensors; undefined if they do not share one
  std::vector<ImageGeometry> geometry;  ///< maps boxes between each original image, if not augmented, and the input
  std::vector<int64_t> indices;         ///< each image's index in the data set
  std::vector<std::string> names;       ///< each image's name, for messages
  std::vector<std::string> unreadable;  ///< why images were left out (LoaderOptions::leave_out_unreadable)

  int64_t size() const { return static_cast<int64_t>(indices.size()); }
  /// A copy with the tensors on `device`. Tensors of one block are copied at once.
  Batch to(Device device) const;
  /// Copies a batch of the same shapes into this one's tensors, which keep their memory. Two blocks are copied at once.
  void copy_from(const Batch& other);
};

/// One image to put into a batch.
struct BatchItem {
  std::shared_ptr<const Image> image;
  const ImageRecord* record = nullptr;
  int64_t index = 0;                             ///< in the data set
  bool flip = false;                             ///< mirror pixels and boxes
  std::optional<AugmentedImage> augmented = {};  ///< if given, `image` and `flip` are not used
};

/// The capacity for images with at most `max_objects` objects: a multiple of 16, at least 16.
int64_t object_capacity(int64_t max_objects);

/// Makes a batch with room for `capacity` objects per image; 0: as many as this batch needs. Its height and width are
/// `image_size`; if that is 0, the batch's largest height and width, rounded up to multiples of 32. The tensors lie on
/// the host, in memory that copies fast to `device`. Throws InternalError if an image has more than `capacity` objects.
Batch make_batch(std::span<const BatchItem> items, const InputSize& size, int64_t capacity = 0,
                 Device device = Device::cpu);

/// Makes a batch without objects and names. An image's index is its position in `images`.
Batch make_detection_batch(std::span<const Image> images, const InputSize& size, Device device = Device::cpu);

}  // namespace intertwiner
