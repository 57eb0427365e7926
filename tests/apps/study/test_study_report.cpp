// Tables and plots of invented results.
#include <catch2/catch.hpp>

#include "apps/study/region_counts.h"
#include "apps/study/study_report.h"
#include "detector/model/region_sampling.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using namespace intertwiner::tests;

namespace {

StudyResult result_with(const std::vector<double>& ap) {
  StudyResult result;
  for (size_t i = 0; i < ap.size(); ++i) result.evaluations.push_back({static_cast<double>(i + 1), ap[i], 0.5, -1});
  return result;
}

RowResults some_results() {
  RowResults results;
  results["baseline"] = {{1, result_with({0.1, 0.24})}, {2, result_with({0.2, 0.26})}};
  results["make-up"] = {{1, result_with({0.1})}, {2, result_with({})}};
  results["make-up"].at(2).failed = "step 3: a loss is nan";
  results["intertwiner"] = {};
  return results;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a table has the number of seeds, the mean and deviation over them, and the paper's numbers") {
  const std::vector<std::string> lines = lines_of(study_markdown(study_table("2a"), some_results(), "Two epochs."));
  std::vector<std::string> rows;
  for (const std::string& line : lines) {
    if (line.rfind("|", 0) == 0) rows.push_back(line);
  }
  REQUIRE(rows.size() == 5);
  CHECK(
      rows[0] ==
      "| row         | in the paper          |  n |         AP |       AP50 | AP small | AP of each seed | paper: AP | "
      "paper: AP small |");
  CHECK(
      rows[2] ==
      "| baseline    | baseline, default     |  2 | 25.0 ± 1.4 | 50.0 ± 0.0 |        – |       24.0 26.0 |      32.8 | "
      "           12.7 |");
  CHECK(
      rows[3] ==
      "| make-up     | baseline with make-up |  1 |       10.0 |       50.0 |        – |       10.0 fail |         – | "
      "              – |");
  CHECK(
      rows[4] ==
      "| intertwiner | intertwiner, default  |  0 |          – |          – |        – |               – |      35.2 | "
      "           15.3 |");
}

TEST_CASE("a table that is not in the paper has no columns for the paper's numbers") {
  const std::vector<std::string> lines =
      lines_of(study_markdown(study_table("factors"), some_results(), "Two epochs."));
  REQUIRE(lines.size() == 10);
  CHECK(lines[4] == "| row         | what         |  n |         AP |       AP50 | AP small | AP of each seed |");
  CHECK(lines[6] == "| baseline    | Faster R-CNN |  2 | 25.0 ± 1.4 | 50.0 ± 0.0 |        – |       24.0 26.0 |");
  CHECK(lines[9] == "Percent; mean ± deviation over n seeds.");
}

TEST_CASE("the CSV file has the AP of every seed, and empty cells without results") {
  const std::vector<std::string> lines = lines_of(study_csv(study_table("2a"), some_results()));
  REQUIRE(lines.size() == 4);
  CHECK(contains(lines[0], ",AP seed 1,AP seed 2"));
  CHECK(lines[1] == "baseline,\"baseline, default\",2,25,1.41421,50,0,,,32.8,12.7,24,26");
  CHECK(lines[2] == "make-up,baseline with make-up,1,10,,50,,,,,,10,fail");
  CHECK(lines[3] == "intertwiner,\"intertwiner, default\",0,,,,,,,35.2,15.3,,");
}

TEST_CASE("the plot has a line for each row with results, and is not written without results") {
  const TemporaryFolder folder;
  write_study_plot(folder / "plot.svg", study_table("2a"), some_results());
  const std::string svg = read_text(folder / "plot.svg");
  CHECK(contains(svg, "baseline, 25.0"));
  CHECK(contains(svg, "make-up, 10.0"));
  CHECK(!contains(svg, "intertwiner"));
  CHECK(contains(svg, "epochs"));
  write_study_plot(folder / "none.svg", study_table("1"), {});
  CHECK(!std::filesystem::exists(folder / "none.svg"));
}

TEST_CASE("the plot has the evaluations that all seeds have, and its names have the AP of the table") {
  RowResults measured;
  measured["baseline"] = {{1, result_with({0.1, 0.2, 0.3})}, {2, result_with({0.4, 0.5})}};
  std::vector<StudyEvaluation>& second = measured["baseline"].at(2).evaluations;
  second[0].epoch = 2;
  second[1].epoch = 4;
  const TemporaryFolder folder;
  write_study_plot(folder / "plot.svg", study_table("2a"), measured);
  CHECK(contains(read_text(folder / "plot.svg"), "baseline, 40.0"));  // the mean of 30 and 50
}

TEST_CASE("regions are counted on their level, below and above its threshold of (14 strides)²") {
  const ModelSettings settings;
  const LevelSplit split = LevelSplit::of(settings);
  // Two regions of level 2 (threshold 56 px), one of level 3 (112 px) and one of level 5 (448 px).
  const Regions regions =
      make_regions(box_lists_of({{{0, 0, 55, 56}, {10, 10, 66, 66}, {0, 0, 111, 112}, {0, 0, 500, 500}}}), split);
  const RegionCounts counts = count_by_level(regions, settings);
  CHECK(counts[0].below == 1);
  CHECK(counts[0].above == 1);
  CHECK(counts[1].below == 1);
  CHECK(counts[1].above == 0);
  CHECK(counts[2].total() == 0);
  CHECK(counts[3].above == 1);
  const std::string csv = region_counts_csv(counts, settings);
  CHECK(contains(csv, "\n2,2,56,1,1,2,2\n"));
  CHECK(contains(csv, "\n5,1,448,0,1,1,0\n"));
}
