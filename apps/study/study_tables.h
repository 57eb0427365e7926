// The paper's tables as lists of rows that can be trained, and the figures that the paper gives.
//
// A row is a name and the settings that make it; what it does not name is as the study has it. A table lists rows under
// the paper's words. Rows of several tables (the baseline, the default intertwiner) are one row, trained once.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "detector/settings/settings.h"

namespace intertwiner {

struct StudyRow {
  std::string name;                                          ///< for --rows and the folder of its runs
  std::vector<std::pair<std::string, std::string>> changes;  ///< setting and value, as the command line has them
  double level_base_share = 1;                               ///< of the study's level-base
};

/// A line of a table.
struct TableLine {
  std::string row;
  std::string label;                          ///< the paper's words
  std::string paper_ap, paper_ap_small = "";  ///< percent; empty: not given
};

struct StudyTable {
  std::string name;   ///< "2a"
  std::string title;  ///< what it compares
  std::string paper;  ///< what the paper's figures were measured with
  std::vector<TableLine> lines;
  std::string paper_metric = "AP";
};

/// All tables whose rows are trained. Table 3 is none of them: it counts regions (region_counts.h).
const std::vector<StudyTable>& study_tables();
/// All rows, each once.
const std::vector<StudyRow>& study_rows();

/// Throws UserError that lists the allowed names ("3" is not among them).
const StudyTable& study_table(const std::string& name);
const StudyRow& study_row(const std::string& name);

/// `shared` changed as the row says; settings that then nothing reads are at their defaults. Throws UserError, which
/// names the row, where the two exclude each other.
Settings settings_of(const StudyRow& row, const Settings& shared);

}  // namespace intertwiner
