// Detections in COCO's results format.
#include "detector/evaluation/coco_results.h"
#include "tests/detector/evaluation/known_objects.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tests::KnownObjects known({"cat", "dog"}, {tests::image(42, {}), tests::image(7, {})}, {17, 18});
  return tests::refused_or_done([&] { parse_coco_results(tests::as_text(data, size), "input", known); });
}
