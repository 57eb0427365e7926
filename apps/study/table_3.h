// Table 3: counts the regions of a trained model by level (region_counts.h), and writes and prints the table.
#pragma once
#include <filesystem>
#include <string>

#include "data/data_choice.h"
#include "detector/model/placement.h"

namespace intertwiner {

struct Table3Options {
  std::string model;  ///< a checkpoint
  DataChoice data;
  std::filesystem::path out;  ///< gets table-3.md and table-3.csv
  Placement where;
};

void count_table_3(const Table3Options& options);

}  // namespace intertwiner
