#include <catch2/catch.hpp>

#include "detector/training/run_log.h"
#include "engine/error.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using tests::lines_of;
using tests::read_text;

namespace {

/// Opens the log as a run does that continues from the checkpoint.
void reopen(const std::filesystem::path& path, const RunLog::Checkpoint& checkpoint) {
  RunLog(path).keep_until(checkpoint);
}

}  // namespace

TEST_CASE("a log that is opened again keeps the lines before the checkpoint, and loses later and incomplete lines") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "log.jsonl";
  StepReport report;
  report.losses.classes = 0.1 + 0.2;
  {
    RunLog log(path);
    for (int64_t step = 1; step <= 5; ++step) log.step({step, 0.1, 1.5}, report, 2);
  }
  CHECK(lines_of(read_text(path)).size() == 5);
  CHECK(read_text(path).find("\"class\":0.30000000000000004") != std::string::npos);
  folder.write("log.jsonl", read_text(path) + "{\"step\":6,\"lo");
  reopen(path, {.step = 5});
  CHECK(lines_of(read_text(path)).size() == 5);
  {
    RunLog log(path);
    log.keep_until({.step = 3});
    CHECK(lines_of(read_text(path)).size() == 3);
    log.evaluation({3, 1, 1}, CocoMetrics{});
    CHECK_THROWS_AS(RunLog(path), UserError);  // another process is writing
  }
  CHECK(lines_of(read_text(path)).back().find("\"evaluation\"") != std::string::npos);
  // After a checkpoint of step 3 from before the evaluation, the evaluation is repeated; from after it, it is not.
  reopen(path, {.step = 3, .is_evaluated = true});
  CHECK(lines_of(read_text(path)).size() == 4);
  reopen(path, {.step = 3});
  CHECK(lines_of(read_text(path)).size() == 3);
  reopen(path, {});
  CHECK(read_text(path).empty());
}

TEST_CASE("a log on a full disk throws a UserError") {
  if (!std::filesystem::exists("/dev/full")) return;
  const tests::TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "log.jsonl");
  CHECK_THROWS_AS(RunLog(folder / "log.jsonl").step({1, 0, 0}, StepReport{}, 1), UserError);
}

TEST_CASE("a log with a line before the checkpoint that is not a step is kept and refused") {
  const tests::TemporaryFolder folder;
  const auto path = folder.write("log.jsonl", "{\"step\":1}\n{\"step\":\"two\"}\n{\"step\":3}\n");
  CHECK_THROWS_WITH(reopen(path, {.step = 3}), Catch::Contains("line 2 was not written by this program"));
  CHECK(lines_of(read_text(path)).size() == 3);
  reopen(path, {.step = 1});
  CHECK(lines_of(read_text(path)).size() == 1);
}
