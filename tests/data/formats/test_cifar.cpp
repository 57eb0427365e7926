#include <catch2/catch.hpp>

#include "data/formats/cifar.h"
#include "engine/error.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

const std::string kNames = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

/// An image whose pixel (y, x) is (start + y, 2·x, start).
std::string picture(int label, int start) {
  std::string bytes(1, static_cast<char>(label));
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x) bytes += static_cast<char>(c == 0 ? start + y : c == 1 ? 2 * x : start);
  return bytes;
}

/// Writes a whole folder: five files of two images, and a test file of three images.
void write_cifar(const tests::TemporaryFolder& folder) {
  folder.write("batches.meta.txt", kNames);
  for (int i = 1; i <= 5; ++i)
    folder.write("data_batch_" + std::to_string(i) + ".bin", picture(i, 10 * i) + picture(9 - i, 10 * i + 5));
  folder.write("test_batch.bin", picture(0, 100) + picture(9, 200) + picture(4, 1));
}

void check_refused(const std::filesystem::path& folder, bool train, const std::string& file, const std::string& says) {
  try {
    read_cifar10(folder, train);
    FAIL("nothing was thrown where " << says);
  } catch (const UserError& error) {
    const std::string message = error.what();
    INFO(message);
    CHECK(message.find((folder / file).string() + ": ") == 0);
    CHECK(message.find(says) != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
  }
}

}  // namespace

TEST_CASE("CIFAR-10's five files are read in order, and colour planes become RGB pixels") {
  const tests::TemporaryFolder folder;
  write_cifar(folder);
  CHECK(is_cifar10_folder(folder.path()));
  const LabelledImages train = read_cifar10(folder.path(), true);
  CHECK(train.class_names.size() == 10);
  CHECK(train.class_names.back() == "truck");
  CHECK(train.labels.to_vector<int32_t>() == std::vector<int32_t>{1, 8, 2, 7, 3, 6, 4, 5, 5, 4});
  REQUIRE(train.pixels.shape() == Shape{10, 32, 32, 3});
  const auto pixel = [&](int64_t image, int64_t y, int64_t x) {
    const uint8_t* p = train.pixels.data<uint8_t>() + ((image * 32 + y) * 32 + x) * 3;
    return std::vector<int>{p[0], p[1], p[2]};
  };
  CHECK(pixel(0, 0, 0) == std::vector<int>{10, 0, 10});
  CHECK(pixel(0, 31, 5) == std::vector<int>{41, 10, 10});
  CHECK(pixel(9, 7, 31) == std::vector<int>{62, 62, 55});
  const LabelledImages test = read_cifar10(folder.path(), false);
  CHECK(test.labels.to_vector<int32_t>() == std::vector<int32_t>{0, 9, 4});
  CHECK(test.pixels.data<uint8_t>()[3072] == 200);
}

TEST_CASE("CIFAR-10 files that are missing, cut short, too long, empty or have wrong labels are refused by name") {
  const tests::TemporaryFolder folder;
  CHECK_FALSE(is_cifar10_folder(folder.path()));
  check_refused(folder.path(), true, "batches.meta.txt", "is missing");
  write_cifar(folder);
  std::filesystem::remove(folder / "data_batch_3.bin");
  check_refused(folder.path(), true, "data_batch_3.bin", "is missing");
  CHECK(read_cifar10(folder.path(), false).size() == 3);  // test_batch.bin is enough
  folder.write("data_batch_3.bin", picture(1, 1).substr(0, 3072));
  check_refused(folder.path(), true, "data_batch_3.bin", "has 3072 bytes, which is not a multiple of 3073");
  folder.write("data_batch_3.bin", picture(1, 1) + "x");
  check_refused(folder.path(), true, "data_batch_3.bin", "has 3074 bytes");
  folder.write("data_batch_3.bin", "");
  check_refused(folder.path(), true, "data_batch_3.bin", "has 0 bytes");
  folder.write("test_batch.bin", picture(9, 1) + picture(10, 1));
  check_refused(folder.path(), false, "test_batch.bin", "image 1 has label 10");
  folder.write("batches.meta.txt", "cat\ndog\n");
  check_refused(folder.path(), false, "batches.meta.txt", "has 2 class names");
}

}  // namespace intertwiner
