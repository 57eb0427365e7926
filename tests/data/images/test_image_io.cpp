#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <string>

#include "data/batch.h"
#include "data/images/exif.h"
#include "data/images/image_io.h"
#include "data/images/transform.h"
#include "engine/files/read_file.h"
#include "tests/data/images/hostile_images.h"
#include "tests/data/images/sample_images.h"
#include "tests/shared_data.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::user_error;

namespace {

/// Bytes from hexadecimal digits.
std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::vector<int> numbers(const Image& image) { return {image.rgb.begin(), image.rgb.end()}; }

std::string jpeg_bytes(const tests::TemporaryFolder& folder, int width, int height) {
  write_image(folder / "sample.jpg", tests::gradient_image(width, height));
  return read_file(folder / "sample.jpg");
}

int largest_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 256;
  int largest = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) largest = std::max(largest, std::abs(a.rgb[i] - b.rgb[i]));
  return largest;
}

/// Turns a stored image upright, pixel by pixel, by EXIF's definition: each orientation says on which sides of the
/// shown image the first stored row and the first stored column are.
Image turned_by_definition(const Image& stored, int orientation) {
  const bool swaps = orientation >= 5;
  Image image{swaps ? stored.height : stored.width, swaps ? stored.width : stored.height, {}};
  image.rgb.resize(stored.rgb.size());
  for (int row = 0; row < stored.height; ++row) {
    for (int column = 0; column < stored.width; ++column) {
      const int from_right = stored.width - 1 - column, from_bottom = stored.height - 1 - row;
      int x = 0, y = 0;
      switch (orientation) {
        case 1:
          x = column, y = row;
          break;  // row 0 is the top, column 0 the left side
        case 2:
          x = from_right, y = row;
          break;  // top, right
        case 3:
          x = from_right, y = from_bottom;
          break;  // bottom, right
        case 4:
          x = column, y = from_bottom;
          break;  // bottom, left
        case 5:
          x = row, y = column;
          break;  // left, top
        case 6:
          x = from_bottom, y = column;
          break;  // right, top
        case 7:
          x = from_bottom, y = from_right;
          break;  // right, bottom
        case 8:
          x = row, y = from_right;
          break;  // left, bottom
      }
      for (int c = 0; c < 3; ++c) {
        image.rgb[static_cast<size_t>(3 * (y * image.width + x) + c)] =
            stored.rgb[static_cast<size_t>(3 * (row * stored.width + column) + c)];
      }
    }
  }
  return image;
}

}  // namespace

TEST_CASE("an image written as PNG is read back with the same bytes, at any size") {
  const tests::TemporaryFolder folder;
  for (const auto& [width, height] : {std::pair(1, 1), std::pair(7, 5), std::pair(64, 3)}) {
    const Image image = tests::gradient_image(width, height);
    write_image(folder / "a.png", image);
    CHECK(numbers(load_image(folder / "a.png")) == numbers(image));
    CHECK(read_image_size(folder / "a.png") == ImageSize{width, height});
  }
}

TEST_CASE("an image written as JPEG is read back nearly the same") {
  const tests::TemporaryFolder folder;
  const Image image = tests::gradient_image(40, 24);
  write_image(folder / "a.JPEG", image);
  CHECK(largest_difference(load_image(folder / "a.JPEG"), image) <= 12);
  CHECK(read_image_size(folder / "a.JPEG") == ImageSize{40, 24});
}

TEST_CASE("BMP is read, and the format is recognised by the content, not by the name") {
  const tests::TemporaryFolder folder;
  const Image image = tests::gradient_image(5, 4);
  folder.write("a.jpg", tests::bmp_file(image));
  CHECK(numbers(load_image(folder / "a.jpg")) == numbers(image));
  CHECK(read_image_size(folder / "a.jpg") == ImageSize{5, 4});
}

