#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "apps/figures/drawn_boxes.h"
#include "apps/figures/font.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

Image grey(int width, int height, uint8_t value = 100) {
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3, value)};
}

std::array<int, 3> pixel(const Image& image, int x, int y) {
  const uint8_t* rgb = &image.rgb[static_cast<size_t>(y * image.width + x) * 3];
  return {rgb[0], rgb[1], rgb[2]};
}

int changed_pixels(const Image& before, const Image& after) {
  int changed = 0;
  for (int y = 0; y < before.height; ++y) {
    for (int x = 0; x < before.width; ++x) changed += pixel(before, x, y) != pixel(after, x, y);
  }
  return changed;
}

}  // namespace

TEST_CASE("a box is drawn along its edges, and its inside does not change") {
  const DrawnBox boxes[] = {{{50, 60, 150, 160}, "", 1}};
  const Image image = draw_detections(grey(640, 200), boxes);
  const std::array<int, 3> untouched = {100, 100, 100};
  CHECK(pixel(image, 100, 110) == untouched);
  CHECK(pixel(image, 20, 110) == untouched);
  CHECK(pixel(image, 50, 110) != untouched);
  CHECK(pixel(image, 149, 110) != untouched);
  CHECK(pixel(image, 100, 60) == pixel(image, 50, 110));
  CHECK(pixel(image, 100, 159) == pixel(image, 50, 110));
}

TEST_CASE("twelve consecutive classes have different colours, and the thirteenth has the first one's") {
  std::vector<std::array<int, 3>> colours;
  for (int index = 0; index < 13; ++index) {
    const DrawnBox boxes[] = {{{20, 20, 80, 80}, "", index}};
    colours.push_back(pixel(draw_detections(grey(640, 100), boxes), 20, 50));
  }
  for (size_t a = 0; a < 12; ++a) {
    for (size_t b = 0; b < a; ++b) CHECK(colours[a] != colours[b]);
  }
  CHECK(colours[12] == colours[0]);
}

TEST_CASE("an image below 640 px is enlarged by a whole factor, and a larger one is not") {
  for (const auto& [width, height, factor] :
       {std::array{160, 120, 4}, {100, 213, 4}, {1, 1, 640}, {639, 8, 2}, {640, 9, 1}}) {
    const Image drawn = draw_detections(grey(width, height), {});
    CHECK(drawn.width == width * factor);
    CHECK(drawn.height == height * factor);
    CHECK(changed_pixels(grey(drawn.width, drawn.height), drawn) == 0);
  }
  Image edge = grey(320, 320, 0);
  std::fill(edge.rgb.begin() + edge.rgb.size() / 2, edge.rgb.end(), uint8_t{200});
  const Image drawn = draw_detections(edge, {});
  CHECK(pixel(drawn, 0, 318)[0] == 0);
  CHECK(pixel(drawn, 0, 319)[0] == 50);  // a quarter of the way to the next pixel
  CHECK(pixel(drawn, 0, 320)[0] == 150);
  CHECK(pixel(drawn, 0, 321)[0] == 200);

  const DrawnBox boxes[] = {{{10, 20, 50, 60}, "", 1}};
  const Image boxed = draw_detections(grey(160, 160), boxes);
  CHECK(pixel(boxed, 4 * 10, 4 * 40) != std::array<int, 3>{100, 100, 100});
  CHECK(pixel(boxed, 4 * 30, 4 * 60 - 1) == pixel(boxed, 4 * 10, 4 * 40));
}

TEST_CASE("a label is above its box, or inside the image if there is no room above") {
  const DrawnBox low[] = {{{100, 100, 150, 150}, "rows 0.93", 3}};
  CHECK(pixel(draw_detections(grey(640, 256), low), 101, 92) != std::array<int, 3>{100, 100, 100});
  for (const Box& box : {Box{0, 0, 30, 30}, {620, 0, 640, 20}, {630, 250, 640, 256}, {0, 0, 640, 256}}) {
    const DrawnBox bare[] = {{box, "", 3}}, labelled[] = {{box, "rows 0.93", 3}};
    const Image without = draw_detections(grey(640, 256), bare), with_label = draw_detections(grey(640, 256), labelled);
    // Nine letters are 53 dots wide plus a margin, and 12 dots high. All of the label is inside the image; some of it
    // may cover the frame.
    CHECK(changed_pixels(without, with_label) > 57 * 12 * 3 / 4);
  }
}

