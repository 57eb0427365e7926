#include "apps/terminal/markdown.h"

#include <algorithm>

#include "engine/text.h"

namespace intertwiner {

std::string markdown_table(const std::vector<std::vector<std::string>>& lines, size_t left_columns) {
  std::vector<size_t> widths(lines.front().size(), 2);
  for (const auto& cells : lines)
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], display_width(cells[i]));
  std::string text;
  for (const auto& cells : lines) {
    text += "|";
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string gap(widths[i] - display_width(cells[i]), ' ');
      text += " " + (i < left_columns ? cells[i] + gap : gap + cells[i]) + " |";
    }
    text += "\n";
    if (&cells != &lines.front()) continue;
    text += "|";
    for (size_t i = 0; i < widths.size(); ++i) {
      const std::string dashes(widths[i] - 1, '-');
      text += " " + (i < left_columns ? ":" + dashes : dashes + ":") + " |";
    }
    text += "\n";
  }
  return text;
}

}  // namespace intertwiner
