#include "data/formats/coco_json.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/error.h"
#include "engine/files/json.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxValues = 1000;  ///< of one entry, without its outline
constexpr std::array<const char*, 3> kLists = {"images", "annotations", "categories"};
constexpr std::array<std::string_view, 11> kFields = {"id",       "file_name",   "width",        "height",
                                                      "image_id", "category_id", "bbox",         "area",
                                                      "iscrowd",  "name",        "supercategory"};

/// Reads the fields of one entry of a list. Error messages name the file, the list, and the entry's position from 1.
class Entry {
 public:
  Entry(const Json& object, const std::string& file, const char* list, size_t position)
      : object_(object), file_(file), list_(list), position_(position) {
    if (!object.is_object()) throw UserError(where() + " is not an object; correct the file");
  }

  bool has(const char* name) const {
    const Json* value = object_.find(name);
    return value && !value->is_null();
  }

  int64_t integer(const char* name) const {
    const Json& value = field(name);
    if (!value.is_number()) fail(name, "is not a number");
    // A tool may write an id as 3.0.
    const double number = value.get<double>();
    if (!(number >= -0x1p53 && number <= 0x1p53) || number != static_cast<double>(static_cast<int64_t>(number))) {
      fail(name, "is not an integer");
    }
    return static_cast<int64_t>(number);
  }

  std::string text(const char* name) const {
    const Json& value = field(name);
    std::string text = value.is_string() ? value.get<std::string>() : "";
    if (text.empty()) fail(name, "is not a text");
    if (!is_printable(text)) fail(name, "has a line break or another control character");
    return text;
  }

  double number(const Json& value, const char* name) const {
    if (!value.is_number()) fail(name, "is not a number");
    return value.get<double>();
  }

  const Json& field(const char* name) const {
    const Json* value = object_.find(name);
    if (!value || value->is_null()) fail(name, "is missing");
    return *value;
  }

  [[noreturn]] void fail(const char* name, const char* reason) const {
    throw UserError(where() + ": \"" + name + "\" " + reason + "; correct the file");
  }

 private:
  std::string where() const { return file_ + ", entry " + std::to_string(position_) + " of \"" + list_ + "\""; }

  const Json& object_;
  const std::string& file_;
  const char* const list_;
  const size_t position_;
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
  const Json& box = entry.field("bbox");
  if (!box.is_array() || box.size() != 4) entry.fail("bbox", "is not four numbers");
  annotation.x = entry.number(box[0], "bbox");
  annotation.y = entry.number(box[1], "bbox");
  annotation.width = entry.number(box[2], "bbox");
  annotation.height = entry.number(box[3], "bbox");
  if (entry.has("area")) annotation.area = entry.number(entry.field("area"), "area");
  if (entry.has("iscrowd")) {
    const Json& crowd = entry.field("iscrowd");
    annotation.crowd = crowd.is_bool() ? crowd.get<bool>() : entry.integer("iscrowd") != 0;
  }
  return annotation;
}

CocoCategory read_category(const Entry& entry) {
  CocoCategory category{entry.integer("id"), entry.text("name"), ""};
  if (entry.has("supercategory") && entry.field("supercategory").is_string())
    category.supercategory = entry.field("supercategory").get<std::string>();
  return category;
}

/// Reads the entries of the three lists while the file is parsed, and keeps no JSON value. Depth 1 has the keys of the
/// outermost object, depth 2 the entries of a list, depth 3 the keys of an entry.
class ListReader : public JsonVisitor {
 public:
  ListReader(std::string name, CocoUse use) : name_(std::move(name)), use_(use) {}

  bool wants(size_t depth, const std::string& key) override {
    if (depth == 1) {
      list_ = std::find(kLists.begin(), kLists.end(), key) - kLists.begin();
      position_ = 0;
      return is_in_list();
    }
    return depth == 3 && std::find(kFields.begin(), kFields.end(), key) != kFields.end();
  }

  bool keeps(size_t depth, const Json& value) override {
    if (depth == 1 && is_in_list() && value.is_array()) end_list();
    if (depth == 2 && is_in_list()) read_entry(value);
    return depth > 2;
  }

  /// Throws UserError if a list is missing.
  CocoFile file() {
    for (size_t i = 0; i < kLists.size(); ++i) {
      if (!seen_[i]) {
        throw UserError(name_ + " has no list \"" + kLists[i] + "\"; choose a COCO file of objects");
      }
    }
    return std::move(file_);
  }

 private:
  bool is_in_list() const { return list_ < static_cast<std::ptrdiff_t>(kLists.size()); }

  void end_list() {
    if (seen_[list_]) {
      throw UserError(name_ + " has the list \"" + kLists[list_] + "\" twice; correct it");
    }
    seen_[list_] = true;
  }

  void read_entry(const Json& value) {
    const std::string_view list = kLists[list_];
    const Entry entry(value, name_, kLists[list_], ++position_);
    if (list == "images") file_.images.push_back(image(entry));
    if (list == "annotations") file_.annotations.push_back(read_annotation(entry));
    if (list == "categories") file_.categories.push_back(category(entry));
  }

  CocoImage image(const Entry& entry) const {
    return use_ == CocoUse::data_set ? read_image(entry) : CocoImage{entry.integer("id"), ""};
  }

  CocoCategory category(const Entry& entry) const {
    if (use_ == CocoUse::data_set || entry.has("name")) return read_category(entry);
    const int64_t id = entry.integer("id");
    return {id, "category " + std::to_string(id)};
  }

  const std::string name_;
  const CocoUse use_;
  std::ptrdiff_t list_ = 0;  ///< index in kLists of the list that is being read
  size_t position_ = 0;      ///< of the entry in its list, from 1
  std::array<bool, kLists.size()> seen_{};
  CocoFile file_;
};

}  // namespace

CocoFile read_coco_json(const std::filesystem::path& path, CocoUse use) {
  return parse_coco_json(read_file(path), path.string(), use);
}

CocoFile parse_coco_json(std::string_view text, const std::string& name, CocoUse use) {
  ListReader reader(name, use);
  try {
    Json::parse(text, {.max_values = kMaxValues, .unique_keys = true, .visitor = &reader});
  } catch (const JsonKeyTwice& error) {
    throw UserError(name + " cannot be read as JSON (" + error.what() + "); correct it");
  } catch (const JsonError& error) {
    if (!error.broken_at) {
      throw UserError(name + " cannot be read as JSON (" + error.what() + "); correct it");
    }
    const size_t byte = std::min(*error.broken_at, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n');
    throw UserError(name + " is broken JSON at byte " + std::to_string(*error.broken_at) + ", line " +
                    std::to_string(line) + "; correct it or download it again");
  }
  return reader.file();
}

Annotation to_annotation(const CocoAnnotation& listed, int label) {
  Annotation annotation;
  annotation.box = {static_cast<float>(listed.x), static_cast<float>(listed.y),
                    static_cast<float>(listed.x + listed.width), static_cast<float>(listed.y + listed.height)};
  annotation.label = label;
  annotation.ignored = listed.crowd.value_or(false);
  annotation.area = listed.area.value_or(0);
  return annotation;
}

}  // namespace intertwiner
