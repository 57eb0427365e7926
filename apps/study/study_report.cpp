#include "apps/study/study_report.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "apps/figures/line_plot.h"
#include "apps/terminal/csv.h"
#include "apps/terminal/markdown.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

using Results = std::map<uint64_t, StudyResult>;
using Metric = double StudyEvaluation::*;

constexpr Metric kMetrics[] = {&StudyEvaluation::ap, &StudyEvaluation::ap50, &StudyEvaluation::ap_small};

struct Spread {
  size_t count = 0;
  double mean = 0, deviation = 0;
};

Spread spread_of(const std::vector<double>& values) {
  Spread spread{values.size()};
  for (const double value : values) spread.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  if (values.size() > 1) spread.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return spread;
}

bool is_measured(const StudyResult& result) { return result.failed.empty() && !result.evaluations.empty(); }

/// A metric in percent after the last evaluation of each run. Failed runs, and runs without such objects, are left out.
std::vector<double> values_of(const Results& results, Metric metric) {
  std::vector<double> values;
  for (const auto& [seed, result] : results) {
    if (!is_measured(result)) continue;
    const double value = result.evaluations.back().*metric;
    if (value >= 0) values.push_back(100 * value);
  }
  return values;
}

std::string spread_text(const Spread& spread) {
  if (spread.count == 0) return "–";
  return format("%.1f", spread.mean) + (spread.count > 1 ? format(" ± %.1f", spread.deviation) : "");
}

std::string seeds_text(const Results& results) {
  std::string text;
  for (const auto& [seed, result] : results) {
    const double ap = is_measured(result) ? result.evaluations.back().ap : -1;
    text += (text.empty() ? "" : " ") + (!is_measured(result) ? "fail" : ap < 0 ? "–" : format("%.1f", 100 * ap));
  }
  return text.empty() ? "–" : text;
}

std::string or_dash(const std::string& text) { return text.empty() ? "–" : text; }

/// The mean AP over seeds after each evaluation, for epochs after which all runs were evaluated.
std::vector<PlotPoint> curve_of(const Results& results) {
  std::map<double, std::vector<double>> values;  // by epoch
  size_t runs = 0;
  for (const auto& [seed, result] : results) {
    if (!is_measured(result)) continue;
    ++runs;
    for (const StudyEvaluation& e : result.evaluations) values[e.epoch].push_back(100 * std::max(0.0, e.ap));
  }
  std::vector<PlotPoint> curve;
  for (const auto& [epoch, of_epoch] : values)
    if (of_epoch.size() == runs) curve.push_back({epoch, spread_of(of_epoch).mean});
  return curve;
}

}  // namespace

std::string study_markdown(const StudyTable& table, const RowResults& results, const std::string& budget) {
  const bool is_in_paper = !table.paper.empty();
  std::vector<std::vector<std::string>> lines = {
      {"row", is_in_paper ? "in the paper" : "what", "n", "AP", "AP50", "AP small", "AP of each seed"}};
  if (is_in_paper) lines[0].insert(lines[0].end(), {"paper: " + table.paper_metric, "paper: AP small"});
  for (const TableLine& line : table.lines) {
    const auto row = results.find(line.row);
    if (row == results.end()) continue;
    std::vector<std::string> cells = {line.row, line.label,
                                      std::to_string(values_of(row->second, &StudyEvaluation::ap).size())};
    for (const Metric metric : kMetrics) cells.push_back(spread_text(spread_of(values_of(row->second, metric))));
    cells.push_back(seeds_text(row->second));
    if (is_in_paper) cells.insert(cells.end(), {or_dash(line.paper_ap), or_dash(line.paper_ap_small)});
    lines.push_back(std::move(cells));
  }
  return "## Table " + table.name + ": " + table.title + "\n\n" + budget + "\n\n" + markdown_table(lines, 2) +
         "\nPercent; mean ± deviation over n seeds." + (is_in_paper ? " The paper: " + table.paper + "." : "") + "\n";
}

std::string study_csv(const StudyTable& table, const RowResults& results) {
  std::set<uint64_t> seeds;
  for (const auto& [row, of_row] : results)
    for (const auto& [seed, result] : of_row) seeds.insert(seed);
  std::string csv =
      "row,label,n,AP,AP deviation,AP50,AP50 deviation,AP small,AP small deviation,paper AP,paper AP small";
  for (const uint64_t seed : seeds) csv += ",AP seed " + std::to_string(seed);
  csv += "\n";
  for (const TableLine& line : table.lines) {
    const auto row = results.find(line.row);
    if (row == results.end()) continue;
    csv += line.row + "," + csv_field(line.label) + "," +
           std::to_string(values_of(row->second, &StudyEvaluation::ap).size());
    for (const Metric metric : kMetrics) {
      const Spread spread = spread_of(values_of(row->second, metric));
      csv += spread.count > 0 ? format(",%.6g", spread.mean) : std::string(",");
      csv += spread.count > 1 ? format(",%.6g", spread.deviation) : std::string(",");
    }
    csv += "," + line.paper_ap + "," + line.paper_ap_small;
    for (const uint64_t seed : seeds) {
      const auto result = row->second.find(seed);
      csv += ",";
      if (result == row->second.end()) continue;
      if (!is_measured(result->second))
        csv += "fail";
      else if (result->second.evaluations.back().ap >= 0)
        csv += format("%.6g", 100 * result->second.evaluations.back().ap);
    }
    csv += "\n";
  }
  return csv;
}

void write_study_plot(const std::filesystem::path& path, const StudyTable& table, const RowResults& results) {
  constexpr double kNamesWidth = 150;  // px
  PlotPanel panel{
      "Table " + table.name + ": AP over training, mean over seeds", "epochs", "AP, %", false, {}, kNamesWidth};
  std::set<std::string> drawn;
  for (const TableLine& line : table.lines) {
    const auto row = results.find(line.row);
    if (row == results.end() || !drawn.insert(line.row).second) continue;
    const std::vector<PlotPoint> curve = curve_of(row->second);
    const double ap = spread_of(values_of(row->second, &StudyEvaluation::ap)).mean;
    if (!curve.empty()) panel.series.push_back({line.row + format(", %.1f", ap), curve, {}});
  }
  if (!panel.series.empty()) write_plot(path, {panel});
}

}  // namespace intertwiner
