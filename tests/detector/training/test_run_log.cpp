#include <catch2/catch.hpp>

#include "detector/training/run_log.h"
#include "engine/error.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using tests::lines_of;
using tests::read_text;

TEST_CASE(
    "a log that is opened again keeps what the checkpoint knows of, and loses the rest and what is half written") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "log.jsonl";
  StepReport report;
  report.losses.classes = 0.1 + 0.2;
  {
    RunLog log(path, {});
    for (int64_t step = 1; step <= 5; ++step) log.step({step, 0.1, 1.5}, report, 2);
  }
  CHECK(lines_of(read_text(path)).size() == 5);
  CHECK(read_text(path).find("\"class\":0.30000000000000004") != std::string::npos);
  folder.write("log.jsonl", read_text(path) + "{\"step\":6,\"lo");
  { RunLog log(path, {.step = 6}); }
  CHECK(lines_of(read_text(path)).size() == 5);
  {
    RunLog log(path, {.step = 3});
    CHECK(lines_of(read_text(path)).size() == 3);
    log.evaluation({3, 1, 1}, CocoMetrics{});
    CHECK_THROWS_AS(RunLog(path, {.step = 3}), UserError);  // one run, one process
  }
  CHECK(lines_of(read_text(path)).back().find("\"evaluation\"") != std::string::npos);
  // A checkpoint of step 3 that was written before the evaluation makes it again; one written after it does not.
  { RunLog log(path, {.step = 3, .is_evaluated = true}); }
  CHECK(lines_of(read_text(path)).size() == 4);
  { RunLog log(path, {.step = 3}); }
  CHECK(lines_of(read_text(path)).size() == 3);
  { RunLog log(path, {}); }
  CHECK(read_text(path).empty());
}

TEST_CASE("a log on a full disk says so") {
  if (!std::filesystem::exists("/dev/full")) return;
  const tests::TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "log.jsonl");
  CHECK_THROWS_AS(RunLog(folder / "log.jsonl", {}).step({1, 0, 0}, StepReport{}, 1), UserError);
}
