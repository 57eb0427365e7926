#include "data/formats/cifar.h"

#include <array>
#include <sstream>

#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kClasses = 10, kPlane = kLabelledSide * kLabelledSide, kRecord = 1 + 3 * kPlane;
constexpr const char* kNames = "batches.meta.txt";
constexpr const char* kTest = "test_batch.bin";
constexpr std::array kTrain = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                               "data_batch_5.bin"};

std::string read_member(const fs::path& path) {
  if (!path_exists(path))
    throw UserError(path.string() +
                    ": is missing; CIFAR-10's binary version has data_batch_1.bin to data_batch_5.bin, " + kTest +
                    " and " + kNames + " in one folder; unpack it again");
  return read_file(path);
}

std::vector<std::string> read_names(const fs::path& path) {
  std::istringstream text(read_member(path));
  std::vector<std::string> names;
  for (std::string line; std::getline(text, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!is_printable(line))
      throw UserError(path.string() + ": has a class name that is not plain text in UTF-8; unpack it again");
    if (!line.empty()) names.push_back(line);
  }
  if (names.size() != kClasses)
    throw UserError(path.string() + ": has " + std::to_string(names.size()) +
                    " class names, but CIFAR-10 has ten, one per line; unpack it again");
  return names;
}

std::string read_images(const fs::path& path) {
  std::string bytes = read_member(path);
  if (bytes.empty() || bytes.size() % kRecord != 0)
    throw UserError(path.string() + ": has " + std::to_string(bytes.size()) +
                    " bytes, which is not a multiple of 3073, the size of an image with its label; it is cut short or "
                    "not CIFAR-10's binary version; unpack it again");
  for (size_t at = 0; at < bytes.size(); at += kRecord) {
    const int label = static_cast<unsigned char>(bytes[at]);
    if (label >= kClasses)
      throw UserError(path.string() + ": image " + std::to_string(at / kRecord) + " has label " +
                      std::to_string(label) +
                      ", but CIFAR-10 has 0 to 9; it is damaged or not the binary version; unpack it again");
  }
  return bytes;
}

}  // namespace

bool is_cifar10_folder(const fs::path& folder) {
  return path_exists(folder / kNames) || path_exists(folder / kTrain[0]) || path_exists(folder / kTest);
}

LabelledImages read_cifar10(const fs::path& folder, bool train) {
  LabelledImages set{read_names(folder / kNames), {}, {}};
  std::string bytes;
  if (train)
    for (const char* name : kTrain) bytes += read_images(folder / name);
  else
    bytes = read_images(folder / kTest);

  const auto count = static_cast<int64_t>(bytes.size()) / kRecord;
  set.pixels = Tensor::empty({count, kLabelledSide, kLabelledSide, 3}, DType::uint8);
  set.labels = Tensor::empty({count}, DType::int32);
  const auto* record = reinterpret_cast<const uint8_t*>(bytes.data());
  uint8_t* pixel = set.pixels.data<uint8_t>();
  for (int64_t i = 0; i < count; ++i, record += kRecord) {
    set.labels.data<int32_t>()[i] = record[0];
    for (int64_t p = 0; p < kPlane; ++p)
      for (int64_t c = 0; c < 3; ++c) *pixel++ = record[1 + c * kPlane + p];
  }
  return set;
}

}  // namespace intertwiner
