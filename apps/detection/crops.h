// Each object as an image of its own: crops/CLASS/IMAGE-N.jpg, where N is its position among the detections of its
// image.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/images/image.h"
#include "detector/detections.h"

namespace intertwiner {

/// The pixels that a box touches. A box without a pixel in the image gives the nearest one.
Image cropped(const Image& image, const Box& box);

class CropWriter {
 public:
  /// Files go below `folder`, in a folder for each class with a name that is safe (file_names.h).
  CropWriter(std::filesystem::path folder, const std::vector<std::string>& class_names);

  /// Writes the detections with at least `min_score`. The names begin with `stem`; `ending` is ".jpg" or ".png". Throws
  /// UserError if a file cannot be written.
  void write(const Image& image, const std::vector<Detection>& detections, double min_score, const std::string& stem,
             const std::string& ending) const;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> class_folders_;
};

}  // namespace intertwiner
