// EXIF's orientation in PNG files. That each orientation turns as EXIF defines it is tested with JPEG files.
#include <catch2/catch.hpp>

#include "data/images/exif.h"
#include "data/images/image_io.h"
#include "tests/data/images/sample_images.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

namespace intertwiner {

TEST_CASE("a PNG file is turned by the orientation in its eXIf chunk") {
  const tests::TemporaryFolder folder;
  const Image stored = tests::gradient_image(24, 16);
  write_image(folder / "stored.png", stored);
  const std::string png = tests::read_text(folder / "stored.png");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    INFO("orientation " << orientation);
    folder.write("turned.png", tests::png_with_orientation(png, orientation));
    const Image expected = turn_upright(stored, orientation);
    CHECK(load_image(folder / "turned.png").rgb == expected.rgb);
    CHECK(read_image_size(folder / "turned.png") == ImageSize{expected.width, expected.height});
    CHECK(load_image(folder / "turned.png", Orientation::as_stored).rgb == stored.rgb);
  }
  // After the first 64 KiB, which alone are read for the size, the chunk does not count.
  const std::string early = tests::png_with_orientation(png, 6);
  const std::string text = std::string("\0\1\0\0tEXt", 8) + std::string(1 << 16, 'x') + std::string(4, '\0');
  folder.write("late.png", early.substr(0, 33) + text + early.substr(33));
  CHECK(load_image(folder / "late.png").rgb == stored.rgb);
  CHECK(read_image_size(folder / "late.png") == ImageSize{24, 16});
}

}  // namespace intertwiner
