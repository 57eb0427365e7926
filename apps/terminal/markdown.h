// A table in Markdown, padded so that its columns are aligned on a screen.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace intertwiner {

/// Each line has one cell for each column. The first line has the names of the columns. The first `left_columns`
/// columns are aligned to the left, the others to the right.
std::string markdown_table(const std::vector<std::vector<std::string>>& lines, size_t left_columns = 1);

}  // namespace intertwiner
