// --device: messages of the programs without a GPU, and results on an emulated GPU.
#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/apps/run_program.h"
#include "tests/gpu/gpu.h"
#include "tests/gpu/programs_with_gpu.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using namespace intertwiner::tests;
namespace fs = std::filesystem;

namespace {

const std::string kPrograms[] = {"train", "detect", "evaluate", "study", "features", "classify"};

Result run_well(const std::string& program, const Arguments& arguments) {
  const Result result = run(program, arguments);
  INFO(program << "\n" << result.out << result.err);
  REQUIRE(result.code == 0);
  return result;
}

// The emulated GPU accepts every precision, and computes as the CPU does.
const Arguments kOnGpu = {"--device", "cuda", "--precision", "tf32"};

}  // namespace

TEST_CASE("every program refuses an unknown --device with the known ones") {
  const TemporaryFolder folder;
  const std::string file = folder.write("gpu.toml", "device = \"gpu\"\n").string();
  for (const std::string& program : kPrograms) {
    CHECK(run(program, {"--help"}).out.find("--device NAME") != std::string::npos);
    const Result refused = run(program, {"--device", "gpu"});
    CHECK(refused.code == 2);
    CHECK(refused.err == program + ": error: --device: \"gpu\" is not allowed; give one of cpu, cuda\n");
    CHECK(run(program, {"--config", file}).err.find(file + ":1: device: \"gpu\" is not allowed") != std::string::npos);
  }
}

TEST_CASE("a precision that the CPU does not support is refused before any file is read") {
  const Result refused = run("train", {"--precision", "tf32", "--data", "nowhere", "--out", "nowhere"});
  CHECK(refused.code == 2);
  CHECK(refused.err == "train: error: --precision tf32 is for --device cuda; the CPU computes in fp32\n");
  CHECK(run("train", {"--no-deterministic", "--data", "nowhere", "--out", "nowhere"}).err ==
        "train: error: --no-deterministic is for --device cuda; the CPU gives the same bits each time\n");
  CHECK(run("detect", {"--precision", "fp16"}).err ==
        "detect: error: --precision: \"fp16\" is not allowed; give one of fp32, tf32, bf16\n");
}

TEST_CASE("a missing GPU ends every program in one line, before anything is loaded or written") {
  const std::string problem = gpu_problem();
  if (problem.empty()) return tests::skip("there is a GPU");
  const TemporaryFolder folder;
  const fs::path last = folder.write("run/last.safetensors", "mine");
  const std::string out = (folder / "run").string();
  for (const std::string& program : kPrograms) {
    Arguments arguments = {"--device", "cuda", "--data", "scenes:24", "--model", last.string(), "--out", out};
    if (program == "train") arguments = tiny_training() + Arguments{"--device", "cuda", "--out", out, "--overwrite"};
    if (program == "evaluate") arguments.resize(6);
    const Result refused = run(program, arguments);
    CHECK(refused.code == 2);
    CHECK(refused.err == program + ": error: " + problem + "\n");
    CHECK(refused.out.empty());
  }
  CHECK(read_text(last) == "mine");
  CHECK(std::distance(fs::directory_iterator(folder / "run"), {}) == 1);
}

TEST_CASE("a run that is resumed on another device gives the same checkpoint, bit for bit") {
  const ProgramsWithGpu with_gpu;
  const TemporaryFolder folder;
  const Arguments training =
      tiny_training() + Arguments{"--steps", "6", "--eval-every", "0", "--val-limit", "1", "--save-every", "0"};
  const auto train = [&](const std::string& name) { return training + Arguments{"--out", (folder / name).string()}; };
  run_well("train", train("cpu"));
  const std::string wanted = read_text(folder / "cpu/last.safetensors");
  REQUIRE(wanted.size() > 1000);
  run_well(with_gpu("train"), train("gpu") + kOnGpu);
  CHECK(read_text(folder / "gpu/last.safetensors") == wanted);
  CHECK(read_text(folder / "gpu/best.safetensors") == read_text(folder / "cpu/best.safetensors"));
  CHECK(logged_lines(folder / "gpu") == logged_lines(folder / "cpu"));

  for (const bool begins_on_gpu : {false, true}) {
    const std::string name = begins_on_gpu ? "from gpu" : "from cpu";
    INFO(name);
    Running begun(with_gpu("train"), train(name) + (begins_on_gpu ? kOnGpu : Arguments{}));
    REQUIRE(wait_for_steps(begun, folder / name, 2));
    begun.send(SIGKILL);
    begun.wait();
    run_well(with_gpu("train"),
             Arguments{"--resume", (folder / name).string()} + (begins_on_gpu ? Arguments{} : kOnGpu));
    CHECK(read_text(folder / name / "last.safetensors") == wanted);
  }
}

TEST_CASE("every program gives the same result on a GPU as on the CPU") {
  const ProgramsWithGpu with_gpu;
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string(), model = run_folder + "/best.safetensors";
  run_well("train", tiny_training() + Arguments{"--steps", "2", "--eval-every", "0", "--out", run_folder});
  const auto check_same = [&](const std::string& program, const Arguments& arguments, const std::string& option,
                              const std::string& file) {
    INFO(program);
    const std::string here = (folder / program).string(), there = here + "-gpu";
    run_well(program, arguments + Arguments{option, here});
    run_well(with_gpu(program), arguments + kOnGpu + Arguments{option, there});
    CHECK(!read_text(here + file).empty());
    CHECK(read_text(there + file) == read_text(here + file));
  };
  const Arguments of_model = {"--model", model, "--data", "scenes:24"};
  const Arguments all_scores = {"--score", "0"};
  check_same("detect", of_model + all_scores, "--out", "/detections.json");
  check_same("evaluate", of_model + all_scores, "--json", "");
  check_same("features", of_model + Arguments{"--objects", "8"}, "--out", "/features.svg");
  check_same("study", of_model + Arguments{"--table", "3", "--limit", "3"}, "--out", "/table-3.csv");
  const Arguments classifier = {"--data",  "scenes:20", "--blocks", "1", "--width",     "4",
                                "--batch", "16",        "--epochs", "1", "--alignment", "ot"};
  check_same("classify", classifier, "--out", "/last.safetensors");
  const Arguments measured = {"--data", "scenes:20", "--model", (folder / "classify/last.safetensors").string()};
  CHECK(run_well(with_gpu("classify"), measured + kOnGpu).out == run_well("classify", measured).out);
}

TEST_CASE("a study can be continued on another device") {
  const ProgramsWithGpu with_gpu;
  const TemporaryFolder folder;
  const auto study = [&](const std::string& name) {
    return tiny_training() + Arguments{"--table", "2a",          "--rows", "baseline", "--steps",
                                       "2",       "--val-limit", "2",      "--out",    (folder / name).string()};
  };
  run_well("study", study("cpu"));
  run_well(with_gpu("study"), study("gpu") + kOnGpu);
  const std::string file = "baseline/seed-1/last.safetensors";
  CHECK(read_text(folder / "gpu" / file) == read_text(folder / "cpu" / file));
  run_well(with_gpu("study"), study("gpu") + Arguments{"--seeds", "2"});
  CHECK(fs::exists(folder / "gpu/baseline/seed-2/last.safetensors"));
}