TEST_CASE("grey becomes three equal channels, 16 bits become the upper 8, transparent pixels get a white background") {
  const tests::TemporaryFolder folder;
  // 2×1, 16-bit grey: 0x1234, 0xFF00
  folder.write("grey16.png", from_hex("89504e470d0a1a0a0000000d494844520000000200000001100000000081d9fc150000000d494441"
                                      "54789c631032f9cf000002e701467ffb8c420000000049454e44ae426082"));
  CHECK(numbers(load_image(folder / "grey16.png")) == std::vector<int>{0x12, 0x12, 0x12, 0xFF, 0xFF, 0xFF});
  // 2×1, 8-bit grey and alpha: (100, 255), (100, 0)
  folder.write("grey_alpha.png",
               from_hex("89504e470d0a1a0a0000000d49484452000000020000000108040000005e2bb7010000000d494441"
                        "54789c6348f99fc20000055a01c8c2a8e44a0000000049454e44ae426082"));
  CHECK(numbers(load_image(folder / "grey_alpha.png")) == std::vector<int>{100, 100, 100, 255, 255, 255});
  // 2×1, 8-bit colour and alpha: (200, 0, 50, 255), (200, 0, 50, 51): opacity 1 and 1/5
  folder.write("colour_alpha.png",
               from_hex("89504e470d0a1a0a0000000d4948445200000002000000010806000000f4227f8a0000000f494441"
                        "54789c6338c160f41f888d011027032781d9baea0000000049454e44ae426082"));
  CHECK(numbers(load_image(folder / "colour_alpha.png")) == std::vector<int>{200, 0, 50, 244, 204, 214});
}

TEST_CASE("each EXIF orientation turns the image as EXIF defines it") {
  const tests::TemporaryFolder folder;
  const std::string jpeg = jpeg_bytes(folder, 24, 16);
  const Image stored = load_image(folder / "sample.jpg");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big_endian : {false, true}) {
      folder.write("turned.jpg", tests::with_orientation(jpeg, orientation, big_endian));
      const Image expected = turned_by_definition(stored, orientation);
      INFO("orientation " << orientation << ", big endian " << big_endian);
      CHECK(largest_difference(load_image(folder / "turned.jpg"), expected) == 0);
      CHECK(read_image_size(folder / "turned.jpg") == ImageSize{expected.width, expected.height});
      CHECK(largest_difference(load_image(folder / "turned.jpg", Orientation::as_stored), stored) == 0);
      CHECK(read_image_size(folder / "turned.jpg", Orientation::as_stored) == ImageSize{24, 16});
    }
  }
}

TEST_CASE("an unknown orientation or a broken EXIF directory does not turn the image") {
  const tests::TemporaryFolder folder;
  const std::string jpeg = jpeg_bytes(folder, 24, 16);
  const std::string exif = tests::with_orientation(jpeg, 6);
  const std::string content = exif.substr(6, exif.size() - jpeg.size() - 4);
  CHECK(exif_orientation(content) == 6);
  CHECK(exif_orientation(tests::with_orientation(jpeg, 9).substr(6, content.size())) == 1);
  CHECK(exif_orientation(tests::with_orientation(jpeg, 0).substr(6, content.size())) == 1);
  for (size_t length = 0; length + 6 < content.size(); ++length) {
    INFO("cut to " << length << " bytes");
    const int orientation = exif_orientation(content.substr(0, length));
    CHECK((orientation == 1 || (orientation == 6 && length >= content.size() - 6)));
  }
  for (uint64_t round = 0; round < 2000; ++round) {
    const int orientation = exif_orientation(tests::damaged(content, round));
    REQUIRE((orientation >= 1 && orientation <= 8));
  }
}

TEST_CASE("a JPEG, PNG or BMP that is cut anywhere is refused in a message with its name") {
  const tests::TemporaryFolder folder;
  const Image image = tests::gradient_image(61, 47);
  write_image(folder / "whole.png", image);
  write_image(folder / "whole.jpg", image);
  const std::vector<std::string> files = {read_file(folder / "whole.png"), read_file(folder / "whole.jpg"),
                                          tests::bmp_file(image)};
  for (size_t kind = 0; kind < files.size(); ++kind) {
    for (size_t length = 0; length < files[kind].size(); length += 1 + files[kind].size() / 97) {
      const auto path = folder.write("cut.image", files[kind].substr(0, length));
      INFO("file " << kind << " cut to " << length << " of " << files[kind].size());
      REQUIRE_THAT(user_error([&] { load_image(path); }), Contains("cut.image"));
    }
    const auto path = folder.write("last.image", files[kind].substr(0, files[kind].size() - 1));
    CHECK_THAT(user_error([&] { load_image(path); }), Contains("last.image"));
  }
}

