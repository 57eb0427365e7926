#include <catch2/catch.hpp>
#include <regex>

#include "tests/apps/run_program.h"

using namespace intertwiner::tests;

TEST_CASE("the example's vectors find their partners by the price of moving them alone") {
  const Result result = run("examples/align_vectors", {});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const std::regex line("step +(\\d+): W ([0-9.]+), (\\d+) of 60 found their partner");
  const std::vector<std::string> lines = lines_of(result.out);
  std::smatch begin, end;
  REQUIRE(std::regex_match(lines.front(), begin, line));
  REQUIRE(std::regex_match(lines.back(), end, line));
  CHECK(std::stod(begin[2]) > 0.4);
  CHECK(std::stoi(begin[3]) < 20);
  CHECK(std::stod(end[2]) < 0.01);
  CHECK(std::stoi(end[3]) == 60);
}
