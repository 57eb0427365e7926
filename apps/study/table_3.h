// Table 3: counts the regions of a trained model on each level (region_counts.h).
#pragma once
#include <filesystem>
#include <string>

#include "data/data_selection.h"
#include "detector/model/placement.h"
#include "engine/files/output_check.h"

namespace intertwiner {

struct Table3Options {
  std::string model;  ///< a checkpoint
  DataSelection data;
  std::filesystem::path out;  ///< folder for table-3.md and table-3.csv
  Placement where;
  OutputRules rules;  ///< for the table; data and model are inputs too
};

/// Counts, prints the table, and writes it to `out`. Returns the exit code. Throws UserError.
int count_table_3(const Table3Options& options);

}  // namespace intertwiner
