// An annotation file of COCO.
#include "data/formats/annotation_check.h"
#include "data/formats/coco_json.h"
#include "detector/evaluation/scored_files.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tests::refused_or_done(
      [&] { scored_input({}, parse_coco_json(tests::as_text(data, size), "input", CocoUse::scoring)); });
  return tests::refused_or_done([&] {
    const CocoFile file = parse_coco_json(tests::as_text(data, size), "input");
    ImageRecord record{"input", 1, 640, 480, {}};
    for (const CocoAnnotation& listed : file.annotations) record.annotations.push_back(to_annotation(listed, 1));
    AnnotationReport report;
    check_annotations(record, {"class"}, report);
  });
}
