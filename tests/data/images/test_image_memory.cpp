#include <catch2/catch.hpp>
#include <string>

#include "data/images/image_io.h"
#include "tests/data/images/hostile_images.h"
#include "tests/data/images/sample_images.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::user_error;

TEST_CASE("an image that needs more memory than the limit is refused before it is decoded") {
  const std::string refused =
      "a.image needs more than 900 MB of memory to decode; make it smaller, save it as a JPEG that is not progressive, "
      "or raise max-pixels above 100000000";
  const auto answer = [&](const std::string& bytes, const ImageLimits& limits = {}) {
    return user_error([&] { decode_image(bytes, "a.image", Orientation::upright, limits); });
  };
  CHECK(answer(tests::jpeg_of_four_components(10000, 10000, true)) == refused);
  CHECK_THAT(answer(tests::jpeg_of_four_components(16000, 16000, true), {.max_pixels = 256'000'000}),
             Contains("more than 2304 MB") && Contains("max-pixels above 256000000"));
  for (const bool is_progressive : {false, true}) {
    CHECK(answer(tests::jpeg_of_four_components(1000, 700, is_progressive)).empty());
    CHECK(answer(tests::jpeg_of_four_components(9, 17, is_progressive), {.max_pixels = 9 * 17}).empty());
  }
}
