#include "apps/study/study_runs.h"

#include <algorithm>

#include "detector/settings/presets.h"
#include "detector/settings/settings_json.h"
#include "detector/settings/settings_table.h"
#include "detector/training/run_folder.h"
#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/json.h"
#include "engine/files/output_check.h"
#include "engine/files/paths.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace fs = std::filesystem;

namespace {

/// Settings that do not change the result of a run.
constexpr const char* kHarmless[] = {"loader-workers", "save-every"};

Json without_harmless(Json settings) {
  for (const char* name : kHarmless) settings.erase(name);
  return settings;
}

/// The first value that differs from the stored one, as "batch 4, not 2"; empty if none differs. A setting can be
/// missing on either side: some are written only if they differ from their defaults.
std::string difference(const Json& stored, const Json& wanted) {
  for (const auto& [name, value] : wanted.members()) {
    if (!stored.contains(name)) return "no " + name;
    if (stored.at(name) != value) return name + " " + stored.at(name).dump() + ", not " + value.dump();
  }
  for (const auto& [name, value] : stored.members()) {
    if (!wanted.contains(name)) return name + " " + value.dump();
  }
  return "";
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string text_of(Settings settings, const std::string& name) {
  return value_text(entry_named(describe_settings(settings), name));
}

bool sets(const StudyRow& row, const std::string& setting) {
  return std::any_of(row.changes.begin(), row.changes.end(),
                     [&](const auto& change) { return change.first == setting; });
}

/// True if a run of the folder's study has begun. A run that was refused leaves an empty folder.
bool has_runs(const fs::path& out) {
  for (const fs::path& row : list_folder(out)) {
    if (!is_folder(row)) continue;
    for (const fs::path& run : list_folder(row))
      if (!list_folder(run).empty()) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> split_names(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      const std::string name = text.substr(begin, end - begin);
      if (!name.empty() && !contains(names, name)) names.push_back(name);
      begin = end + 1;
    }
  }
  return names;
}

std::vector<StudyRow> rows_of(const std::vector<StudyTable>& tables, const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const StudyTable& table : tables)
    for (const TableLine& line : table.lines)
      if (!contains(all, line.row)) all.push_back(line.row);
  for (const std::string& name : names) {
    if (!contains(all, name))
      throw UserError("--rows: \"" + name + "\" is not a row of these tables; give some of " + joined(all));
  }
  std::vector<StudyRow> rows;
  for (const std::string& name : names.empty() ? all : names) rows.push_back(study_row(name));
  return rows;
}

void check_given(const CommandLine& line, const Settings& shared, const std::vector<StudyRow>& rows) {
  Settings defaults;
  for (const SettingEntry& entry : describe_settings(defaults)) {
    const std::string& name = entry.name;
    if (!line.given(name)) continue;
    for (const StudyRow& row : rows) {
      if (sets(row, name)) throw UserError("--" + name + " is set by the rows (by " + row.name + "); leave it out");
    }
    const std::string given = text_of(shared, name);
    const auto reads = [&](const StudyRow& row) {
      const bool is_scaled = name == "level-base" && row.level_base_share != 1;
      return is_scaled || text_of(settings_of(row, shared), name) == given;
    };
    if (std::none_of(rows.begin(), rows.end(), reads))
      throw UserError("--" + name + ": " + given + " has no effect on any of these rows; leave it out");
  }
}

std::string budget_text(const std::string& preset_name, const Settings& shared, const RunData& data,
                        const std::string& init) {
  Settings settings = shared, usual = preset(preset_name);
  const std::vector<SettingEntry> entries = describe_settings(settings), usual_entries = describe_settings(usual);
  std::string changes, length;
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string& name = entries[i].name;
    const std::string item = name + " " + short_value_text(entries[i]);
    if (name == (shared.train.steps > 0 ? "steps" : "epochs")) length = item;
    const bool is_length = name == "epochs" || name == "steps" || name == "minutes";
    const bool is_usual = value_text(entries[i]) == value_text(usual_entries[i]);
    if (!is_length && !is_usual && without_harmless(Json{{name, 0}}).contains(name)) changes += ", " + item;
  }
  return "Preset " + preset_name + changes + ", " + length + ". Trained on " + std::to_string(data.train.data->size()) +
         " images (" + describe_selection(data.train.selection) + "), evaluated on " +
         std::to_string(data.val.data->size()) + " (" + describe_selection(data.val.selection) +
         ") after the last step." + (init.empty() ? "" : " Every row started from " + printable(init) + ".");
}

std::vector<StudyRun> make_runs(const std::vector<StudyRow>& rows, const Settings& shared, int64_t seeds) {
  std::vector<StudyRun> runs;
  for (uint64_t seed = 1; seed <= static_cast<uint64_t>(seeds); ++seed) {
    for (const StudyRow& row : rows) {
      runs.push_back({row.name, seed, settings_of(row, shared)});
      runs.back().settings.train.seed = seed;
    }
  }
  return runs;
}

void claim_study_folder(const StudyPlan& plan, const Settings& shared) {
  const fs::path path = plan.out / "study.json";
  Json wanted = Json::parse(notes_to_json(notes_of(plan.data, plan.eval_every)));
  wanted["val_images"] = plan.data.val.data->size();
  wanted["init"] = plan.init.empty() ? "" : printable(fs::absolute(plan.init).string());
  wanted["settings"] = without_harmless(Json::parse(settings_to_json(shared)));
  const bool is_claimed = path_exists(path);
  if (is_claimed) {
    const Json stored = Json::try_parse(read_file(path)).value_or(Json());
    if (!stored.contains("settings")) throw UserError(path.string() + ": was not written by study; give another --out");
    std::string other = difference(stored.at("settings"), wanted.at("settings"));
    if (other.empty()) other = difference(stored, wanted);
    if (other.empty()) return;
    if (has_runs(plan.out))
      throw UserError(path.string() + ": this folder's study has " + other +
                      "; give the same options or another --out");
  }
  std::vector<fs::path> tables;
  if (!is_claimed) tables.push_back(path);
  for (const StudyTable& table : plan.tables) {
    for (const char* ending : {".md", ".csv", ".svg"}) tables.push_back(plan.out / ("table-" + table.name + ending));
  }
  require_writable(tables, {});
  make_folder(plan.out);
  write_atomically(path, wanted.dump(1) + "\n");
}

void require_same_settings(const fs::path& folder, const std::string& stored, const Settings& wanted) {
  const std::string other =
      difference(without_harmless(Json::parse(stored)), without_harmless(Json::parse(settings_to_json(wanted))));
  if (other.empty()) return;
  throw UserError(folder.string() + ": this run has " + other + "; remove the folder or give another --out");
}

}  // namespace intertwiner
