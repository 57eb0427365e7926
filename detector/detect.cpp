#include "detector/detect.h"

#include "data/batch.h"
#include "detector/model/internet.h"
#include "detector/model/memory_check.h"

namespace intertwiner {

InputSize input_size(const InputSettings& settings) {
  return {settings.image_size, settings.short_side, settings.long_side, settings.antialias,
          settings.resize_rounding == ResizeRounding::torchvision};
}

std::vector<std::vector<Detection>> detect(const InterNet& model, const Settings& settings,
                                           const std::vector<Image>& images) {
  if (images.empty()) return {};
  require_memory_for(settings, static_cast<int64_t>(images.size()));
  return model.detect(make_detection_batch(images, input_size(settings.input), model.parameters().device()), settings);
}

}  // namespace intertwiner
