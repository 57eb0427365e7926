// Every malformed input ends in one line, with exit code 2, within 5 seconds and 1 GB, and nothing is written but below
// --out. malformed_inputs.md is the table of all inputs and their lines.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "data/images/image_io.h"
#include "engine/tensor.h"
#include "tests/apps/malformed_inputs.h"
#include "tests/data/images/sample_images.h"
#include "tests/sanitizer.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {

namespace fs = std::filesystem;

std::string write_sample(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

namespace {

const std::string kTable = std::string(INTERTWINER_SOURCE_ROOT) + "/tests/apps/malformed_inputs.md";

/// Path, size and time of change of every file below the folder.
std::map<fs::path, std::pair<uintmax_t, fs::file_time_type>> contents_of(const fs::path& folder) {
  std::map<fs::path, std::pair<uintmax_t, fs::file_time_type>> contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_symlink() || !entry.is_regular_file()) continue;
    contents[entry.path()] = {entry.file_size(), entry.last_write_time()};
  }
  return contents;
}

Samples make_samples(const TemporaryFolder& folder) {
  Samples samples{folder / "inputs", folder / "inputs/run", folder / "out", "", "", ""};
  const Result trained =
      run("train", tiny_training() + Arguments{"--steps", "1", "--eval-every", "0", "--out", samples.run.string()});
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  write_image(folder / "a.png", gradient_image(40, 30));
  write_image(folder / "a.jpg", gradient_image(40, 30));
  samples.png = read_text(folder / "a.png");
  samples.jpeg = read_text(folder / "a.jpg");
  samples.bmp = bmp_file(gradient_image(10, 30));
  return samples;
}

std::vector<MalformedInput> all_inputs(const Samples& samples) {
  std::vector<MalformedInput> all;
  for (const auto make :
       {malformed_images, malformed_videos, malformed_annotations, malformed_yolo, malformed_checkpoints,
        malformed_weights, malformed_settings, malformed_options, malformed_results}) {
    for (MalformedInput& input : make(samples)) all.push_back(std::move(input));
  }
  return all;
}

/// The line without what differs between computers and runs.
std::string settled(std::string line, const fs::path& folder) {
  const auto replace_all = [&](const std::string& old_part, const std::string& new_part) {
    for (size_t at = 0; (at = line.find(old_part, at)) != std::string::npos; at += new_part.size())
      line.replace(at, old_part.size(), new_part);
  };
  if (!line.empty() && line.back() == '\n') line.pop_back();
  replace_all(folder.string() + "/", "");
  for (const char letter : {'x', '['}) {
    const std::string many(20, letter);
    for (size_t begin = 0; (begin = line.find(many, begin)) != std::string::npos;) {
      const size_t end = std::min(line.find_first_not_of(letter, begin), line.size());
      line.replace(begin, end - begin, std::string(3, letter) + "…");
    }
  }
  const size_t available = line.find(" GB are available"), but = line.find(", but ");
  if (available != std::string::npos && but < available) line.replace(but + 6, available - but - 6, "N");
  replace_all("|", "\\|");
  return line;
}

/// Runs every input, checks it, and returns the table.
std::string table_of_inputs() {
  const TemporaryFolder folder;
  const Samples samples = make_samples(folder);
  std::string table =
      "# Malformed inputs\n\nEvery input ends with exit code 2 and this line. `build/tests/all_tests "
      "\"[malformed-table]\"` "
      "writes the table,\nand a test fails when a line differs.\n\n| input | line |\n| --- | --- |\n";
  int64_t count = 0;
  for (const MalformedInput& input : all_inputs(samples)) {
    const auto before = contents_of(samples.folder);
    Arguments arguments = input.arguments;
    const auto has = [&](const char* name) {
      return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
    };
    const bool writes = input.program == "train" || input.program == "detect";
    if (writes && !has("--out") && !has("--resume"))
      arguments = arguments + Arguments{"--out", (samples.out / std::to_string(count)).string()};
    ++count;
    const auto [result, peak_bytes] = run_measured(input.program, arguments);
    INFO(input.name << "\n"
                    << input.program << " " << Catch::Detail::stringify(arguments) << "\n"
                    << result.out << result.err);
    CHECK(result.code == 2);
    CHECK(lines_of(result.err).size() == 1);
    CHECK_THAT(result.err, Catch::StartsWith(input.program + ": error: "));
    if (!kHasSanitizer) {
      CHECK(result.seconds < 5);
      CHECK(peak_bytes < int64_t{1'000'000'000});
    }
    CHECK(contents_of(samples.folder) == before);
    table += "| " + input.name + " | `" + settled(result.err, folder.path()) + "` |\n";
  }
  CHECK(count >= 300);
  return table;
}

}  // namespace

TEST_CASE("a program's peak of memory does not contain the memory of the tests that start it") {
  if (kHasSanitizer) return skip("a sanitizer has memory of its own");
  const Tensor large = Tensor::zeros({int64_t{300} << 20}, DType::uint8);
  CHECK(run_measured("detect", {"--version"}).peak_bytes < large.size());
}

TEST_CASE("every malformed input is refused in its one line, quickly, with little memory, and nothing is lost") {
  INFO("to write the table: build/tests/all_tests \"[malformed-table]\"");
  const std::vector<std::string> now = lines_of(table_of_inputs()), listed = lines_of(read_text(kTable));
  CHECK(now.size() == listed.size());
  for (size_t i = 0; i < std::min(now.size(), listed.size()); ++i) CHECK(now[i] == listed[i]);
}

TEST_CASE("writes tests/apps/malformed_inputs.md", "[.][malformed-table]") {
  std::ofstream(kTable) << table_of_inputs();
}

}  // namespace intertwiner::tests
