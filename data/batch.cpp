#include "data/batch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/backend/backend.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

int64_t round_up(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// The tensors of a batch, in the order of its block.
std::array<Tensor*, 5> tensors_of(Batch& batch) {
  return {&batch.images, &batch.boxes, &batch.labels, &batch.object_counts, &batch.image_sizes};
}

constexpr int64_t kAlignment = 256;

/// Bytes of a tensor in a block.
int64_t room_of(const Shape& shape, DType type) { return round_up(element_count(shape) * size_of(type), kAlignment); }

/// Shape and type of each tensor of a batch.
using Layout = std::array<std::pair<Shape, DType>, 5>;

int64_t block_bytes(const Layout& layout) {
  int64_t bytes = 0;
  for (const auto& [shape, type] : layout) bytes += room_of(shape, type);
  return bytes;
}

/// Makes the tensors of `batch` parts of this block.
void place_in_block(Batch& batch, const Tensor& block, const Layout& layout) {
  const auto owner = std::make_shared<Tensor>(block);
  auto* begin = static_cast<std::byte*>(block.raw(block.device()));
  const auto tensors = tensors_of(batch);
  for (size_t i = 0; i < layout.size(); ++i) {
    const auto& [shape, type] = layout[i];
    *tensors[i] = Tensor::within({owner, begin}, shape, type, block.device());
    begin += room_of(shape, type);
  }
  batch.block = block;
}

/// Whether the tensors lie in the block as place_in_block puts them.
bool is_in_block(Batch batch) {
  if (!batch.block.defined()) return false;
  int64_t begin = 0;
  for (const Tensor* tensor : tensors_of(batch)) {
    const auto* const block = static_cast<const std::byte*>(batch.block.raw(batch.block.device()));
    if (tensor->device() != batch.block.device() || tensor->raw(tensor->device()) != block + begin) return false;
    begin += room_of(tensor->shape(), tensor->dtype());
  }
  return begin == batch.block.size();
}

/// A batch of zeros for images of these sizes.
Batch empty_batch(std::vector<ImageGeometry> geometry, const InputSize& size, int64_t capacity, Device device) {
  int64_t height = size.image_size, width = size.image_size;
  if (size.image_size == 0) {
    for (const ImageGeometry& image : geometry) {
      height = std::max(height, round_up(image.height, 32));
      width = std::max(width, round_up(image.width, 32));
    }
  }
  const int64_t count = static_cast<int64_t>(geometry.size());
  Batch batch;
  const Layout layout = {{{{count, height, width, 3}, DType::float32},
                          {{count, capacity, 4}, DType::float32},
                          {{count, capacity}, DType::int32},
                          {{count}, DType::int32},
                          {{count, 2}, DType::float32}}};
  const int64_t bytes = block_bytes(layout);
  const Tensor block = Tensor::within(backend_of(device).allocate_on_host(bytes), {bytes}, DType::uint8);
  block.fill_zero();
  place_in_block(batch, block, layout);
  for (int64_t i = 0; i < count; ++i) {
    batch.image_sizes.data<float>()[2 * i] = static_cast<float>(geometry[i].height);
    batch.image_sizes.data<float>()[2 * i + 1] = static_cast<float>(geometry[i].width);
  }
  batch.geometry = std::move(geometry);
  batch.indices.resize(static_cast<size_t>(count));
  batch.names.resize(static_cast<size_t>(count));
  return batch;
}

FloatRows rows_of(const Batch& batch, int64_t i) {
  const int64_t row = batch.images.dim(2) * 3;
  return {batch.images.data<float>() + i * batch.images.dim(1) * row, row};
}

ImageGeometry geometry_of(const BatchItem& item, const InputSize& size) {
  const Image& image = *item.image;
  if (item.augmented) return {image.width, image.height, item.augmented->width, item.augmented->height};
  return fit_image(image.width, image.height, size);
}

/// The objects with boxes in px of the input.
std::vector<Annotation> objects_of(const BatchItem& item, const ImageGeometry& geometry) {
  if (item.augmented) return item.augmented->objects;
  std::vector<Annotation> objects = training_annotations(*item.record);
  for (Annotation& object : objects) {
    object.box = geometry.to_input(object.box);
    if (item.flip) object.box = flip_horizontally(object.box, static_cast<float>(geometry.width));
  }
  return objects;
}

void put_image(const Batch& batch, int64_t i, const BatchItem& item, bool antialias) {
  if (item.augmented)
    write_augmented(*item.augmented, antialias, rows_of(batch, i));
  else
    resize_normalised(*item.image, batch.geometry[i], {antialias, item.flip}, rows_of(batch, i));
}

void put_objects(const Batch& batch, int64_t i, const std::vector<Annotation>& objects) {
  const int64_t capacity = batch.labels.dim(1);
  float* boxes = batch.boxes.data<float>() + i * capacity * 4;
  int32_t* labels = batch.labels.data<int32_t>() + i * capacity;
  for (size_t k = 0; k < objects.size(); ++k) {
    const Box& box = objects[k].box;
    const float corners[4] = {box.x1, box.y1, box.x2, box.y2};
    std::copy(corners, corners + 4, boxes + 4 * k);
    labels[k] = objects[k].label;
  }
  batch.object_counts.data<int32_t>()[i] = static_cast<int32_t>(objects.size());
}

}  // namespace

