// Detections in COCO's results format.
#include "detector/evaluation/coco_metrics.h"
#include "detector/evaluation/coco_results.h"
#include "detector/evaluation/scored_files.h"
#include "detector/evaluation/voc_metrics.h"
#include "tests/detector/evaluation/known_objects.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tests::KnownObjects known({"cat", "dog"}, {tests::image(42, {}), tests::image(7, {})}, {17, 18});
  static const CocoFile objects = {
      {{42, "", 0, 0}, {7, "", 0, 0}}, {{.image_id = 42, .category_id = 17, .width = 40, .height = 30}}, {{17, "cat"}}};
  tests::refused_or_done([&] { parse_coco_results(tests::as_text(data, size), "input", known); });
  return tests::refused_or_done([&] {
    const ScoredFiles files = scored_input(parse_coco_results(tests::as_text(data, size), "input"), objects);
    coco_metrics(files.input);
    voc_metrics(files.input);
  });
}