TEST_CASE("bytes after a JPEG's end are ignored, and the end of a preview inside a JPEG is not its end") {
  const tests::TemporaryFolder folder;
  const std::string jpeg = jpeg_bytes(folder, 33, 20);
  const Image image = load_image(folder / "sample.jpg");
  folder.write("trailing.jpg", jpeg + "trailing bytes \xFF\xD8\xFF and more");
  CHECK(largest_difference(load_image(folder / "trailing.jpg"), image) == 0);

  const size_t length = jpeg.size() + 2;
  const std::string segment =
      std::string("\xFF\xE2") + static_cast<char>(length >> 8) + static_cast<char>(length & 255) + jpeg;
  const std::string with_preview = jpeg.substr(0, 2) + segment + jpeg.substr(2);
  folder.write("preview.jpg", with_preview);
  CHECK(largest_difference(load_image(folder / "preview.jpg"), image) == 0);
  folder.write("preview_cut.jpg", with_preview.substr(0, 2 + segment.size() + jpeg.size() / 2));
  CHECK_THAT(user_error([&] { load_image(folder / "preview_cut.jpg"); }), Contains("cut short"));
}

TEST_CASE("the size is found after more than 64 KB of other segments") {
  const tests::TemporaryFolder folder;
  const std::string jpeg = jpeg_bytes(folder, 33, 20);
  const std::string segment = "\xFF\xE2\xFF\xFF" + std::string(65533, 'x');
  folder.write("profile.jpg", jpeg.substr(0, 2) + segment + segment + jpeg.substr(2));
  CHECK(read_image_size(folder / "profile.jpg") == ImageSize{33, 20});
}

TEST_CASE("files that are not images are refused in one line that names them") {
  const tests::TemporaryFolder folder;
  CHECK_THAT(user_error([&] { load_image(folder / "absent.jpg"); }),
             Contains("absent.jpg") && Contains("No such file"));
  CHECK_THAT(user_error([&] { load_image(folder.path()); }), Contains("directory"));
  CHECK_THAT(user_error([&] { load_image(folder.write("empty.jpg", "")); }), Contains("empty"));
  CHECK_THAT(user_error([&] { load_image(folder.write("text.jpg", "hello")); }), Contains("not a JPEG, PNG or BMP"));
  CHECK_THAT(user_error([&] { read_image_size(folder.write("text.jpg", "hello")); }), Contains("text.jpg"));
}

TEST_CASE("a header with too many pixels is refused before memory is allocated") {
  const tests::TemporaryFolder folder;
  std::string bmp = tests::bmp_file(tests::gradient_image(5, 4));
  bmp.replace(18, 8, tests::little_endian(60000, 4) + tests::little_endian(60000, 4));
  CHECK_THAT(user_error([&] { load_image(folder.write("huge.bmp", bmp)); }), Contains("60000×60000"));
}

TEST_CASE("an image with more pixels than the limit is refused, and the limit can be changed") {
  const tests::TemporaryFolder folder;
  write_image(folder / "a.png", tests::gradient_image(5, 4));
  const auto with_limit = [&](int64_t max_pixels) {
    const std::string message = user_error([&] { load_image(folder / "a.png", {}, {.max_pixels = max_pixels}); });
    CHECK(message == user_error([&] { read_image_size(folder / "a.png", {}, {.max_pixels = max_pixels}); }));
    return message;
  };
  CHECK(with_limit(20).empty());
  CHECK_THAT(with_limit(19), Contains("a.png has 5×4 pixels, more than the limit of 19"));
}

