#include "data/object_crops.h"

#include <algorithm>
#include <cmath>

#include "data/batch.h"
#include "data/images/transform.h"
#include "engine/error.h"
#include "engine/parallel.h"

namespace intertwiner {
namespace {

constexpr int kSide = static_cast<int>(kLabelledSide);
constexpr size_t kPixels = static_cast<size_t>(kSide) * kSide;

struct Object {
  int64_t image;
  Annotation annotation;
};

std::vector<Object> large_enough(const DataSet& data, double min_side_px) {
  std::vector<Object> objects;
  for (int64_t i = 0; i < data.size(); ++i)
    for (const Annotation& annotation : training_annotations(data.record(i)))
      if (std::sqrt(annotation.box.area()) >= min_side_px) objects.push_back({i, annotation});
  return objects;
}

/// Whole pixels; column x2 and row y2 are outside.
struct PixelBox {
  int x1, y1, x2, y2;
};

Image crop(const Image& image, const PixelBox& box) {
  require_pixels(image);
  Image cropped{box.x2 - box.x1, box.y2 - box.y1, {}};
  for (int y = box.y1; y < box.y2; ++y) {
    const auto row = image.rgb.begin() + (static_cast<int64_t>(y) * image.width + box.x1) * 3;
    cropped.rgb.insert(cropped.rgb.end(), row, row + int64_t{cropped.width} * 3);
  }
  return cropped;
}

Image square_around(const Image& image, const Box& box, double margin) {
  const double half = (0.5 + margin) * std::max(box.width(), box.height());
  const double x = (box.x1 + box.x2) / 2.0, y = (box.y1 + box.y2) / 2.0;
  const auto clipped = [](double position, int max) {
    return std::clamp(static_cast<int>(std::lround(position)), 0, max);
  };
  const int x1 = clipped(x - half, image.width - 1), y1 = clipped(y - half, image.height - 1);
  const int x2 = std::max(x1 + 1, clipped(x + half, image.width));
  const int y2 = std::max(y1 + 1, clipped(y + half, image.height));
  return crop(image, {x1, y1, x2, y2});
}

/// Writes the image resized to 32×32 px, by the filter that detection uses, as bytes.
void write_resized(const Image& image, uint8_t* rgb) {
  std::vector<float> values(kPixels * 3);
  resize_normalised(image, {image.width, image.height, kSide, kSide}, {.antialias = true},
                    {values.data(), int64_t{kSide} * 3});
  write_colours(values, rgb);
}

}  // namespace

LabelledImages crop_objects(const DataSet& data, const CropOptions& options) {
  const std::vector<Object> objects = large_enough(data, options.min_side_px);
  if (objects.empty())
    throw UserError("no object is at least " + std::to_string(std::lround(options.min_side_px)) +
                    " px large; allow smaller objects or choose other data");
  const auto count = static_cast<int64_t>(objects.size());
  const LabelledImages set{data.class_names(), Tensor::empty({count, kLabelledSide, kLabelledSide, 3}, DType::uint8),
                           Tensor::empty({count}, DType::int32)};
  std::vector<int64_t> firsts;  // index of each image's first object
  for (int64_t i = 0; i < count; ++i)
    if (i == 0 || objects[static_cast<size_t>(i)].image != objects[static_cast<size_t>(i) - 1].image)
      firsts.push_back(i);
  parallel_for(static_cast<int64_t>(firsts.size()), [&](int64_t f) {
    const int64_t first = firsts[static_cast<size_t>(f)], image_index = objects[static_cast<size_t>(first)].image;
    const Image image = data.load(image_index);
    for (int64_t i = first; i < count && objects[static_cast<size_t>(i)].image == image_index; ++i) {
      const Annotation& annotation = objects[static_cast<size_t>(i)].annotation;
      set.labels.data<int32_t>()[i] = annotation.label - 1;
      write_resized(square_around(image, annotation.box, options.margin),
                    set.pixels.data<uint8_t>() + i * static_cast<int64_t>(kPixels) * 3);
    }
  });
  return set;
}

}  // namespace intertwiner
