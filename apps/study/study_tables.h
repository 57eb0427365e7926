// The paper's tables, with the paper's numbers, and one of our own: rows that can be trained.
//
// A row has a name and the settings that define it. Other settings are those of the study. A table lists rows with the
// paper's labels. A row of several tables (the baseline, the default intertwiner) is trained once.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "detector/settings/settings.h"

namespace intertwiner {

struct StudyRow {
  std::string name;                                          ///< name in --rows, and of its folder
  std::vector<std::pair<std::string, std::string>> changes;  ///< setting and value as on the command line
  double level_base_share = 1;                               ///< factor for the study's level-base
};

/// A line of a table.
struct TableLine {
  std::string row;
  std::string label;                               ///< the paper's label, if it has the row
  std::string paper_ap = "", paper_ap_small = "";  ///< percent; empty: not in the paper
};

struct StudyTable {
  std::string name;   ///< "2a"
  std::string title;  ///< what the table compares
  std::string paper;  ///< network and data of the paper's numbers; empty: the table is not in the paper
  std::vector<TableLine> lines;
  std::string paper_metric = "AP";
};

/// All tables whose rows are trained. Table 3 is not among them, because it counts regions (region_counts.h).
const std::vector<StudyTable>& study_tables();
/// The rows of all tables, each once.
const std::vector<StudyRow>& study_rows();

/// Throws UserError with the allowed names if the name is unknown. "3" is unknown.
const StudyTable& study_table(const std::string& name);
const StudyRow& study_row(const std::string& name);

/// `shared` with the changes of the row. Settings that these make irrelevant get their defaults. Throws UserError with
/// the name of the row if `shared` and the row exclude each other.
Settings settings_of(const StudyRow& row, const Settings& shared);

}  // namespace intertwiner