TEST_CASE("an image whose bytes cannot hold the pixels of its header is refused before decoding") {
  const tests::TemporaryFolder folder;
  const auto answer = [&](const std::string& bytes) { return user_error([&] { decode_image(bytes, "a.image"); }); };
  const std::string damaged = "a.image is cut short or damaged; download it again or remove it";
  CHECK(answer(tests::png_file(9000, 9000, 16, 6, "\x78\x01")) == damaged);
  std::string jpeg = jpeg_bytes(folder, 24, 16);
  const size_t frame = jpeg.find("\xFF\xC0");
  REQUIRE(frame != std::string::npos);
  jpeg.replace(frame + 5, 4, "\x23\x28\x23\x28");
  CHECK(answer(jpeg) == damaged);
  std::string bmp = tests::bmp_file(tests::gradient_image(5, 4));
  bmp.replace(18, 8, tests::little_endian(5000, 4) + tests::little_endian(5000, 4));
  CHECK(answer(bmp) == damaged);
  bmp.replace(28, 2, tests::little_endian(0, 2));
  CHECK(answer(bmp) == damaged);
}

TEST_CASE("a PNG that expands far beyond its size, and a JPEG with hundreds of scans, are refused") {
  const std::string damaged = "a.image is cut short or damaged; download it again or remove it";
  const std::string bomb = tests::png_file(64, 64, 8, 2, tests::expanding_deflate(100'000'000));
  CHECK(bomb.size() < 700'000);
  CHECK(user_error([&] { decode_image(bomb, "a.image"); }) == damaged);
  const tests::TemporaryFolder folder;
  const std::string jpeg = jpeg_bytes(folder, 24, 16);
  const size_t end = jpeg.rfind("\xFF\xD9"), scan = jpeg.find("\xFF\xDA");
  const auto with_scans = [&](size_t count) {
    std::string text = jpeg.substr(0, end);
    for (size_t i = 0; i < count; ++i) text += jpeg.substr(scan, end - scan);
    return user_error([&] { decode_image(text + "\xFF\xD9", "a.image"); });
  };
  CHECK(with_scans(1).empty());
  CHECK(with_scans(200) == damaged);
}

TEST_CASE("a picture of one colour, which expands most, is decoded") {
  const tests::TemporaryFolder folder;
  const Image white{3000, 2000, std::vector<uint8_t>(size_t{3000} * 2000 * 3, 255)};
  for (const char* name : {"white.png", "white.jpg"}) {
    write_image(folder / name, white);
    CHECK(load_image(folder / name).rgb == white.rgb);
  }
  const std::string png = tests::png_file(1000, 1000, 8, 0, tests::expanding_deflate(1001 * 1000));
  CHECK(decode_image(png, "black").rgb == std::vector<uint8_t>(size_t{1000} * 1000 * 3));
}

TEST_CASE("the decoder's reason is one line of letters, and a run-length BMP is refused with it") {
  std::string png = tests::png_file(4, 4, 8, 0, tests::expanding_deflate(20));
  png.insert(33, std::string("\0\0\0\0A\nB\x1b\0\0\0\0", 12));
  CHECK_THAT(user_error([&] { decode_image(png, "a.png"); }), Contains("(A\\nB\\x1b PNG chunk not known)"));
  std::string bmp = tests::bmp_file(tests::gradient_image(5, 4));
  bmp.replace(30, 4, tests::little_endian(1, 4));
  CHECK_THAT(user_error([&] { decode_image(bmp, "a.bmp"); }), Contains("cannot be decoded (BMP RLE"));
}

TEST_CASE("an image that is too large for JPEG is refused") {
  const Image wide{70'000, 1, std::vector<uint8_t>(210'000)};
  CHECK_THAT(user_error([&] { encode_jpeg(wide); }), Contains("70000×1 px is too large for JPEG"));
}

TEST_CASE("an image whose pixels do not fit its size is refused by all who read pixels") {
  const tests::TemporaryFolder folder;
  for (const Image& image : {Image{4, 4, std::vector<uint8_t>(47)}, Image{4, 4, std::vector<uint8_t>(49)},
                             Image{0, 4, {}}, Image{-4, -4, std::vector<uint8_t>(48)}, Image{1 << 30, 1 << 30, {}}}) {
    CHECK_THAT(user_error([&] { write_image(folder / "a.png", image); }), Contains("3 bytes for each pixel"));
    CHECK_THAT(user_error([&] { turn_upright(image, 6); }), Contains("3 bytes for each pixel"));
    std::vector<float> output(12);
    CHECK_THAT(user_error([&] {
                 resize_normalised(image, {4, 4, 2, 2}, {}, {output.data(), 6});
               }),
               Contains("3 bytes for each pixel"));
    CHECK_FALSE(user_error([&] { make_detection_batch(std::vector<Image>{image}, {.image_size = 32}); }).empty());
  }
}

