// convert: files of weights, and ONNX models.
#include <catch2/catch.hpp>

#include "tests/apps/run_program.h"
#include "tests/detector/onnx/onnx_reader.h"
#include "tests/temporary_folder.h"

using namespace intertwiner::tests;

TEST_CASE(
    "convert writes a checkpoint in PyTorch's order and back, and an ONNX model with the settings that are given") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string(), best = run_folder + "/best.safetensors";
  const Result trained =
      run("train", tiny_training() + Arguments{"--steps", "1", "--eval-every", "0", "--out", run_folder});
  INFO(trained.out << trained.err);
  REQUIRE(trained.code == 0);

  const std::string theirs = (folder / "theirs.safetensors").string(), back = (folder / "back.safetensors").string();
  CHECK(contains(run("convert", {best, theirs}).out, "in PyTorch's memory order"));
  CHECK(contains(run("convert", {theirs, back}).out, "a checkpoint of this program"));
  CHECK(read_text(back) == read_text(best));
  check_refused("convert", {best, (folder / "model.onnx").string()}, "give --onnx");
  check_refused("convert", {"--onnx", theirs, (folder / "model.onnx").string()}, "convert it back");

  const std::string file = (folder / "model.onnx").string();
  const Result written = run("convert", {"--onnx", best, file, "--score", "0.25", "--width", "64", "--height", "40"});
  INFO(written.out << written.err);
  REQUIRE(written.code == 0);
  CHECK(contains(written.out, "model.onnx: "));
  CHECK(contains(written.out, " nodes, "));
  const OnnxModel model = read_onnx(file);
  CHECK(model.inputs.at(0).shape == std::vector<int64_t>{40, 64, 3});
  CHECK(contains(model.metadata.at("settings"), "\"score\":0.25"));
  check_refused("convert", {"--onnx", best, file}, "exists");
  CHECK(run("convert", {"--onnx", best, file, "--overwrite"}).code == 0);
  CHECK(read_onnx(file).inputs.at(0).shape == std::vector<int64_t>{-1, -1, 3});
}
