#include "detector/evaluation/coco_results.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/json.h"
#include "engine/files/read_file.h"

namespace intertwiner {
namespace {

/// The shortest text that reads back as the same number.
std::string exact(double value) {
  if (!std::isfinite(value)) throw InternalError("write_coco_results: a box or a score is not finite");
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string entry(const Detection& detection, int64_t image_id, int64_t category_id) {
  const Box& box = detection.box;
  return "{\"image_id\": " + std::to_string(image_id) + ", \"category_id\": " + std::to_string(category_id) +
         ", \"bbox\": [" + exact(box.x1) + ", " + exact(box.y1) + ", " + exact(double{box.x2} - box.x1) + ", " +
         exact(double{box.y2} - box.y1) + "], \"score\": " + exact(detection.score) + "}";
}

/// Indices by id. Throws UserError if two ids are equal.
std::unordered_map<int64_t, size_t> positions(const std::vector<int64_t>& ids, const std::string& what) {
  std::unordered_map<int64_t, size_t> result;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!result.emplace(ids[i], i).second) {
      throw UserError("two " + what + " of the data set have id " + std::to_string(ids[i]) +
                      "; give one data set, in which each id is unique");
    }
  }
  return result;
}

/// Reads one entry of a results file. Messages begin with the file and the entry's position, from 1.
class EntryReader {
 public:
  EntryReader(const Json& entry, const std::string& file, size_t position)
      : entry_(entry), file_(file), position_(position) {
    if (!entry.is_object()) fail("is not an object");
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw UserError(where() + " " + reason + "; expected image_id, category_id, bbox [x, y, width, height] and score");
  }

  int64_t integer(const char* key) const {
    try {
      return field(key).get<int64_t>();
    } catch (const JsonError&) {
      fail(std::string("has no integer as ") + key);
    }
  }

  size_t position(const char* key, const std::unordered_map<int64_t, size_t>& known) const {
    const auto found = known.find(integer(key));
    if (found != known.end()) return found->second;
    throw UserError(where() + " has " + key + " " + entry_[key].dump() +
                    ", which the data set does not have; give the data set that the results were made on");
  }

  CocoResult result() const {
    CocoResult result{.image_id = integer("image_id"), .category_id = integer("category_id")};
    const Json& bbox = field("bbox");
    if (!bbox.is_array() || bbox.size() != 4) fail("has no four numbers as bbox");
    result.x = number(bbox[0], "bbox"), result.y = number(bbox[1], "bbox");
    result.width = number(bbox[2], "bbox"), result.height = number(bbox[3], "bbox");
    result.score = number(field("score"), "score");
    return result;
  }

  Detection detection(int label) const {
    const CocoResult read = result();
    // Larger than any image, and small enough that no float overflows.
    const auto is_large = [](double value) { return !(std::abs(value) < 1e9); };
    if (is_large(read.x) || is_large(read.y) || is_large(read.width) || is_large(read.height)) {
      fail("has a number out of range in bbox");
    }
    if (is_large(read.score)) fail("has a number out of range in score");
    const auto coordinate = [](double value) { return static_cast<float>(value); };
    return {.box = {coordinate(read.x), coordinate(read.y), coordinate(read.x + read.width),
                    coordinate(read.y + read.height)},
            .label = label,
            .score = static_cast<float>(read.score)};
  }

 private:
  const Json& field(const char* key) const {
    const Json* found = entry_.find(key);
    if (!found) fail(std::string("has no ") + key);
    return *found;
  }
  double number(const Json& value, const char* key) const {
    if (!value.is_number()) fail(std::string("has no number in ") + key);
    return value.get<double>();
  }

  std::string where() const { return file_ + ": detection " + std::to_string(position_); }

  const Json& entry_;
  const std::string& file_;
  const size_t position_;
};

/// Calls `use` for each entry while the file is parsed, and keeps no JSON value.
class ResultsVisitor : public JsonVisitor {
 public:
  using Use = std::function<void(const EntryReader&)>;
  ResultsVisitor(std::string name, Use use) : name_(std::move(name)), use_(std::move(use)) {}

  bool wants(size_t depth, const std::string& key) override {
    if (depth == 1) refuse();
    return depth > 2 || std::find(kFields.begin(), kFields.end(), key) != kFields.end();
  }

