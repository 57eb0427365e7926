// A picture: JPEG, PNG or BMP.
#include "data/images/image_io.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tests::refused_or_done([&] {
    // The limit keeps the fuzzer fast.
    require_pixels(decode_image(tests::as_text(data, size), "input", Orientation::upright, {.max_pixels = 1 << 12}));
  });
}
