#include "tests/bench/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/files/atomic_file.h"
#include "engine/files/json.h"
#include "engine/text.h"

namespace intertwiner::bench {
namespace {

std::string text_of(const Cell& cell) { return cell.is_number ? number_text(cell.number) : cell.text; }

Json json_of(const Cell& cell) {
  if (cell.is_number) return cell.number;
  if (cell.text.empty()) return {};
  return cell.text;
}

/// Aligns the first column left and all others right.
void print_row(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string gap(widths[i] - display_width(cells[i]), ' ');
    line += (i == 0 ? "" : "   ") + (i == 0 ? cells[i] + gap : gap + cells[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  std::printf("%s\n", line.c_str());
}

void print(const Table& table) {
  std::vector<std::vector<std::string>> lines = {table.columns};
  for (const Row& row : table.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const Cell& cell : row) line.push_back(text_of(cell));
  }
  std::vector<size_t> widths(table.columns.size(), 0);
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  std::printf("\n== %s\n", table.name.c_str());
  for (const auto& line : lines) print_row(line, widths);
  for (const std::string& note : table.notes) std::printf("%s\n", note.c_str());
  std::fflush(stdout);
}

}  // namespace

Report::Report(std::vector<std::pair<std::string, Cell>> machine) : machine_(std::move(machine)) {
  for (const auto& [name, value] : machine_) std::printf("%s: %s\n", name.c_str(), text_of(value).c_str());
}

void Report::add(Table table) {
  print(table);
  tables_.push_back(std::move(table));
}

void Report::write_json(const std::filesystem::path& path) const {
  Json json;
  for (const auto& [name, value] : machine_) json["machine"][name] = json_of(value);
  for (const Table& table : tables_) {
    auto& part = json[table.name];
    part["rows"] = Json::array();
    for (const Row& row : table.rows) {
      Json object;
      for (size_t i = 0; i < row.size(); ++i) object[table.columns[i]] = json_of(row[i]);
      part["rows"].push_back(object);
    }
    part["notes"] = table.notes;
  }
  AtomicFile file(path);
  file.write(json.dump(1) + "\n");
  file.commit();
}

std::string number_text(double value) {
  const double size = std::abs(value);
  const int digits = size >= 1000 || value == std::round(value) ? 0
                     : size >= 100                              ? 1
                     : size >= 10                               ? 2
                     : size >= 0.1                              ? 3
                                                                : 4;
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace intertwiner::bench
