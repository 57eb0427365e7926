#include "engine/files/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace intertwiner {

using Parsed = nlohmann::ordered_json;

/// Between our values and the parser's.
struct JsonConversion {
  static Json ours(Parsed& parsed) {
    switch (parsed.type()) {
      case Parsed::value_t::boolean:
        return parsed.get<bool>();
      case Parsed::value_t::number_integer:
        return parsed.get<int64_t>();
      case Parsed::value_t::number_unsigned:
        return parsed.get<uint64_t>();
      case Parsed::value_t::number_float:
        return parsed.get<double>();
      case Parsed::value_t::string:
        return std::move(parsed.get_ref<std::string&>());
      case Parsed::value_t::array: {
        Json::Array items;
        for (Parsed& item : parsed) items.push_back(ours(item));
        return Json(Json::Value(std::move(items)));
      }
      case Parsed::value_t::object: {
        Json::Object members;
        for (auto member = parsed.begin(); member != parsed.end(); ++member)
          members.emplace_back(member.key(), ours(*member));
        return Json(Json::Value(std::move(members)));
      }
      default:
        return {};
    }
  }

  static Parsed theirs(const Json& json) {
    if (json.is_array()) {
      Parsed array = Parsed::array();
      for (const Json& item : json) array.push_back(theirs(item));
      return array;
    }
    if (json.is_object()) {
      Parsed object = Parsed::object();
      for (const auto& [name, value] : json.members()) object[name] = theirs(value);
      return object;
    }
    if (json.is_string()) return json.text();
    if (const auto* value = std::get_if<bool>(&json.value_)) return *value;
    if (const auto* value = std::get_if<int64_t>(&json.value_)) return *value;
    if (const auto* value = std::get_if<uint64_t>(&json.value_)) return *value;
    if (const auto* value = std::get_if<double>(&json.value_)) return *value;
    return nullptr;
  }
};

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

Json Json::parse(const std::string& text) {
  try {
    Parsed parsed = Parsed::parse(text);
    return JsonConversion::ours(parsed);
  } catch (const Parsed::parse_error& error) {
    throw JsonError(error.what(), error.byte);
  } catch (const Parsed::exception& error) {
    throw JsonError(error.what());
  }
}

std::optional<Json> Json::try_parse(const std::string& text) {
  try {
    return parse(text);
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

std::string Json::dump(int indent, NotUtf8 not_utf8) const {
  const auto handler = not_utf8 == NotUtf8::fails ? Parsed::error_handler_t::strict : Parsed::error_handler_t::replace;
  try {
    return JsonConversion::theirs(*this).dump(indent, ' ', false, handler);
  } catch (const Parsed::exception& error) {
    throw JsonError(error.what());
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

const Json* Json::find(const std::string& key) const {
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
