// Line charts as SVG inside an HTML page. Colours are the page's (html.cpp), so they follow its light or dark style.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intertwiner {

struct ChartSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x rising
};

struct Chart {
  std::string title, note;  ///< the note is in small letters; may be empty
  std::string x_label;
  std::vector<ChartSeries> series;   ///< without a legend if there is one
  std::optional<double> max = {};    ///< of the y axis, which begins at 0; without it the largest value decides
  std::optional<double> max_x = {};  ///< of the x axis; without it the largest x
};

/// A series of more points is thinned: each point drawn is the mean of some neighbours.
constexpr size_t kMaxPoints = 300;

/// A <figure>.
std::string chart_figure(const Chart& chart);

}  // namespace intertwiner
