// An image inside an HTML page, with the objects that were found, missed and wrong.
#pragma once
#include <string>
#include <vector>

#include "data/images/image.h"
#include "detector/evaluation/error_analysis.h"

namespace intertwiner {

/// A <figure> with the image as JPEG, at most 640 px wide, and boxes in three colours that show class and score when
/// pointed at. Its caption is the name of the file; pointed at, it shows all of `name`, which may be a path.
std::string image_figure(const Image& image, const std::string& name, const ImageMistakes& mistakes,
                         const std::vector<std::string>& class_names);

}  // namespace intertwiner
