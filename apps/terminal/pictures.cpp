#include "apps/terminal/pictures.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "apps/terminal/image_files.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

/// A name for the marked picture that is not in `taken`: the file's name, with .png instead of an ending that cannot be
/// written.
std::string output_name(const std::string& name, std::set<std::string>& taken) {
  const fs::path file = fs::path(name).filename();
  std::string stem = file.stem().string(), ending = file.extension().string();
  std::replace(stem.begin(), stem.end(), ' ', '-');
  std::string lower = ending;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower != ".jpg" && lower != ".jpeg" && lower != ".png") ending = ".png";
  std::string result = stem + ending;
  for (int i = 2; !taken.insert(result).second; ++i) result = stem + "-" + std::to_string(i) + ending;
  return result;
}

}  // namespace

std::vector<Picture> pictures_of_files(const std::vector<std::string>& names, const fs::path& out) {
  std::vector<Picture> pictures;
  std::set<std::string> taken = {"sheet.png"};
  for (const fs::path& file : find_image_files(names)) {
    const auto id = static_cast<int64_t>(pictures.size()) + 1;
    pictures.push_back({file.string(), id, file, 0, output_name(file.string(), taken)});
    std::error_code not_there;
    if (fs::equivalent(file, out / pictures.back().output, not_there)) {
      throw UserError(out.string() + ": would overwrite the image " + file.string() + "; choose another --out");
    }
  }
  return pictures;
}

std::vector<Picture> pictures_of_data(const DataSet& data) {
  std::vector<Picture> pictures;
  std::set<std::string> taken = {"sheet.png"};
  for (int64_t i = 0; i < data.size(); ++i) {
    const ImageRecord& record = data.record(i);
    pictures.push_back({record.name, record.id, "", i, output_name(record.name, taken)});
  }
  return pictures;
}

}  // namespace intertwiner
