// The rows of the paper's tables: that each can be trained, and that no two are the same.
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

TEST_CASE("every row of every table can be trained with any preset, and no two rows are the same") {
  for (const std::string& name : preset_names()) {
    std::map<std::string, std::string> rows;  // by settings
    for (const StudyRow& row : study_rows()) {
      INFO(name << ", " << row.name);
      // Without the make-up layer's output for an input, the layer alone has no reader.
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

TEST_CASE("preset small-pooled is the study's row intertwiner of preset small with its head reading pooled features") {
  Settings shared = preset("small");
  shared.model.head_input = HeadInput::pooled;
  CHECK(settings_to_json(settings_of(study_row("intertwiner"), shared)) == settings_to_json(preset("small-pooled")));
}

TEST_CASE("every line of a table names a row, every row stands in a table, and names are their own") {
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
  CHECK(tables == std::set<std::string>{"1", "2a", "2b", "2c", "2d", "2e", "5"});
}

TEST_CASE("a row changes what it names, and leaves the rest as the study has it") {
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

TEST_CASE("more proposals on higher levels: the base is 40 where the paper's is 224, in the preset's proportion") {
  CHECK(settings_of(study_row("baseline-higher"), preset("internet-r50")).model.level_base == Approx(40));
  CHECK(settings_of(study_row("intertwiner-higher"), preset("small")).model.level_base == Approx(20));
}

TEST_CASE("names of tables and rows that are not known are refused with the allowed ones") {
  CHECK_THROWS_WITH(study_table("2f"), "--table: \"2f\" is not known; give some of 1, 2a, 2b, 2c, 2d, 2e, 5, 3");
  CHECK_THROWS_WITH(study_row("otto"), Catch::Contains("baseline") && Catch::Contains("ot-debiased"));
}
