#include <catch2/catch.hpp>

#include "engine/files/json.h"
#include "tests/apps/run_program.h"
#include "tests/bench/gpu_table.h"
#include "tests/bench/processes/scale_model.h"
#include "tests/gpu/programs_with_gpu.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {

TEST_CASE("the benchmark runs at tiny sizes and writes its results") {
  const TemporaryFolder folder;
  const auto json = folder / "bench.json";
  const Result result =
      run("../tests/bench/bench",
          {"--quick", "--only", "operators,products,detect,processes,loader,scoring,start-up", "--json", json});
  INFO(result.err);
  REQUIRE(result.code == 0);
  const auto figures = Json::parse(read_text(json));
  for (const char* table :
       {"processor", "layers", "maps", "products", "detect", "processes", "scale", "loader", "scoring", "start-up"}) {
    INFO(table);
    REQUIRE(figures.contains(table));
    CHECK(figures[table]["rows"].size() > 0);
  }
}

TEST_CASE("an unknown benchmark and a Python without PyTorch are reported in one line") {
  const Result unknown = run("../tests/bench/bench", {"--only", "steps"});
  CHECK(unknown.code == 2);
  CHECK(lines_of(unknown.err).size() == 1);
  const Result missing = run("../tests/bench/bench", {"--only", "step", "--against-pytorch", "true"});
  CHECK(missing.code == 2);
  CHECK(lines_of(missing.err).size() == 1);
  CHECK(missing.err.find("no PyTorch") != std::string::npos);
}

TEST_CASE("the model of scaling adds up what a step sends") {
  using namespace bench;
  const StepToScale step{.seconds = 1, .parameters_bytes = 100, .rest_bytes = 10};
  const Link link{"slow", 50, 0.001};
  CHECK(bytes_sent(step, 1) == 0);
  CHECK(efficiency(step, link, 1) == 1);
  CHECK(bytes_sent(step, 4) == Approx(2 * 75 + 30));
  const StepCommunication time = communication_of(step, link, 4);
  CHECK(time.parameters == Approx(3));
  CHECK(time.rest == Approx(0.6));
  CHECK(time.latency == Approx(0.027));
  CHECK(efficiency(step, link, 4) == Approx(1 / 4.627));
  CHECK(limited_by(step, link, 4) == "parameters");
  CHECK(limited_by(step, link, 64) == "statistics and class buffer");
  CHECK(largest_useful(step, {"quick", 1e9, 0}) == 1 << 16);
  CHECK(largest_useful(step, {"quick", 1000, 0.01}) == 8);
}

TEST_CASE("the GPU table compares each detector with the one before it") {
  using namespace bench;
  // Training: 8 and 40 images/s, 4 and 10 of 100 TFLOP/s, 3 and 1.5 GB. Detection: 16 and 80 images/s.
  const GpuDetector slow{"PyTorch", 0.5e12, 100e12, 0.02, {{2, 0.25, 0.125, 3e9}}},
      quick{"ours", 0.25e12, 100e12, 0.004, {{2, 0.05, 0.025, 1.5e9}}};
  const Table table = gpu_table({slow, quick});
  CHECK(table.columns == std::vector<std::string>{"what", "PyTorch", "ours", "ours / PyTorch"});
  const std::vector<std::vector<double>> wanted = {{8, 40, 5},  {4, 10, 2.5}, {3, 1.5, 0.5},
                                                   {16, 80, 5}, {20, 4, 0.2}, {100, 100, 1}};
  REQUIRE(table.rows.size() == wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    INFO(table.rows[i][0].text);
    for (size_t k = 0; k < 3; ++k) CHECK(table.rows[i][k + 1].number == Approx(wanted[i][k]));
  }
  CHECK(gpu_table({quick}).columns.size() == 2);
}

TEST_CASE("the GPU benchmark runs on an emulated GPU, in turn with a Python program") {
  const ProgramsWithGpu with_gpu;
  const TemporaryFolder folder;
  const auto json = folder / "bench.json";
  const auto python = folder.write("python", "#!/bin/sh\necho torch 0\nwhile read -r line; do echo 0.5; done\n");
  std::filesystem::permissions(python, std::filesystem::perms::owner_all);
  const Result result = run(with_gpu("../tests/bench/bench"),
                            {"--device", "cuda", "--quick", "--against-pytorch", python, "--json", json});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const auto gpu = Json::parse(read_text(json)).at("gpu");
  CHECK(gpu.at("rows").size() == 4 + 2);
  for (const auto& row : gpu.at("rows")) {
    INFO(row.dump());
    for (const char* column : {"PyTorch", "faster-rcnn-small", "small"}) CHECK(row.at(column).get<double>() > 0);
  }
  CHECK(gpu.at("rows")[0].at("PyTorch").get<double>() == 2);  // 1 image in 0.5 s
}

}  // namespace intertwiner::tests
