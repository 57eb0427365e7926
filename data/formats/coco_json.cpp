#include "data/formats/coco_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "engine/error.h"
#include "engine/files/read_file.h"

namespace intertwiner {
namespace {

using nlohmann::json;

bool is_control(unsigned char c) { return c < ' ' || c == 127; }

/// Control characters are refused: messages, and class names in tables, must be one line.
bool has_control_characters(const std::string& text) { return std::any_of(text.begin(), text.end(), is_control); }

std::string one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return text;
}

/// Reads the fields of one entry of a list. Error messages name the entry.
class Entry {
 public:
  Entry(const json& object, std::string where) : object_(object), where_(std::move(where)) {}

  bool has(const char* name) const { return object_.contains(name) && !object_.at(name).is_null(); }

  int64_t integer(const char* name) const {
    const json& value = field(name);
    if (!value.is_number()) fail(name, "is not a number");
    // A tool may write an id as 3.0.
    const double number = value.get<double>();
    if (!(number >= -0x1p53 && number <= 0x1p53) ||
        (value.is_number_float() && number != static_cast<int64_t>(number))) {
      fail(name, "is not an integer");
    }
    return value.is_number_float() ? static_cast<int64_t>(number) : value.get<int64_t>();
  }

  std::string text(const char* name) const {
    const json& value = field(name);
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) fail(name, "is not a text");
    std::string text = value.get<std::string>();
    if (has_control_characters(text)) fail(name, "has a line break or another control character");
    return text;
  }

  double number(const json& value, const char* name) const {
    if (!value.is_number()) fail(name, "is not a number");
    return value.get<double>();
  }

  const json& field(const char* name) const {
    if (!has(name)) fail(name, "is missing");
    return object_.at(name);
  }

  [[noreturn]] void fail(const char* name, const char* reason) const {
    throw UserError(where_ + ": \"" + name + "\" " + reason + "; correct the file");
  }

 private:
  const json& object_;
  std::string where_;
};

CocoImage read_image(const Entry& entry) {
  CocoImage image{entry.integer("id"), entry.text("file_name")};
  const auto side = [&](const char* name) {
    const int64_t value = entry.has(name) ? entry.integer(name) : 0;
    if (value < 0 || value > INT32_MAX) entry.fail(name, "is not a valid size");
    return static_cast<int>(value);
  };
  image.width = side("width");
  image.height = side("height");
  if (image.width == 0 || image.height == 0) image.width = image.height = 0;
  return image;
}

CocoAnnotation read_annotation(const Entry& entry) {
  CocoAnnotation annotation;
  if (entry.has("id")) annotation.id = entry.integer("id");
  annotation.image_id = entry.integer("image_id");
  annotation.category_id = entry.integer("category_id");
  const json& box = entry.field("bbox");
  if (!box.is_array() || box.size() != 4) entry.fail("bbox", "is not four numbers");
  annotation.x = entry.number(box[0], "bbox");
  annotation.y = entry.number(box[1], "bbox");
  annotation.width = entry.number(box[2], "bbox");
  annotation.height = entry.number(box[3], "bbox");
  if (entry.has("area")) annotation.area = entry.number(entry.field("area"), "area");
  if (entry.has("iscrowd")) {
    const json& crowd = entry.field("iscrowd");
    annotation.crowd = crowd.is_boolean() ? crowd.get<bool>() : entry.integer("iscrowd") != 0;
  }
  return annotation;
}

}  // namespace

CocoFile read_coco_json(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  CocoFile file;
  std::set<std::string> lists;  // keys of the outermost object whose value is a list
  std::string list;             // the list that is being read
  size_t position = 0;          // of the entry in its list, from 1
  // The parser calls this for each value; a value for which it returns false is not kept in memory. Depth 1 has the
  // keys of the outermost object, depth 2 the entries of a list, depth 3 the keys of an entry.
  const auto visit = [&](int depth, json::parse_event_t event, json& value) {
    using Event = json::parse_event_t;
    if (depth == 1 && event == Event::key) {
      list = value.get<std::string>();
      position = 0;
    }
    if (depth == 1 && event == Event::array_start) lists.insert(list);
    if (depth == 3 && event == Event::key && value == "segmentation") return false;
    if (depth != 2 || event != Event::object_end) return true;
    const Entry entry(value,
                      path.string() + ", entry " + std::to_string(++position) + " of \"" + one_line(list) + "\"");
    if (list == "images") file.images.push_back(read_image(entry));
    if (list == "annotations") file.annotations.push_back(read_annotation(entry));
    if (list == "categories") file.categories.push_back({entry.integer("id"), entry.text("name")});
    return false;
  };
  try {
    [[maybe_unused]] const json rest = json::parse(text, visit);
  } catch (const json::parse_error& error) {
    const size_t byte = std::min(error.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n');
    throw UserError(path.string() + " is broken JSON at byte " + std::to_string(error.byte) + ", line " +
                    std::to_string(line) + "; correct it or download it again");
  } catch (const json::exception& error) {
    throw UserError(path.string() + " cannot be read as JSON (" + one_line(error.what()) + "); correct it");
  }
  for (const char* name : {"images", "annotations", "categories"}) {
    if (!lists.contains(name)) {
      throw UserError(path.string() + " has no list \"" + name + "\"; choose a COCO file of objects");
    }
  }
  return file;
}

}  // namespace intertwiner
