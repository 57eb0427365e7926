// The rows of the paper's tables can be trained, and all differ.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "apps/study/study_tables.h"
#include "detector/settings/presets.h"
#include "detector/settings/settings_check.h"
#include "detector/settings/settings_json.h"
#include "engine/error.h"

using namespace intertwiner;

namespace {

std::string refusal(const std::string& row, const Settings& shared) {
  try {
    settings_of(study_row(row), shared);
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("every row can be trained with every preset, and no two rows are the same") {
  for (const std::string& name : preset_names()) {
    std::map<std::string, std::string> rows;  // by settings
    for (const StudyRow& row : study_rows()) {
      INFO(name << ", " << row.name);
      // The row make-up needs a head that reads the make-up layer's output.
      const bool is_refused = row.name == "make-up" && preset(name).model.head_input == HeadInput::pooled;
      if (is_refused) {
        CHECK(refusal(row.name, preset(name)).find("row make-up: head-input") == 0);
        continue;
      }
      Settings settings;
      REQUIRE_NOTHROW(settings = settings_of(row, preset(name)));
      CHECK_NOTHROW(check_settings(settings));
      const auto [same, is_new] = rows.emplace(settings_to_json(settings), row.name);
      INFO("the same as " << same->second);
      CHECK(is_new);
    }
  }
}

TEST_CASE("a row that a new run would refuse is refused before a study begins") {
  Settings shared = preset("small");
  shared.input.image_size = 500;
  const std::string reason = "row intertwiner: image-size: 500 is not a multiple of 32; give 480 or 512";
  CHECK(refusal("intertwiner", shared).find(reason) == 0);
}

TEST_CASE("preset small-pooled is the row intertwiner of preset small with head-input pooled") {
  Settings shared = preset("small");
  shared.model.head_input = HeadInput::pooled;
  CHECK(settings_to_json(settings_of(study_row("intertwiner"), shared)) == settings_to_json(preset("small-pooled")));
}

TEST_CASE("every line of a table names a row, every row is in a table, and names are unique") {
  std::set<std::string> names, used, tables;
  for (const StudyRow& row : study_rows()) CHECK(names.insert(row.name).second);
  for (const StudyTable& table : study_tables()) {
    CHECK(tables.insert(table.name).second);
    for (const TableLine& line : table.lines) {
      INFO(table.name << ", " << line.label);
      CHECK_NOTHROW(study_row(line.row));
      used.insert(line.row);
    }
  }
  CHECK(names == used);
  CHECK(tables == std::set<std::string>{"1", "2a", "2b", "2c", "2d", "2e", "5", "factors"});
}

TEST_CASE("a row changes only the settings that it names and those without effect") {
  Settings shared = preset("small");
  shared.intertwiner.alignment_factor = 30;
  shared.model.head_norm = HeadNorm::none;
  shared.intertwiner.compare_last_level = false;
  const Settings ot = settings_of(study_row("ot"), shared), higher = settings_of(study_row("intertwiner"), shared),
                 baseline = settings_of(study_row("baseline"), shared);
  CHECK(ot.intertwiner.alignment_factor == 30);
  CHECK(higher.intertwiner.alignment_factor == 1);  // nothing is aligned
  CHECK(!higher.intertwiner.compare_last_level);
  CHECK(baseline.intertwiner.compare_last_level);
  CHECK(baseline.model.head_input == HeadInput::pooled);
  CHECK(higher.model.head_input == HeadInput::make_up);
  CHECK(baseline.model.head_norm == HeadNorm::none);
  CHECK(higher.model.head_norm == HeadNorm::none);
}

TEST_CASE("rows with more proposals on higher levels scale level-base by 40/224") {
  CHECK(settings_of(study_row("baseline-higher"), preset("internet-r50")).model.level_base == Approx(40));
  CHECK(settings_of(study_row("intertwiner-higher"), preset("small")).model.level_base == Approx(20));
}

TEST_CASE("unknown tables and rows are refused with the allowed names") {
  CHECK_THROWS_WITH(study_table("2f"),
                    "--table: \"2f\" is not known; give some of 1, 2a, 2b, 2c, 2d, 2e, 5, factors, 3");
  CHECK_THROWS_WITH(study_row("otto"), Catch::Contains("baseline") && Catch::Contains("ot-debiased"));
}