TEST_CASE("a JPEG with too many Huffman codes is refused before decoding") {
  const tests::TemporaryFolder folder;
  std::string jpeg = jpeg_bytes(folder, 24, 16);
  const size_t table = jpeg.find("\xFF\xC4");
  REQUIRE(table != std::string::npos);
  jpeg[table + 5] = '\xFF';
  jpeg[table + 6] = '\xFF';
  CHECK_THAT(user_error([&] { load_image(folder.write("tables.jpg", jpeg)); }),
             Contains("tables.jpg is cut short or damaged"));
}

TEST_CASE("a JPEG whose scan uses a Huffman table that is not defined is refused before decoding") {
  const tests::TemporaryFolder folder;
  std::string jpeg = jpeg_bytes(folder, 24, 16);
  CHECK(user_error([&] { decode_image(jpeg, "a.jpg"); }).empty());
  const size_t tables = jpeg.find("\xFF\xC4");
  REQUIRE(tables != std::string::npos);
  jpeg[tables + 1] = '\xFE';  // a comment
  CHECK_THAT(user_error([&] { decode_image(jpeg, "a.jpg"); }), Contains("a.jpg is cut short or damaged"));
}

TEST_CASE("damaged images are read or refused with a UserError") {
  const tests::TemporaryFolder folder;
  const Image image = tests::gradient_image(17, 13);
  write_image(folder / "a.png", image);
  write_image(folder / "a.jpg", image);
  const std::vector<std::string> files = {
      read_file(folder / "a.png"), tests::with_orientation(read_file(folder / "a.jpg"), 6), tests::bmp_file(image)};
  int refused = 0;
  for (uint64_t round = 0; round < 450; ++round) {
    const auto path = folder.write("damaged", tests::damaged(files[round % files.size()], round));
    if (!user_error([&] { load_image(path); }).empty()) ++refused;
  }
  CHECK(refused > 50);
  CHECK(refused < 450);
}

TEST_CASE("an image that cannot be written is reported in one line, and the old file stays") {
  const tests::TemporaryFolder folder;
  const Image image = tests::gradient_image(64, 64);
  CHECK_THAT(user_error([&] { write_image(folder / "no/such/folder/a.png", image); }),
             Contains("no/such/folder/a.png"));
  CHECK_THAT(user_error([&] { write_image(folder / "a.gif", image); }), Contains("a.gif") && Contains(".png"));

  write_image(folder / "a.png", tests::gradient_image(2, 2));
  const std::string before = read_file(folder / "a.png");
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full_disk{100, old_limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full_disk);
  const std::string message = user_error([&] { write_image(folder / "a.png", image); });
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  CHECK_THAT(message, Contains("a.png"));
  CHECK(read_file(folder / "a.png") == before);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("image files are recognised by their ending, in upper or lower case") {
  for (const char* name : {"a.jpg", "b/c.JPEG", "d.Png", "e.bmp"}) CHECK(is_image_file(name));
  for (const char* name : {"a.xml", "jpg", "a.jpg.txt", ""}) CHECK_FALSE(is_image_file(name));
}

TEST_CASE("real photographs have the size in their header, and are refused when cut in half") {
  const auto coco = tests::shared_data("coco128");
  if (!coco) return tests::skip("no shared/data/coco128");
  const tests::TemporaryFolder folder;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*coco / "images")) {
    if (++count > 8) break;
    const Image image = load_image(entry.path());
    CHECK(read_image_size(entry.path()) == ImageSize{image.width, image.height});
    const std::string bytes = read_file(entry.path());
    const auto half = folder.write("half.jpg", bytes.substr(0, bytes.size() / 2));
    CHECK_THAT(user_error([&] { load_image(half); }), Contains("half.jpg is cut short"));
  }
}
