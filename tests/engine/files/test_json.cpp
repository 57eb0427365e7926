#include <catch2/catch.hpp>
#include <random>

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
  CHECK(broken_byte("[1, 2, 3]", {.max_values = 3}) == 8);
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

TEST_CASE("JSON is refused at the first byte that cannot continue it") {
  const std::vector<std::pair<std::string, size_t>> broken = {{"", 1},
                                                              {" ", 2},
                                                              {"\xEF\xBB\xBF", 4},
                                                              {"nul", 4},
                                                              {"nulL", 4},
                                                              {"NaN", 1},
                                                              {"tru ", 4},
                                                              {"Infinity", 1},
                                                              {"'a'", 1},
                                                              {"1 2", 3},
                                                              {"[1,]", 4},
                                                              {"[,1]", 2},
                                                              {"[1 2]", 4},
                                                              {"[1}", 3},
                                                              {"{\"a\"}", 5},
                                                              {"{\"a\":}", 6},
                                                              {"{\"a\":1,}", 8},
                                                              {"{1:2}", 2},
                                                              {"{\"a\" 1}", 6},
                                                              {"]", 1},
                                                              {"[1]]", 4},
                                                              {"01", 2},
                                                              {"-", 2},
                                                              {"-a", 2},
                                                              {"+1", 1},
                                                              {".5", 1},
                                                              {"1.", 3},
                                                              {"1.e3", 3},
                                                              {"1e", 3},
                                                              {"1e+", 4},
                                                              {"0x10", 2},
                                                              {"--1", 2},
                                                              {"\"a", 3},
                                                              {"\"a\nb\"", 3},
                                                              {"\"\\x\"", 3},
                                                              {"\"\\u12G4\"", 6},
                                                              {"\"\\ud800\"", 8},
                                                              {"\"\\ud800\\n\"", 9},
                                                              {"\"\\ud800\\u0041\"", 13},
                                                              {"\"\\udc00\"", 7},
                                                              {"\"\\", 3},
                                                              {"\"\xC0\x80\"", 2},
                                                              {"\"\xED\xA0\x80\"", 2},
                                                              {"\"\xE2\x82\"", 2},
                                                              {"\"\xF4\x90\x80\x80\"", 2},
                                                              {"[1]//", 4},
                                                              {std::string("[1\0]", 4), 3},
                                                              {std::string("\"\0\"", 3), 2}};
  for (const auto& [text, byte] : broken) {
    INFO(text);
    CHECK(broken_byte(text) == byte);
  }
}

TEST_CASE("JSON texts have escapes, surrogate pairs and UTF-8") {
  const Json json = Json::parse(R"( [ "\"\\\/\b\f\n\r\t" , "\u00e4\u20AC\ud83d\ude00" , "äöü€😀", "" ] )");
  CHECK(json[0].get<std::string>() == "\"\\/\b\f\n\r\t");
  CHECK(json[1].get<std::string>() == "ä€😀");
  CHECK(json[2].get<std::string>() == "äöü€😀");
  CHECK(json[1].dump_ascii() == R"("\u00e4\u20ac\ud83d\ude00")");
  CHECK(Json(std::string("\x01\x7f\0", 3)).dump() == "\"\\u0001\x7f\\u0000\"");
}

TEST_CASE("JSON numbers are the nearest double, and integers stay integers") {
  const Json json = Json::parse(
      "[0, -0, 9223372036854775807, 18446744073709551615, 18446744073709551616, 0.1, 1E2, "
      "-9223372036854775808, -9223372036854775809, 1e-400, 4.9e-324, 1.7976931348623157e308]");
  CHECK(json[1].is_integer());
  CHECK(json[2].as_int64() == INT64_MAX);
  CHECK(json[3].get<uint64_t>() == UINT64_MAX);
  CHECK_FALSE(json[4].is_integer());
  CHECK(json[4].get<double>() == 18446744073709551616.0);
  CHECK(json[5].get<double>() == 0.1);
  CHECK_FALSE(json[6].is_integer());
  CHECK(json[7].as_int64() == INT64_MIN);
  CHECK(json[8].get<double>() == -9223372036854775809.0);
  CHECK(json[9].get<double>() == 0);
  CHECK(json[10].get<double>() == 4.9e-324);
  CHECK(json[11].get<double>() == 1.7976931348623157e308);
  CHECK_THROWS_WITH(Json::parse("[1e309]"), "number overflow parsing '1e309'");
  CHECK(Json(std::vector<double>{1e15, 1e14, -2.5e-5, 1e-4, 1e300, -0.0}).dump() ==
        "[1e+15,100000000000000.0,-2.5e-05,0.0001,1e+300,-0.0]");
  CHECK(Json(std::numeric_limits<double>::infinity()).dump() == "null");
}

TEST_CASE("JSON that nobody wants is checked as strictly as JSON that is kept") {
  struct Nothing : JsonVisitor {
    bool wants(size_t, const std::string&) override { return false; }
  } nothing;
  const std::string good = R"({"a": [[1.5e2, -0.25, 1e308], {"b\u00e4": "\ud83d\ude00ü", "c": null}, true, [], {}]})";
  CHECK(broken_byte(good, {.visitor = &nothing}) == 0);
  std::mt19937 random(1);
  const std::string bytes = "[]{},:\"\\0123.e-+tfn \xC3\xA9\n";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (unsigned changes = 1 + random() % 2; changes > 0; --changes) {
      text[5 + random() % (text.size() - 5)] = bytes[random() % bytes.size()];
    }
    const auto end_of = [&](const JsonOptions& options) -> std::string {
      try {
        Json::parse(text, options);
        return "good";
      } catch (const JsonError& error) {
        return error.what();
      }
    };
    INFO(text);
    REQUIRE(end_of({}) == end_of({.visitor = &nothing}));
  }
  CHECK_THROWS_WITH(Json::parse("{\"a\": " + std::string(400, '1') + "}", {.visitor = &nothing}),
                    Catch::StartsWith("number overflow"));
}
