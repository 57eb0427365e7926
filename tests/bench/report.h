// The results as tables on the terminal and as JSON.
//
// Each table is printed as soon as it is complete, so that a long run shows its progress:
//
//   Report report({{"threads", 2.0}});
//   report.add({"detect", {"what", "value"}, {{"time, s", 0.4}}, {"one image"}});
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace intertwiner::bench {

/// Text, a number, or nothing.
struct Cell {
  Cell() = default;
  Cell(double value) : number(value), is_number(true) {}
  Cell(std::string words) : text(std::move(words)) {}
  Cell(const char* words) : text(words) {}

  std::string text;
  double number = 0;
  bool is_number = false;
};
using Row = std::vector<Cell>;

struct Table {
  std::string name;                  ///< key in the JSON file
  std::vector<std::string> columns;  ///< with units: "time, s"
  std::vector<Row> rows;             ///< one cell per column
  std::vector<std::string> notes;    ///< sentences below the table
};

class Report {
 public:
  /// Prints `machine`, the conditions of the measurement, first.
  explicit Report(std::vector<std::pair<std::string, Cell>> machine);
  void add(Table table);
  /// Writes {"machine": {…}, NAME: {"rows": [{column: value, …}, …], "notes": […]}, …}. Throws UserError if the file
  /// cannot be written.
  void write_json(const std::filesystem::path& path) const;

 private:
  std::vector<std::pair<std::string, Cell>> machine_;
  std::vector<Table> tables_;
};

/// The number with about four digits: "1234", "12.34", "0.0123"; integers without decimals.
std::string number_text(double value);

}  // namespace intertwiner::bench
