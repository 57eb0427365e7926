#include <catch2/catch.hpp>

#include "data/formats/split_names.h"
#include "tests/data/images/sample_images.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::user_error;
using Names = std::vector<std::string>;

TEST_CASE("a split may be named without its year, unless several years fit") {
  const Names splits = {"train2014", "val2014", "val2017"};
  CHECK(match_split(splits, "train") == "train2014");
  CHECK(match_split(splits, "val2014") == "val2014");
  CHECK(match_split(splits, "test").empty());
  CHECK_THAT(user_error([&] { match_split(splits, "val"); }), Contains("val2014, val2017"));
}

TEST_CASE("val, valid and validation mean the one of them that there is; the exact name comes first") {
  for (const std::string split : {"val", "valid", "validation", "val2017"}) {
    CHECK(match_split({"test", "train", split}, "val") == split);
    CHECK(match_split({"test", "train", split}, "valid") == split);
    CHECK(match_split({"test", "train", split}, "validation") == split);
  }
  CHECK(match_split({"val", "valid"}, "valid") == "valid");
  CHECK(match_split({"val", "valid"}, "val") == "val");
  CHECK(match_split({"train", "valid"}, "test").empty());
  CHECK(match_split({"training", "validate"}, "val").empty());
}

TEST_CASE("a split that is missing is reported with the splits that there are") {
  CHECK(require_split("DIR", {"train", "valid"}, "val") == "valid");
  CHECK(
      user_error([] {
        require_split("DIR", {"test", "train"}, "val", ", or add one");
      }) ==
      "DIR has no split 'val', only test, train; choose one of these or a fold of one, such as train:1/10, or add one");
}
