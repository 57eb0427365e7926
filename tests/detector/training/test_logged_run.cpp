#include <catch2/catch.hpp>

#include "detector/training/logged_run.h"
#include "engine/error.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

std::string step_line(int step, double loss) {
  const std::string number = std::to_string(step);
  return "{\"step\":" + number + ",\"epoch\":" + std::to_string(step / 2.0) + ",\"loss\":" + std::to_string(loss) +
         ",\"losses\":{\"class\":" + std::to_string(loss / 2) +
         ",\"box\":0.25},\"learning_rate\":0.01,\"gradient_norm\":2,\"images_per_second\":8,\"seconds\":0.5}\n";
}

constexpr const char* kEvaluation =
    R"({"step":3,"epoch":1.5,"evaluation":{"AP":0.5,"AP50":0.75,"AP75":0.25,"AP_small":-1,"AP_medium":0.5,)"
    R"("AP_large":0.5,"AR_100":0.625,"classes":{"ant":0.25,"bee":0.75}},"seconds":2})"
    "\n";

}  // namespace

TEST_CASE("a log is read back: steps, evaluations, and the time since the start") {
  const tests::TemporaryFolder folder;
  const auto log = folder.write("log.jsonl", step_line(1, 4) + step_line(2, 2) + step_line(3, 1) + kEvaluation +
                                                 step_line(4, 3) + "{\"step\":5,\"epo");
  const LoggedRun run = read_log(log);
  REQUIRE(run.steps.size() == 4);
  CHECK(run.steps[1].losses == NamedNumbers{{"class", 1}, {"box", 0.25}});
  CHECK(run.steps[3].seconds == 4);
  REQUIRE(run.evaluations.size() == 1);
  CHECK(run.evaluations[0].seconds == 3.5);
  CHECK(run.evaluations[0].classes == NamedNumbers{{"ant", 0.25}, {"bee", 0.75}});

  SECTION("as a table it has a row for each epoch and each evaluation") {
    write_results_csv(folder / "results.csv", run);
    CHECK(tests::read_text(folder / "results.csv") ==
          "step,epoch,seconds,learning_rate,loss,class,box,AP,AP50,AP75,AP_small,AP_medium,AP_large,AR_100\n"
          "2,1,1.0,0.01,3,1.5,0.25,,,,,,,\n"
          "3,1.5,1.5,0.01,1,0.5,0.25,0.5,0.75,0.25,,0.5,0.5,0.625\n"
          "4,2,4.0,0.01,3,1.5,0.25,,,,,,,\n");
  }
}

TEST_CASE("a log without steps is a table without rows; a foreign line is refused with its number") {
  const tests::TemporaryFolder folder;
  write_results_csv(folder / "results.csv", read_log(folder.write("log.jsonl", "")));
  CHECK(tests::lines_of(tests::read_text(folder / "results.csv")).size() == 1);
  for (const std::string line : {"hello", "{\"step\":1}", "[1]", "{\"step\":1,\"epoch\":1,\"seconds\":1}"}) {
    INFO(line);
    CHECK_THROWS_WITH(read_log(folder.write("log.jsonl", step_line(1, 1) + line + "\n")),
                      Catch::Contains("line 2 was not written by this program"));
  }
}

}  // namespace intertwiner
