#include <catch2/catch.hpp>

#include "engine/files/json.h"

using namespace intertwiner;

namespace {

/// The position of the error in this text; 0 if there is none.
size_t broken_byte(const std::string& text, const JsonOptions& options = {}) {
  try {
    Json::parse(text, options);
    return 0;
  } catch (const JsonError& error) {
    return error.broken_at.value();
  }
}

std::string nested(size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

}  // namespace

TEST_CASE("JSON in braces is an object where pairs begin with a text, an array otherwise, and keeps its order") {
  const Json json = {{"name", "crane"}, {"box", {1, 2, 3, 4}}, {"also", {{"score", 0.5f}, {"crowd", false}}}};
  CHECK(json.dump() == R"({"name":"crane","box":[1,2,3,4],"also":{"score":0.5,"crowd":false}})");
  CHECK(Json(std::map<std::string, std::string>{{"b", "2"}, {"a", "1"}}).dump() == R"({"a":"1","b":"2"})");
  CHECK(Json::object().dump() == "{}");
  CHECK(Json(std::vector<double>{1, 2.5}).dump() == "[1.0,2.5]");
}

TEST_CASE("JSON that is written and read again is the same, with all digits of numbers") {
  const Json json = {{"small", 0.1},   {"single", 0.1f}, {"large", UINT64_MAX},
                     {"negative", -3}, {"text", "ä\n"},  {"none", Json()}};
  CHECK(Json::parse(json.dump()) == json);
  CHECK(Json::parse(json.dump(1)) == json);
}

TEST_CASE("JSON errors name the position of a syntax error and the wrong type of a value") {
  try {
    Json::parse("[1, 2");
    FAIL("no error");
  } catch (const JsonError& error) {
    CHECK(error.broken_at == 6u);
  }
  CHECK_FALSE(Json::try_parse("{"));
  const Json json = Json::parse(R"({"a": 1, "a": 2, "b": "text"})");
  CHECK(json.at("a") == 2);
  CHECK(json.find("c") == nullptr);
  CHECK_THROWS_AS(json.at("c"), JsonError);
  CHECK_THROWS_AS(json.at("b").get<double>(), JsonError);
  CHECK_THROWS_AS(Json("\xff").dump(), JsonError);
  CHECK(Json("\xff").dump(-1, Json::NotUtf8::replaced) == "\"\xef\xbf\xbd\"");
}

TEST_CASE("writing to a missing JSON key creates it") {
  Json json;
  json["machine"]["cores"] = 2;
  json["rows"] = Json::array();
  json["rows"].push_back({{"ms", 1.5}});
  json.erase("machine");
  CHECK(json.dump() == R"({"rows":[{"ms":1.5}]})");
}

TEST_CASE("JSON that is nested too deep is refused at the byte where it is") {
  CHECK(broken_byte(nested(100)) == 0);
  CHECK(Json::parse(nested(100)).dump() == nested(100));
  CHECK(broken_byte(nested(101)) == 101);
  CHECK(broken_byte(std::string(10'000'000, '[')) == 101);
  CHECK(broken_byte("{\"a\": {\"b\": [1]}}", {.max_depth = 2}) == 13);
}

TEST_CASE("JSON with a key twice keeps the last value, or is refused") {
  const std::string text = R"({"a": 1, "b": {"x": 1}, "c": 3, "b": 4, "a": 5})";
  CHECK(Json::parse(text).dump() == R"({"a":5,"b":4,"c":3})");
  CHECK_THROWS_AS(Json::parse(text, {.unique_keys = true}), JsonKeyTwice);
  try {
    Json::parse(R"([{"b": {"k": 1, "k": 2}}])", {.unique_keys = true});
    FAIL("no error");
  } catch (const JsonKeyTwice& error) {
    CHECK(error.key == "k");
    CHECK(error.broken_at == 23u);
  }
}

TEST_CASE("the number of JSON values in memory can be limited") {
  CHECK(broken_byte("[1, 2, 3]", {.max_values = 4}) == 0);
  CHECK(broken_byte("[1, 2, 3]", {.max_values = 3}) == 9);
  CHECK(broken_byte("[{\"a\": []}]", {.max_values = 2}) == 8);
}

TEST_CASE("a visitor sees JSON values while a text is parsed, and keeps some of them") {
  struct Sum : JsonVisitor {
    bool wants(size_t depth, const std::string& key) override { return depth < 3 || key != "skipped"; }
    bool keeps(size_t depth, const Json& value) override {
      if (depth == 2) sum += value.at("n").get<int>();
      return depth != 2;
    }
    int sum = 0;
  } visitor;
  std::string text = R"({"list": [)";
  for (int i = 0; i < 100; ++i) text += R"({"n": 2, "skipped": [[1, 2], {"n": 7}, 3]}, )";
  text += R"({"skipped": "x", "n": 1}], "end": true})";
  // At most four values are in memory: the object, the list, an entry, and its n.
  CHECK(Json::parse(text, {.max_values = 4, .visitor = &visitor}).dump() == R"({"list":[],"end":true})");
  CHECK(visitor.sum == 201);
}

TEST_CASE("a JSON number that an integer type cannot hold is an error") {
  const Json json = Json::parse("[1e300, 0.5, 3.0, -1, 300, 18446744073709551615]");
  CHECK_THROWS_AS(json[0].get<int64_t>(), JsonError);
  CHECK_THROWS_AS(json[1].get<int>(), JsonError);
  CHECK(json[2].get<int>() == 3);
  CHECK_THROWS_AS(json[3].get<uint64_t>(), JsonError);
  CHECK_THROWS_AS(json[4].get<uint8_t>(), JsonError);
  CHECK_THROWS_AS(json[5].get<int64_t>(), JsonError);
  CHECK(json[5].get<uint64_t>() == UINT64_MAX);
  CHECK_FALSE(json[5].as_int64());
}

TEST_CASE("JSON is written over several lines as other programs write it") {
  const Json json = {{"a", {1, 2}}, {"none", Json::array()}, {"empty", Json::object()}, {"b", {{"c", true}}}};
  CHECK(json.dump(1) ==
        "{\n \"a\": [\n  1,\n  2\n ],\n \"none\": [],\n \"empty\": {},\n \"b\": {\n  \"c\": true\n }\n}");
  CHECK(Json("ü\xff\n").dump_ascii() == "\"\\u00fc\\ufffd\\n\"");
}
