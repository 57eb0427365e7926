#include "data/formats/yolo_yaml.h"

#include <yaml.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "data/formats/split_names.h"
#include "engine/error.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 20;
constexpr int kMaxDepth = 32;

struct Event {
  yaml_event_type_t type = YAML_NO_EVENT;
  std::string text;  ///< of a scalar
  size_t line = 0;   ///< from 1

  bool is_scalar() const { return type == YAML_SCALAR_EVENT; }
  bool begins_list() const { return type == YAML_SEQUENCE_START_EVENT; }
  bool begins_map() const { return type == YAML_MAPPING_START_EVENT; }
  bool begins() const { return begins_list() || begins_map(); }
  bool ends() const { return type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT; }
  /// Nothing follows the key.
  bool is_empty() const { return is_scalar() && (text.empty() || text == "~" || text == "null"); }
};

/// libyaml's events of a text. Messages begin with `name`.
class Events {
 public:
  Events(std::string_view text, std::string name) : name_(std::move(name)) {
    if (yaml_parser_initialize(&parser_) == 0) throw TooLittleMemory(name_ + ": not enough memory; free some");
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Events() { yaml_parser_delete(&parser_); }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  Event next() {
    yaml_event_t raw;
    if (yaml_parser_parse(&parser_, &raw) == 0) {
      // The reader of bytes knows no line, the scanner knows both of its own.
      const size_t line = std::max(parser_.problem_mark.line, parser_.mark.line) + 1;
      throw UserError(name_ + " is broken YAML at line " + std::to_string(line) + " (" +
                      (parser_.problem ? parser_.problem : "unknown") + "); correct it");
    }
    Event event{raw.type, "", raw.start_mark.line + 1};
    if (raw.type == YAML_SCALAR_EVENT)
      event.text.assign(reinterpret_cast<const char*>(raw.data.scalar.value), raw.data.scalar.length);
    yaml_event_delete(&raw);
    return event;
  }

  [[noreturn]] void fail(const Event& at, const std::string& what) const {
    throw UserError(name_ + ", line " + std::to_string(at.line) + ": " + what);
  }

  /// Passes over the value that begins with `first`.
  void skip(const Event& first) {
    int depth = first.begins();
    while (depth > 0) {
      const Event event = next();
      depth += event.begins() - event.ends();
      if (depth > kMaxDepth) fail(event, "nested too deeply; keep names, path, train, val and test alone");
    }
  }

  std::string text(const Event& event, const std::string& what) const {
    if (!event.is_scalar() || event.text.empty())
      fail(event,
           what + (event.type == YAML_ALIAS_EVENT ? " is an alias; write the text out" : " is not a text; write one"));
    if (!is_printable(event.text)) fail(event, what + " has a line break or another control character; correct it");
    return event.text;
  }

 private:
  yaml_parser_t parser_;
  std::string name_;
};

/// A text, or a list of texts; nothing for an empty value.
std::vector<std::string> read_texts(Events& events, const Event& first, const std::string& key) {
  if (first.is_empty()) return {};
  if (!first.begins_list()) return {events.text(first, key)};
  std::vector<std::string> texts;
  for (Event event = events.next(); !event.ends(); event = events.next()) {
    texts.push_back(events.text(event, "an entry of " + key));
  }
  return texts;
}

/// {0: head, 1: helmet}
std::vector<std::string> read_numbered_names(Events& events, const Event& first) {
  std::map<size_t, std::string> numbered;
  for (Event event = events.next(); !event.ends(); event = events.next()) {
    const std::string key = events.text(event, "a number in names");
    size_t number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc() || end != key.data() + key.size())
      events.fail(event, key.substr(0, 40) + " in names is not a number; number the classes from 0 on");
    if (!numbered.emplace(number, events.text(events.next(), "a name of a class")).second)
      events.fail(event, "names has the number " + key + " twice; give each class its own");
  }
  std::vector<std::string> names;
  for (auto& [number, name] : numbered) {
    if (number != names.size())
      events.fail(first, "names has no class " + std::to_string(names.size()) + "; number the classes from 0 on");
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> read_names(Events& events, const Event& first) {
  if (!first.begins()) events.fail(first, "names is not a list of names; write one, such as [head, helmet]");
  std::vector<std::string> names =
      first.begins_map() ? read_numbered_names(events, first) : read_texts(events, first, "names");
  if (names.empty()) events.fail(first, "names is empty; write the names of the classes");
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) events.fail(first, "names has " + name + " twice; give each class its own name");
  }
  return names;
}

/// [17, 3]: 17 keypoints of 3 numbers.
size_t read_keypoint_numbers(Events& events, const Event& first) {
  const std::vector<std::string> texts = read_texts(events, first, "kpt_shape");
  size_t keypoints = 0;
  if (texts.size() == 2 && (texts[1] == "2" || texts[1] == "3")) {
    const char* const end = texts[0].data() + texts[0].size();
    const auto [stop, error] = std::from_chars(texts[0].data(), end, keypoints);
    if (error != std::errc() || stop != end || keypoints > 1000) keypoints = 0;
  }
  if (keypoints == 0)
    events.fail(first, "kpt_shape is not a number of keypoints and 2 or 3; write both, such as [17, 3]");
  return keypoints * (texts[1] == "2" ? 2 : 3);
}

}  // namespace

YoloYaml parse_yolo_yaml(std::string_view text, const std::string& name) {
  if (text.size() > kMaxBytes)
    throw UserError(name + " is larger than 1 MB, so it does not describe a data set; choose another file");
  Events events(text, name);
  events.next();  // the stream begins
  events.next();  // the document begins, or the stream ends
  const Event root = events.next();
  if (!root.begins_map()) throw UserError(name + " has no names: at its outermost level; give a data.yaml of YOLO");
  YoloYaml yaml;
  std::set<std::string> seen;
  for (Event event = events.next(); !event.ends(); event = events.next()) {
    const std::string key = events.text(event, "a key");
    if (!seen.insert(key).second) events.fail(event, key.substr(0, 40) + " is there twice; remove one");
    const Event value = events.next();
    if (key == "names") {
      yaml.names = read_names(events, value);
    } else if (key == "kpt_shape") {
      yaml.keypoint_numbers = read_keypoint_numbers(events, value);
    } else if (key == "path" && !value.is_empty()) {
      yaml.path = events.text(value, key);
    } else if (is_split_name(key)) {
      const std::vector<std::string> places = read_texts(events, value, key);
      if (!places.empty()) yaml.splits.emplace(key, places);
    } else {
      events.skip(value);
    }
  }
  if (yaml.names.empty()) throw UserError(name + " has no names; add the names of the classes: names: [head, helmet]");
  return yaml;
}

YoloYaml read_yolo_yaml(const std::filesystem::path& path) {
  return parse_yolo_yaml(read_file(path, kMaxBytes + 1), path.string());
}

}  // namespace intertwiner
