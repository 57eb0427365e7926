// The programs on the machine's GPU. Skipped on a machine without a GPU.
#include <signal.h>

#include <catch2/catch.hpp>

#include "engine/files/json.h"
#include "tests/apps/run_program.h"
#include "tests/gpu/gpu.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {
namespace {

const Arguments kTraining =
    tiny_training() + Arguments{"--steps", "6", "--eval-every", "0", "--val-limit", "1", "--save-every", "0"};

void finish(const Arguments& arguments) {
  const Result result = run("train", arguments);
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
}

std::vector<double> losses(const std::filesystem::path& run) {
  std::vector<double> values;
  for (const std::string& line : logged_steps(run)) values.push_back(Json::parse(line).at("loss").get<double>());
  return values;
}

}  // namespace

TEST_CASE("a run killed on one device continues on the other with the losses of an uninterrupted run", "[gpu]") {
  const Gpu gpu;
  if (!gpu.is_real()) return skip("no GPU");
  const TemporaryFolder folder;
  finish(kTraining + Arguments{"--out", (folder / "uninterrupted").string()});
  const std::vector<double> wanted = losses(folder / "uninterrupted");
  REQUIRE(wanted.size() == 6);
  for (const auto& [first, second] : {std::pair("cpu", "cuda"), std::pair("cuda", "cpu")}) {
    INFO("from " << first << " to " << second);
    const std::string out = (folder / first).string();
    Running begun("train", kTraining + Arguments{"--device", first, "--out", out});
    REQUIRE(wait_for_steps(begun, out, 2));
    begun.send(SIGKILL);
    begun.wait();
    finish({"--resume", out, "--device", second});
    const std::vector<double> found = losses(out);
    REQUIRE(found.size() == wanted.size());
    // Not closer: rounding can swap the order of two equal proposals.
    for (size_t step = 0; step < wanted.size(); ++step) CHECK(found[step] == Approx(wanted[step]).epsilon(0.05));
  }
}

}  // namespace intertwiner::tests
