#include <catch2/catch.hpp>

#include "apps/detection/object_finder.h"
#include "tests/data/images/sample_images.h"

namespace intertwiner::tests {

TEST_CASE("the classes of --classes are selected by their names, with commas between them or one by one") {
  const std::vector<std::string> names = {"head", "helmet", "safety vest", "cat, wild"};
  using Labels = std::vector<bool>;  // the first is background
  CHECK(selected_labels({}, names) == Labels{true, true, true, true, true});
  CHECK(selected_labels({"helmet"}, names) == Labels{false, false, true, false, false});
  CHECK(selected_labels({"helmet,head"}, names) == Labels{false, true, true, false, false});
  CHECK(selected_labels({" safety vest , head"}, names) == Labels{false, true, false, true, false});
  CHECK(selected_labels({"head", "head,helmet"}, names) == Labels{false, true, true, false, false});
  CHECK(selected_labels({"cat, wild", "head"}, names) == Labels{false, true, false, false, true});
}

TEST_CASE("a class that the model does not have is refused with the names of its classes") {
  for (const std::string value : {"hat", "head,hat", "Head", "", "head,", "head helmet"}) {
    INFO(value);
    CHECK_THAT(
        user_error([&] {
          selected_labels({value}, {"head", "helmet"});
        }),
        Catch::StartsWith("--classes: the model has no class \"") && Catch::EndsWith("; its classes are head, helmet"));
  }
}

}  // namespace intertwiner::tests
