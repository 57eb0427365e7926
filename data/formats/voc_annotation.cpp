#include "data/formats/voc_annotation.h"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>
#include <utility>

#include "engine/error.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;  ///< the tree of a text can have twenty times its size

bool has_line_break(std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; }

double read_corner(const pugi::xml_node& box, const char* name, const std::string& where) {
  const std::string_view text = trimmed(box.child(name).text().get());
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UserError(where + " has <" + name + "> '" + std::string(text.substr(0, 40)) +
                    "', which is not a number; correct it");
  }
  return value;
}

}  // namespace

VocAnnotation read_voc_annotation(const std::filesystem::path& path) {
  return parse_voc_annotation(read_file(path, kMaxBytes + 1), path.string());
}

VocAnnotation parse_voc_annotation(std::string_view text, const std::string& name) {
  if (text.size() > kMaxBytes)
    throw UserError(name + " is larger than 16 MB, so it is not an annotation of an image; remove it");
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(text.data(), text.size());
  if (!result) {
    const size_t offset = std::min(static_cast<size_t>(result.offset), text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
    throw UserError(name + " is broken XML at line " + std::to_string(line) + ", byte " + std::to_string(offset) +
                    " (" + result.description() + "); correct or remove it");
  }
  const pugi::xml_node root = document.child("annotation");
  if (!root) throw UserError(name + " has no <annotation>, so it is not a Pascal VOC annotation; remove it");

  VocAnnotation file;
  file.image_name = trimmed(root.child("filename").text().get());
  if (has_line_break(file.image_name)) file.image_name.clear();
  const pugi::xml_node size = root.child("size");
  file.width = std::max(0, size.child("width").text().as_int());
  file.height = std::max(0, size.child("height").text().as_int());
  if (file.width == 0 || file.height == 0)
    file.width = file.height = 0;  // some tools write 0; the image file has the size
  for (const pugi::xml_node& node : root.children("object")) {
    const std::string where = name + ", object " + std::to_string(file.objects.size() + 1) + ",";
    VocObject object;
    object.name = trimmed(node.child("name").text().get());
    if (object.name.empty()) throw UserError(where + " has no <name>; give it a class");
    if (!is_printable(object.name))
      throw UserError(where + " has a control character, or bytes that are not UTF-8, in its <name>; correct it");
    const pugi::xml_node box = node.child("bndbox");
    if (!box) throw UserError(where + " has no <bndbox>; add one or remove the object");
    object.annotation.box = {static_cast<float>(read_corner(box, "xmin", where) - 1),
                             static_cast<float>(read_corner(box, "ymin", where) - 1),
                             static_cast<float>(read_corner(box, "xmax", where)),
                             static_cast<float>(read_corner(box, "ymax", where))};
    object.annotation.ignored = node.child("difficult").text().as_int() != 0;
    file.objects.push_back(std::move(object));
  }
  return file;
}

}  // namespace intertwiner
