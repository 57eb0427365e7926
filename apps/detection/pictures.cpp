#include "apps/detection/pictures.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "apps/detection/image_files.h"
#include "apps/detection/unique_name.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxStem = 200;  ///< bytes; a file's name may have 255, with a number and an ending

/// A name for the marked picture that is not in `taken`: the file's name, with .png instead of an ending that cannot be
/// written.
std::string output_name(const std::string& name, std::set<std::string>& taken) {
  const fs::path file = fs::path(name).filename();
  std::string stem = file.stem().string(), ending = file.extension().string();
  std::replace(stem.begin(), stem.end(), ' ', '-');
  std::string lower = ending;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower != ".jpg" && lower != ".jpeg" && lower != ".png") ending = ".png";
  return unique_name(first_bytes(stem, kMaxStem), ending, taken);
}

/// The image's name without its ending, at most kMaxStem bytes of it, with a number if it is in `taken`.
std::string stem_name(const std::string& name, std::set<std::string>& taken) {
  return unique_name(first_bytes(fs::path(name).stem().string(), kMaxStem), "", taken);
}

/// Sets the names of the files about each picture.
void name_outputs(std::vector<Picture>& pictures) {
  std::set<std::string> outputs = {"sheet.png"}, stems = {"classes"};
  for (Picture& picture : pictures) {
    const std::string name = picture.file.empty() ? picture.name : picture.file.string();
    picture.output = output_name(name, outputs);
    picture.stem = stem_name(name, stems);
  }
}

}  // namespace

std::vector<Picture> pictures_of_files(const std::vector<std::string>& names) {
  std::vector<Picture> pictures;
  for (const fs::path& file : find_image_files(names)) {
    const auto id = static_cast<int64_t>(pictures.size()) + 1;
    pictures.push_back({file.string(), id, file, 0, "", ""});
  }
  name_outputs(pictures);
  return pictures;
}

std::vector<Picture> pictures_of_data(const DataSet& data) {
  std::vector<Picture> pictures;
  for (int64_t i = 0; i < data.size(); ++i) {
    const ImageRecord& record = data.record(i);
    pictures.push_back({record.name, record.id, "", i, "", ""});
  }
  name_outputs(pictures);
  return pictures;
}

}  // namespace intertwiner
