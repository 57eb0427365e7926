// The library as other programs get it.
#include <catch2/catch.hpp>

#include "engine/backend/cuda_module.h"
#include "tests/apps/run_program.h"
#include "tests/detector/c_interface/sample_model.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::operator+;

// Runs tests/detector/c_interface/load.cpp on a tiny model. Returns the line that it prints.
std::string check_load(const std::string& command, const tests::Arguments& more = {}) {
  const tests::TemporaryFolder folder;
  const std::filesystem::path model = folder / "model.safetensors";
  tests::write_sample_model(model);
  const tests::Result result = tests::run(INTERTWINER_C_LOAD, tests::Arguments{command, model.string()} + more);
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  return result.out;
}

}  // namespace

TEST_CASE(
    "the C library exports its header's functions alone, needs only the C and C++ run-time and zlib, and is small",
    "[c-interface]") {
  const std::string script = std::string(INTERTWINER_SOURCE_ROOT) + "/tests/detector/c_interface/library.py";
  const tests::Result result = tests::run("/usr/bin/env", {"python3", script, INTERTWINER_C_LIBRARY});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  if (tests::contains(result.out, "the ABI was not compared")) tests::skip("there is no abidiff");
}

TEST_CASE("300 opens and closes of a model take no more memory than the first 100", "[c-interface]") {
  check_load("opens", {"300"});
}

TEST_CASE("300 detections take no more memory than the first 100", "[c-interface]") {
  check_load("detections", {"300"});
}

TEST_CASE("with too little memory, opening and detecting return a status", "[c-interface]") { check_load("memory"); }

TEST_CASE("wherever an allocation fails, opening and detecting return a status", "[c-interface]") {
  check_load("faults", {"61"});
}

TEST_CASE("the Python example takes a numpy array", "[c-interface]") {
  const tests::Result numpy = tests::run("/usr/bin/env", {"python3", "-c", "import numpy"});
  if (numpy.code != 0) return tests::skip("Python has no numpy");
  const tests::TemporaryFolder folder;
  const std::filesystem::path model = folder / "model.safetensors";
  tests::write_sample_model(model);
  const std::string path = std::filesystem::path(INTERTWINER_C_LIBRARY).parent_path().string();
  const tests::Result result =
      tests::run("/usr/bin/env", {"LD_LIBRARY_PATH=" + path, "python3",
                                  std::string(INTERTWINER_SOURCE_ROOT) + "/apps/examples/detect.py", model.string()});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK(tests::contains(result.out, " at "));
}

TEST_CASE("asked for a GPU where there is none, the library says in one line what is missing", "[c-interface]") {
  const std::string line = check_load("cuda");
  CHECK(tests::contains(line, find_cuda_module() ? "NVIDIA" : "built without the GPU module"));
}

}  // namespace intertwiner