int64_t object_capacity(int64_t max_objects) { return std::max<int64_t>(16, round_up(max_objects, 16)); }

Batch Batch::to(Device device) const {
  Batch moved = *this;
  if (device == images.device()) return moved;
  if (is_in_block(*this)) {
    Layout layout;
    for (size_t i = 0; i < layout.size(); ++i)
      layout[i] = {tensors_of(moved)[i]->shape(), tensors_of(moved)[i]->dtype()};
    place_in_block(moved, block.to(device), layout);
    return moved;
  }
  moved.block = {};
  for (Tensor* tensor : tensors_of(moved)) *tensor = tensor->to(device);
  return moved;
}

void Batch::copy_from(const Batch& other) {
  Batch copied = other;
  const auto from = tensors_of(copied), to = tensors_of(*this);
  const bool at_once = is_in_block(*this) && is_in_block(other);
  if (at_once) block.copy_from(other.block);
  for (size_t i = 0; i < to.size(); ++i) {
    if (!at_once) to[i]->copy_from(*from[i]);
    *from[i] = *to[i];
  }
  copied.block = block;
  *this = copied;
}

Batch make_batch(std::span<const BatchItem> items, const InputSize& size, int64_t capacity, Device device) {
  std::vector<ImageGeometry> geometry;
  std::vector<std::vector<Annotation>> objects;
  int64_t max_objects = 0;
  for (const BatchItem& item : items) {
    geometry.push_back(geometry_of(item, size));
    objects.push_back(objects_of(item, geometry.back()));
    max_objects = std::max(max_objects, static_cast<int64_t>(objects.back().size()));
  }
  if (capacity == 0) capacity = object_capacity(max_objects);
  if (max_objects > capacity) {
    throw InternalError("make_batch: " + std::to_string(max_objects) + " objects exceed the capacity of " +
                        std::to_string(capacity));
  }
  Batch batch = empty_batch(std::move(geometry), size, capacity, device);
  for (size_t i = 0; i < items.size(); ++i) {
    put_image(batch, static_cast<int64_t>(i), items[i], size.antialias);
    put_objects(batch, static_cast<int64_t>(i), objects[i]);
    batch.indices[i] = items[i].index;
    batch.names[i] = items[i].record->name;
  }
  return batch;
}

Batch make_detection_batch(std::span<const Image> images, const InputSize& size, Device device) {
  std::vector<ImageGeometry> geometry;
  for (const Image& image : images) geometry.push_back(fit_image(image.width, image.height, size));
  Batch batch = empty_batch(std::move(geometry), size, object_capacity(0), device);
  for (size_t i = 0; i < images.size(); ++i) {
    resize_normalised(images[i], batch.geometry[i], {size.antialias}, rows_of(batch, static_cast<int64_t>(i)));
    batch.indices[i] = static_cast<int64_t>(i);
  }
  return batch;
}

}  // namespace intertwiner
