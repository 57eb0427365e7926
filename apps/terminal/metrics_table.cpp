#include "apps/terminal/metrics_table.h"

#include <algorithm>
#include <vector>

#include "apps/terminal/terminal.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

using Row = std::vector<std::string>;

constexpr size_t kRowsBeforeColumns = 12;

std::string number(double value) { return value < 0 ? "-" : format("%.3f", value); }

/// One line for each row. The first column is aligned to the left, the others to the right. All rows have the same
/// number of cells.
std::vector<std::string> align(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - display_width(row[c]), ' ');
      line += c == 0 ? row[c] + padding : "  " + padding + row[c];
    }
    lines.push_back(line);
  }
  return lines;
}

/// Arranges lines in columns side by side, each under the first line as its header. A column has at least
/// kRowsBeforeColumns lines, if there are so many, and all columns fit on the screen.
std::string in_columns(const std::vector<std::string>& lines, size_t screen_columns) {
  const std::string gap = "    ";
  const size_t entries = lines.size() - 1, width = display_width(lines.front()) + gap.size();
  const size_t columns = std::clamp((entries + kRowsBeforeColumns - 1) / kRowsBeforeColumns, size_t{1},
                                    std::max(size_t{1}, (screen_columns + gap.size()) / width));
  const size_t height = (entries + columns - 1) / columns;
  std::string text;
  for (size_t row = 0; row <= height; ++row) {
    for (size_t column = 0; column == 0 || column * height < entries; ++column) {
      const size_t entry = column * height + row;
      if (row > 0 && entry > entries) continue;
      text += (column == 0 ? "" : gap) + (row == 0 ? lines.front() : lines[entry]);
    }
    text += '\n';
  }
  return text;
}

std::string area_name(const AreaMetrics& metrics) {
  const std::string& name = metrics.area.name;
  if (name == "small") return "small (up to 32 px)";
  if (name == "medium") return "medium (32 to 96 px)";
  if (name == "large") return "large (from 96 px)";
  return name;
}

}  // namespace

std::string format_table(const CocoMetrics& metrics, size_t screen_columns) {
  std::vector<Row> rows = {{"objects by size", "AP", "AP50", "AP75", "AR 1", "AR 10", "AR 100", "objects"}};
  for (const AreaMetrics& area : metrics.areas) {
    rows.push_back({area_name(area), number(area.ap), number(area.ap50), number(area.ap75), number(area.ar_1),
                    number(area.ar_10), number(area.ar_100), std::to_string(area.objects)});
  }
  std::string text;
  for (const std::string& line : align(rows)) text += line + '\n';
  rows = {{"class", "AP", "AP50", "objects"}};
  for (const ClassMetrics& entry : metrics.classes) {
    rows.push_back({entry.name, number(entry.ap), number(entry.ap50), std::to_string(entry.objects)});
  }
  return text + '\n' + in_columns(align(rows), screen_columns);
}

std::string format_table(const VocMetrics& metrics, size_t screen_columns) {
  int64_t objects = 0;
  for (const VocClassMetrics& entry : metrics.classes) objects += entry.objects;
  std::vector<Row> rows = {{"VOC at IoU 0.5", "all points", "11 points", "objects"}};
  rows.push_back(
      {"mean of classes", number(metrics.ap_all_points), number(metrics.ap_11_points), std::to_string(objects)});
  for (const VocClassMetrics& entry : metrics.classes) {
    rows.push_back(
        {entry.name, number(entry.ap_all_points), number(entry.ap_11_points), std::to_string(entry.objects)});
  }
  return in_columns(align(rows), screen_columns);
}

std::string evaluation_lines(const std::string& start, const CocoMetrics& metrics) {
  const std::vector<std::string> all = {"AP " + number(metrics.ap) + ",",
                                        "AP50 " + number(metrics.ap50) + ",",
                                        "AP75 " + number(metrics.ap75) + ",",
                                        "small " + number(metrics.ap_small) + ",",
                                        "medium " + number(metrics.ap_medium) + ",",
                                        "large " + number(metrics.ap_large)};
  std::vector<std::string> classes;
  for (const ClassMetrics& metrics_of_class : metrics.classes) {
    if (!classes.empty()) classes.back() += ",";
    classes.push_back(metrics_of_class.name + " " + number(metrics_of_class.ap));
  }
  return wrapped(start, all, 4) + "\n" + wrapped("  AP of each class: ", classes, 4);
}

}  // namespace intertwiner
