#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/apps/run_program.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {

TEST_CASE("the benchmark runs, here at toy sizes, and writes what it measured") {
  const TemporaryFolder folder;
  const auto json = folder / "bench.json";
  const Result result =
      run("../tests/bench/bench", {"--quick", "--only", "operators,detect,loader,scoring,start-up", "--json", json});
  INFO(result.err);
  REQUIRE(result.code == 0);
  const auto figures = nlohmann::json::parse(read_text(json));
  for (const char* table : {"processor", "layers", "maps", "detect", "loader", "scoring", "start-up"}) {
    INFO(table);
    REQUIRE(figures.contains(table));
    CHECK_FALSE(figures[table]["rows"].empty());
  }
}

TEST_CASE("the benchmark says in one line which part it does not know, and that a Python has no PyTorch") {
  const Result unknown = run("../tests/bench/bench", {"--only", "steps"});
  CHECK(unknown.code == 2);
  CHECK(lines_of(unknown.err).size() == 1);
  const Result missing = run("../tests/bench/bench", {"--only", "step", "--against-pytorch", "true"});
  CHECK(missing.code == 2);
  CHECK(lines_of(missing.err).size() == 1);
  CHECK(missing.err.find("no PyTorch") != std::string::npos);
}

}  // namespace intertwiner::tests
