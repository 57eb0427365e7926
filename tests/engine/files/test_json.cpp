#include <catch2/catch.hpp>

#include "engine/files/json.h"

using namespace intertwiner;

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