  bool keeps(size_t depth, const Json& value) override {
    if (depth > 1) return true;
    use_(EntryReader(value, name_, ++position_));
    return false;
  }

  void read(std::string_view text) {
    try {
      constexpr size_t kMaxValues = 1000;  // of one entry
      const Json root = Json::parse(text, {.max_values = kMaxValues, .unique_keys = true, .visitor = this});
      if (!root.is_array()) refuse();
    } catch (const JsonKeyTwice& error) {
      throw UserError(name_ + ": detection " + std::to_string(position_ + 1) + " has the key " +
                      error.key.substr(0, 60) + " twice; write the file again");
    } catch (const JsonError& error) {
      if (!error.broken_at) throw UserError(name_ + ": holds a number out of range; write the file again");
      throw UserError(name_ + ": broken JSON at byte " + std::to_string(*error.broken_at) +
                      "; write the file again or fix it there");
    }
  }

 private:
  static constexpr std::array<std::string_view, 4> kFields = {"image_id", "category_id", "bbox", "score"};

  [[noreturn]] void refuse() const {
    throw UserError(name_ + ": is not an array of detections; give a COCO results file");
  }

  const std::string name_;
  const Use use_;
  size_t position_ = 0;
};

}  // namespace

void write_coco_results(const std::filesystem::path& path, const std::vector<ImageDetections>& detections,
                        const std::vector<int64_t>& category_ids) {
  AtomicFile file(path);
  std::string text = "[";
  const char* separator = "\n";
  for (const ImageDetections& image : detections) {
    for (const Detection& detection : image.detections) {
      if (detection.label < 1 || static_cast<size_t>(detection.label) > category_ids.size()) {
        throw InternalError("write_coco_results: no category id for class " + std::to_string(detection.label));
      }
      text += separator + entry(detection, image.image_id, category_ids[static_cast<size_t>(detection.label) - 1]);
      separator = ",\n";
    }
    if (text.size() < size_t{1} << 20) continue;
    file.write(text);
    text.clear();
  }
  file.write(text + "\n]\n");
  file.commit();
}

void write_coco_images(const std::filesystem::path& path, const std::vector<ListedImage>& images,
                       const std::vector<std::string>& class_names, const std::vector<int64_t>& category_ids) {
  Json listed = Json::array(), categories = Json::array();
  for (const ListedImage& image : images) {
    listed.push_back(
        {{"id", image.id}, {"file_name", image.file_name}, {"width", image.width}, {"height", image.height}});
  }
  for (size_t i = 0; i < class_names.size(); ++i)
    categories.push_back({{"id", category_ids.at(i)}, {"name", class_names[i]}});
  const Json file = {{"info", Json::object()},
                     {"images", std::move(listed)},
                     {"categories", std::move(categories)},
                     {"annotations", Json::array()}};
  write_atomically(path, file.dump(1, Json::NotUtf8::replaced) + "\n");
}

std::vector<ImageDetections> read_coco_results(const std::filesystem::path& path, const DataSet& data) {
  return parse_coco_results(read_file(path), path.string(), data);
}

std::vector<ImageDetections> parse_coco_results(std::string_view text, const std::string& name, const DataSet& data) {
  std::vector<ImageDetections> detections;
  std::vector<int64_t> image_ids;
  for (int64_t i = 0; i < data.size(); ++i) {
    image_ids.push_back(data.record(i).id);
    detections.push_back({.image_id = image_ids.back(), .detections = {}});
  }
  const auto images = positions(image_ids, "images"), categories = positions(data.category_ids(), "classes");
  ResultsVisitor visitor(name, [&](const EntryReader& entry) {
    const size_t image = entry.position("image_id", images);
    const int label = static_cast<int>(entry.position("category_id", categories)) + 1;
    detections[image].detections.push_back(entry.detection(label));
  });
  visitor.read(text);
  return detections;
}

std::vector<CocoResult> read_coco_results(const std::filesystem::path& path) {
  return parse_coco_results(read_file(path), path.string());
}

std::vector<CocoResult> parse_coco_results(std::string_view text, const std::string& name) {
  std::vector<CocoResult> results;
  ResultsVisitor visitor(name, [&](const EntryReader& entry) { results.push_back(entry.result()); });
  visitor.read(text);
  return results;
}

}  // namespace intertwiner
