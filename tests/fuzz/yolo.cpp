// A data.yaml of YOLO, a line "====", and a label file with its classes.
#include <algorithm>

#include "data/formats/annotation_check.h"
#include "data/formats/yolo_labels.h"
#include "data/formats/yolo_yaml.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::string_view kBetween = "\n====\n";
  const std::string_view text = tests::as_text(data, size);
  const size_t yaml_end = std::min(text.find(kBetween), size);
  const std::string_view labels = text.substr(std::min(yaml_end + kBetween.size(), size));
  YoloClasses classes = {{"head", "helmet"}, "data.yaml"};
  tests::refused_or_done([&] {
    const YoloYaml yaml = parse_yolo_yaml(text.substr(0, yaml_end), "data.yaml");
    classes = {yaml.names, "data.yaml", yaml.keypoint_numbers};
  });
  return tests::refused_or_done([&] {
    ImageRecord record{"input", 1, 1, 1, {}};
    for (const YoloObject& object : parse_yolo_labels(labels, "input", classes)) {
      record.annotations.push_back({});
      record.annotations.back().box = object.box;
      record.annotations.back().label = static_cast<int>(object.class_index) + 1;
    }
    AnnotationReport report;
    check_annotations(record, classes.names, report);
  });
}
