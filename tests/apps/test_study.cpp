// Studies of two rows and one seed, on a few small scenes.
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "engine/files/safetensors.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using namespace intertwiner::tests;

namespace {

Arguments tiny_study(const std::string& out) {
  return tiny_training() + Arguments{"--epochs", "1", "--eval-every", "0.5", "--val-limit", "4", "--out", out};
}

const Arguments kTwoRows = {"--table", "2a", "--rows", "baseline,intertwiner"};

/// Waits at most a minute until the file exists. False if the program ended before.
bool wait_for(Running& program, const std::filesystem::path& file) {
  for (int i = 0; i < 6000; ++i) {
    if (std::filesystem::exists(file)) return true;
    if (program.has_ended()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE(
    "a study trains its rows and writes its tables; stopped and started again it writes the same tables; rows can be "
    "added") {
  const TemporaryFolder folder;
  const std::string complete = (folder / "complete").string(), stopped = (folder / "stopped").string();
  const Result once = run("study", tiny_study(complete) + kTwoRows);
  INFO(once.out << once.err);
  REQUIRE(once.code == 0);
  const std::string markdown = read_text(complete + "/table-2a.md");
  CHECK(contains(once.out, markdown));
  CHECK(contains(once.out, "run 2 of 2: intertwiner, seed 1; 1 done, about "));
  CHECK(contains(markdown, "| baseline    | baseline, default    |  1 |"));
  CHECK(contains(markdown, "35.2"));
  CHECK(lines_of(read_text(complete + "/table-2a.csv")).size() == 3);
  CHECK(contains(read_text(complete + "/table-2a.svg"), "</svg>"));
  CHECK(logged_steps(complete + "/baseline/seed-1").size() == 12);

  Running program("study", tiny_study(stopped) + kTwoRows);
  REQUIRE(wait_for(program, stopped + "/baseline/seed-1/result.json"));
  program.send(SIGTERM);
  const Result part = program.wait();
  INFO(part.out << part.err);
  CHECK(part.code == 143);
  CHECK(contains(part.out, "to continue: the same study command"));
  CHECK(!std::filesystem::exists(stopped + "/intertwiner/seed-1/result.json"));
  const auto written = std::filesystem::last_write_time(stopped + "/baseline/seed-1/last.safetensors");
  const Result rest = run("study", tiny_study(stopped) + kTwoRows);
  INFO(rest.out << rest.err);
  REQUIRE(rest.code == 0);
  CHECK(std::filesystem::last_write_time(stopped + "/baseline/seed-1/last.safetensors") == written);
  CHECK(logged_lines(stopped + "/intertwiner/seed-1") == logged_lines(complete + "/intertwiner/seed-1"));
  for (const std::string file : {"/table-2a.md", "/table-2a.csv", "/table-2a.svg"})
    CHECK(read_text(stopped + file) == read_text(complete + file));

  const Result more = run("study", tiny_study(complete) + Arguments{"--table", "1", "--rows", "same"});
  INFO(more.out << more.err);
  REQUIRE(more.code == 0);
  CHECK(contains(more.out, "run 1 of 1: same"));
  for (const std::string row : {"| baseline ", "| same ", "| intertwiner "}) CHECK(contains(more.out, row));

  check_refused("study", tiny_study(complete) + kTwoRows + Arguments{"--batch", "4"},
                "this folder's study has batch 2, not 4");
  const Result counted =
      run("study", {"--table", "3", "--model", complete + "/intertwiner/seed-1/best.safetensors", "--data", "scenes:24",
                    "--limit", "3", "--max-pixels", "1000000", "--out", complete});
  INFO(counted.out << counted.err);
  CHECK(counted.code == 0);
  CHECK(contains(counted.out, "%)"));
  CHECK(lines_of(read_text(complete + "/table-3.csv")).size() == 5);
}

TEST_CASE("every row starts from the checkpoint of --init, and the study cannot be continued without it") {
  const TemporaryFolder folder;
  const std::string first = (folder / "first").string(), out = (folder / "out").string();
  const Arguments rows = {"--table", "2a", "--rows", "baseline"};
  REQUIRE(run("study", tiny_study(first) + rows).code == 0);
  const std::string file = first + "/baseline/seed-1/last.safetensors";
  const Result started = run("study", tiny_study(out) + rows + Arguments{"--init", file});
  INFO(started.out << started.err);
  REQUIRE(started.code == 0);
  CHECK(contains(started.out, "from " + file + ": "));
  CHECK(!contains(started.out, "left as they were"));
  CHECK(contains(read_text(out + "/table-2a.md"), "Every row started from " + file));
  CHECK(logged_lines(out + "/baseline/seed-1") != logged_lines(first + "/baseline/seed-1"));
  check_refused("study", tiny_study(out) + rows, "this folder's study has init ");
  check_refused("study", tiny_study(out) + rows + Arguments{"--init", first + "/study.json"}, "study.json");
}

TEST_CASE("a study is not continued without a setting that it has") {
  const TemporaryFolder folder;
  const Arguments rows = {"--table", "2a", "--rows", "baseline"};
  const std::string out = (folder / "out").string();
  REQUIRE(run("study", tiny_study(out) + rows + Arguments{"--ema-decay", "0.9"}).code == 0);
  check_refused("study", tiny_study(out) + rows + Arguments{"--seeds", "2"}, "this folder's study has ema-decay 0.9");
  check_refused("study", tiny_study(out) + rows + Arguments{"--ema-decay", "0.9", "--eval-every", "never"},
                "a table needs evaluations");
}

TEST_CASE("a study that began no run leaves its folder to another one") {
  const TemporaryFolder folder;
  const Arguments rows = {"--table", "2a", "--rows", "baseline"};
  const std::string out = (folder / "out").string();
  check_refused("study", tiny_study(out) + rows + Arguments{"--batch", "64"}, "a batch needs 64");
  check_refused("study", tiny_study(out) + rows + Arguments{"--eval-every", "0", "--patience", "2"}, "patience");
  CHECK(!std::filesystem::exists(out + "/study.json"));
  write_safetensors(folder / "other.safetensors",
                    {.tensors = {{"other", Tensor::zeros({1}, DType::float32)}}, .metadata = {}});
  check_refused("study", tiny_study(out) + rows + Arguments{"--init", (folder / "other.safetensors").string()},
                "no tensor fits");
  CHECK(std::filesystem::exists(out + "/study.json"));
  const Result result = run("study", tiny_study(out) + rows);
  INFO(result.out << result.err);
  CHECK(result.code == 0);
}

TEST_CASE("a row whose loss is not finite is marked as failed in the table") {
  const TemporaryFolder folder;
  const std::string out = (folder / "out").string();
  const Result result = run("study", tiny_study(out) + Arguments{"--table", "2a", "--rows", "baseline", "--epochs",
                                                                 "16", "--clip-norm", "0", "--learning-rate", "10"});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK(contains(result.out, "failed: step "));
  CHECK(contains(read_text(out + "/table-2a.md"), " fail |"));
  const Result again = run("study", tiny_study(out) + Arguments{"--table", "2a", "--rows", "baseline", "--epochs", "16",
                                                                "--clip-norm", "0", "--learning-rate", "10"});
  CHECK(again.code == 0);
  CHECK(!contains(again.out, "failed: step "));
}

TEST_CASE("unknown tables and rows, and settings that rows set or ignore, are refused") {
  const TemporaryFolder folder;
  const std::string out = (folder / "out").string();
  const Arguments study = tiny_study(out);
  check_refused("study", {}, "--table is missing");
  check_refused("study", {"--table", "2f"}, "give some of 1, 2a, 2b, 2c, 2d, 2e, 5, factors, 3");
  check_refused("study", {"--table", "2a"}, "--data is missing");
  check_refused("study", study + Arguments{"--table", "2a", "--rows", "ot"},
                "is not a row of these tables; give some of");
  check_refused("study", study + Arguments{"--table", "2a,3"}, "3 trains nothing");
  check_refused("study", study + Arguments{"--table", "2c", "--merge", "naive"},
                "--merge is set by the rows (by separate");
  check_refused("study", study + Arguments{"--table", "2a", "--buffer-decay", "0.5"}, "no effect on any of these rows");
  check_refused("study", study + Arguments{"--table", "2a", "--head-input", "pooled"}, "row make-up: head-input");
  check_refused("study", study + Arguments{"--table", "2a", "--seed", "2"}, "--seed");
  check_refused("study", tiny_training() + Arguments{"--table", "2a", "--out", out}, "--epochs is missing");
  check_refused("study", {"--table", "3", "--data", "scenes:24", "--out", out}, "--model is missing");
  check_refused("study", {"--table", "3", "--data", "scenes:24", "--out", out, "--batch", "3"}, "no effect on table 3");
  CHECK(!std::filesystem::exists(out));
}
