#include "data/formats/cifar.h"

#include <algorithm>
#include <array>

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

/// Throws UserError unless the bytes are whole images with labels 0 to 9.
void require_images(std::string_view bytes, const std::string& name) {
  if (bytes.empty() || bytes.size() % kRecord != 0)
    throw UserError(name + ": has " + std::to_string(bytes.size()) +
                    " bytes, which is not a multiple of 3073, the size of an image with its label; it is cut short or "
                    "not CIFAR-10's binary version; unpack it again");
  for (size_t at = 0; at < bytes.size(); at += kRecord) {
    const int label = static_cast<unsigned char>(bytes[at]);
    if (label >= kClasses)
      throw UserError(name + ": image " + std::to_string(at / kRecord) + " has label " + std::to_string(label) +
                      ", but CIFAR-10 has 0 to 9; it is damaged or not the binary version; unpack it again");
  }
}

}  // namespace

bool is_cifar10_folder(const fs::path& folder) {
  return path_exists(folder / kNames) || path_exists(folder / kTrain[0]) || path_exists(folder / kTest);
}

LabelledImages read_cifar10(const fs::path& folder, bool train) {
  const std::vector<std::string> names = parse_cifar10_names(read_member(folder / kNames), (folder / kNames).string());
  std::string bytes;
  for (const fs::path& name :
       train ? std::vector<fs::path>(kTrain.begin(), kTrain.end()) : std::vector<fs::path>{kTest}) {
    const std::string part = read_member(folder / name);
    require_images(part, (folder / name).string());
    bytes += part;
  }
  return parse_cifar10(bytes, names, folder.string());
}

std::vector<std::string> parse_cifar10_names(std::string_view text, const std::string& name) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (!line.empty()) names.emplace_back(line);
    if (!is_printable(std::string(line)))
      throw UserError(name + ": has a class name that is not plain text in UTF-8; unpack it again");
    begin = end + 1;
  }
  if (names.size() != kClasses)
    throw UserError(name + ": has " + std::to_string(names.size()) +
                    " class names, but CIFAR-10 has ten, one per line; unpack it again");
  return names;
}

LabelledImages parse_cifar10(std::string_view bytes, const std::vector<std::string>& class_names,
                             const std::string& name) {
  require_images(bytes, name);
  LabelledImages set{class_names, {}, {}};
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
