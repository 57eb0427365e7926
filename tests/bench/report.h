// What was measured, as tables for the reader and as JSON for programs.
//
// A table is printed as soon as it is complete, so that a long run shows how far it is:
//
//   Report report({{"threads", 2.0}});
//   report.add({"detect", {"what", "value"}, {{"time, s", 0.4}}, {"one image"}});
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace intertwiner::bench {

/// Text, a number, or nothing to say.
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
  std::vector<Row> rows;             ///< a cell for each column
  std::vector<std::string> notes;    ///< sentences below the table
};

class Report {
 public:
  /// `machine`: what the figures depend on, printed first.
  explicit Report(std::vector<std::pair<std::string, Cell>> machine);
  void add(Table table);
  /// {"machine": {…}, NAME: {"rows": [{column: value, …}, …], "notes": […]}, …}. Throws UserError where it cannot be
  /// written.
  void write_json(const std::filesystem::path& path) const;

 private:
  std::vector<std::pair<std::string, Cell>> machine_;
  std::vector<Table> tables_;
};

/// About four digits: "1234", "12.34", "0.0123"; whole numbers as such.
std::string number_text(double value);

}  // namespace intertwiner::bench