TEST_CASE("a label that is wider than its image loses letters of the name, not of the score") {
  const auto with_label = [](const std::string& text) {
    Image image = grey(60, 400);
    const DrawnBox boxes[] = {{{10, 100, 50, 140}, text, 1}};
    draw_boxes(image, boxes);
    return image.rgb;
  };
  const bool keeps_score = with_label("helmet 0.93") == with_label("helm 0.93");
  CHECK(keeps_score);
  const bool cuts_words = with_label("traffic light") == with_label("traffic l");
  CHECK(cuts_words);
  const bool is_left_out = with_label("a 123456789.5") == with_label("");
  CHECK(is_left_out);
}

TEST_CASE("in a large image the insides of small boxes stay visible") {
  Image image = grey(4000, 3000);
  const DrawnBox boxes[] = {{{1000, 1000, 1014, 1014}, "helmet 0.93", 1}};
  const Image before = image;
  draw_boxes(image, boxes);
  for (const int x : {1004, 1009}) CHECK(pixel(image, x, 1007) == pixel(before, x, 1007));
  CHECK(changed_pixels(before, image) < 2000);
}

TEST_CASE("labels hide neither each other nor other boxes if there is room") {
  // Both labels would be above their boxes. The second one would cover the first, so it goes below.
  const DrawnBox boxes[] = {{{100, 100, 200, 140}, "first 0.9", 1}, {{104, 102, 204, 142}, "other 0.8", 2}};
  const DrawnBox first[] = {boxes[0], {boxes[1].box, "", 2}}, second[] = {{boxes[0].box, "", 1}, boxes[1]};
  const DrawnBox none[] = {first[1], second[0]};
  const Image plain = draw_detections(grey(640, 256), none);
  const int alone = changed_pixels(plain, draw_detections(grey(640, 256), first)) +
                    changed_pixels(plain, draw_detections(grey(640, 256), second));
  CHECK(changed_pixels(plain, draw_detections(grey(640, 256), boxes)) > alone * 3 / 4);
}

TEST_CASE("boxes that are outside the image, without area, or not finite do no harm") {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 40}, {64, 64}, {700, 2}}) {
    const DrawnBox boxes[] = {{{-50, -50, -10, -10}, "left", 0},         {{500, 500, 900, 900}, "right", 1},
                              {{10, 10, 10, 10}, "empty", -3},           {{-infinity, 0, infinity, 9}, "wide", 4},
                              {{20, 20, 5, 5}, "inside out", 1000},      {{nan, 1, nan, 5}, "nan", 5},
                              {{0, 0, 64, 64}, std::string(500, 'x'), 2}};
    const Image image = draw_detections(grey(width, height), boxes);
    CHECK(image.rgb.size() == static_cast<size_t>(image.width) * image.height * 3);
  }
}

TEST_CASE("every printable character has a glyph of its own, and the space is empty") {
  std::vector<std::string> pictures;
  for (char character = ' '; character <= '~'; ++character) {
    std::string dots;
    for (int y = 0; y < kGlyphHeight; ++y) {
      for (int x = 0; x < kGlyphWidth; ++x) dots += glyph_dot(character, x, y) ? '#' : '.';
    }
    for (const std::string& other : pictures) CHECK(dots != other);
    pictures.push_back(dots);
  }
  CHECK(pictures.front() == std::string(kGlyphWidth * kGlyphHeight, '.'));
}

TEST_CASE("a character that the font lacks becomes one question mark, also if it has several bytes") {
  CHECK(to_printable("Gr\xC3\xBC\xC3\x9F"
                     "e \xE5\xAD\x97 \xF0\x9F\x99\x82\n") == "Gr??e ? ??");
  CHECK(to_printable("rings 0.93") == "rings 0.93");
}

TEST_CASE("a contact sheet has every image in its cell") {
  const Image images[] = {grey(10, 6, 50), grey(4, 8, 60), grey(10, 8, 70)};
  const Image sheet = contact_sheet(images, 2);
  CHECK(sheet.width == 2 * 14 + 4);
  CHECK(sheet.height == 2 * 12 + 4);
  CHECK(pixel(sheet, 4, 4)[0] == 50);
  CHECK(pixel(sheet, 13, 9)[0] == 50);
  CHECK(pixel(sheet, 18, 4)[0] == 60);
  CHECK(pixel(sheet, 13, 23)[0] == 70);
  CHECK(contact_sheet(images, 9).width == 3 * 14 + 4);
  CHECK_THROWS_AS(contact_sheet({}, 2), InternalError);
}

}  // namespace intertwiner
