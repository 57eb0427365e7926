// The EXIF segment of a JPEG.
#include "data/images/exif.h"

#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tests::refused_or_done([&] {
    const int orientation = exif_orientation(tests::as_text(data, size));
    require_pixels(turn_upright({3, 2, std::vector<uint8_t>(18)}, orientation));
  });
}
