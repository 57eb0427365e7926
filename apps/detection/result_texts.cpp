#include "apps/detection/result_texts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "apps/detection/unique_name.h"
#include "apps/terminal/csv.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

/// The shortest text that reads back as the same number.
std::string number(float value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace

std::string csv_text(const std::vector<DetectedImage>& images, const std::vector<std::string>& class_names) {
  std::string text = "file,class,score,x,y,width,height\n";
  for (const DetectedImage& image : images) {
    const std::string file = csv_field(image.name);
    for (const Detection& found : image.detections) {
      const Box& box = found.box;
      text += file + "," + csv_field(class_names.at(static_cast<size_t>(found.label - 1)));
      for (const float value : {found.score, box.x1, box.y1, box.width(), box.height()}) text += "," + number(value);
      text += "\n";
    }
  }
  return text;
}

std::string yolo_text(const DetectedImage& image) {
  std::string text;
  for (const Detection& found : image.detections) {
    const Box& box = found.box;
    text += std::to_string(found.label - 1);
    for (const double value :
         {(double{box.x1} + box.x2) / 2 / image.width, (double{box.y1} + box.y2) / 2 / image.height,
          (double{box.x2} - box.x1) / image.width, (double{box.y2} - box.y1) / image.height, double{found.score}}) {
      text += " " + number(static_cast<float>(value));
    }
    text += "\n";
  }
  return text;
}

std::vector<std::string> voc_texts(const std::vector<DetectedImage>& images, size_t class_count) {
  std::vector<std::string> texts(class_count);
  std::set<std::string> taken;
  for (const DetectedImage& image : images) taken.insert(image.stem);
  for (const DetectedImage& image : images) {
    std::string name = printable(image.stem);
    std::replace(name.begin(), name.end(), ' ', '_');
    if (name != image.stem) name = unique_name(name, "", taken);
    for (const Detection& found : image.detections) {
      std::string& text = texts.at(static_cast<size_t>(found.label - 1));
      text += name;
      for (const float value : {found.score, found.box.x1 + 1, found.box.y1 + 1, found.box.x2, found.box.y2})
        text += " " + number(value);
      text += "\n";
    }
  }
  return texts;
}

}  // namespace intertwiner
