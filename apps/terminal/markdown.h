// A table in Markdown, padded so that it reads as well on a screen.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace intertwiner {

/// `lines` have a cell for each column, the first line the columns' names. The first `left_columns` stand to the left,
/// what follows, figures, to the right.
std::string markdown_table(const std::vector<std::vector<std::string>>& lines, size_t left_columns = 1);

}  // namespace intertwiner
