#include "engine/files/json.h"

#include <algorithm>

namespace intertwiner {

JsonKeyTwice::JsonKeyTwice(const std::string& repeated_key, size_t byte)
    : JsonError("JSON: an object that ends at byte " + std::to_string(byte) + " has the key " +
                    Json(repeated_key.substr(0, 60)).dump_ascii() + " twice",
                byte),
      key(repeated_key) {}

Json::Json(std::initializer_list<Json> items) {
  const auto is_member = [](const Json& item) { return item.is_array() && item.size() == 2 && item[0].is_string(); };
  if (!std::all_of(items.begin(), items.end(), is_member)) {
    value_ = Array(items);
    return;
  }
  Object members;
  for (const Json& item : items) members.emplace_back(item[0].text(), item[1]);
  value_ = std::move(members);
}

Json::Json(const Json& other) {
  std::visit(
      [this]<class T>(const T& value) {
        T copy = value;
        value_ = std::move(copy);
      },
      other.value_);
}

std::optional<Json> Json::try_parse(std::string_view text, const JsonOptions& options) {
  try {
    return parse(text, options);
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

size_t Json::size() const {
  if (const auto* items = std::get_if<Array>(&value_)) return items->size();
  const auto* members = std::get_if<Object>(&value_);
  return members ? members->size() : 0;
}

const Json::Array& Json::items() const {
  const auto* items = std::get_if<Array>(&value_);
  if (!items) fail("an array");
  return *items;
}

void Json::push_back(Json item) {
  items();
  std::get<Array>(value_).push_back(std::move(item));
}

const Json::Object& Json::members() const {
  const auto* members = std::get_if<Object>(&value_);
  if (!members) fail("an object");
  return *members;
}

const Json* Json::find(std::string_view key) const {
  const auto* members = std::get_if<Object>(&value_);
  if (!members) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(), [&](const auto& m) { return m.first == key; });
  return found == members->end() ? nullptr : &found->second;
}

const Json& Json::at(const std::string& key) const {
  members();
  const Json* found = find(key);
  if (!found) throw JsonError("JSON: no member \"" + key + "\"");
  return *found;
}

Json& Json::operator[](const std::string& key) {
  if (is_null()) value_ = Object();
  members();
  if (const Json* found = find(key)) return const_cast<Json&>(*found);
  return std::get<Object>(value_).emplace_back(key, Json()).second;
}

void Json::erase(const std::string& key) {
  members();
  std::erase_if(std::get<Object>(value_), [&](const auto& member) { return member.first == key; });
}

std::optional<int64_t> Json::as_int64() const {
  const auto* value = std::get_if<int64_t>(&value_);
  return value ? std::optional(*value) : std::nullopt;
}

bool Json::boolean() const {
  if (!is_bool()) fail("true or false");
  return std::get<bool>(value_);
}

const std::string& Json::text() const {
  if (!is_string()) fail("a text");
  return std::get<std::string>(value_);
}

void Json::fail(const char* wanted) const { throw JsonError("JSON: not " + std::string(wanted)); }

}  // namespace intertwiner
