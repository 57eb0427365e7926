// An annotation file of Pascal VOC.
#include "data/formats/annotation_check.h"
#include "data/formats/voc_annotation.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tests::refused_or_done([&] {
    const VocAnnotation file = parse_voc_annotation(tests::as_text(data, size), "input");
    ImageRecord record{"input", 1, file.width, file.height, {}};
    for (const VocObject& object : file.objects) {
      record.annotations.push_back(object.annotation);
      record.annotations.back().label = 1;
    }
    AnnotationReport report;
    check_annotations(record, {"class"}, report);
  });
}
