// A plot of points and lines, as an SVG picture of panels side by side.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace intertwiner {

struct PlotPoint {
  double x, y;
};

struct PlotSeries {
  std::string name;
  std::vector<PlotPoint> points;
  std::function<double(double)> fit;  ///< a line from the first point's x to the last's; none: the points are joined
};

struct PlotPanel {
  std::string title, x_label, y_label;  ///< labels with units
  bool logarithmic = false;             ///< both axes; else both begin at 0
  std::vector<PlotSeries> series;
  double names_width = 0;  ///< px to the right of the axes for the series' names; 0: they stand above their last points
};

/// Throws UserError where the file cannot be written.
void write_plot(const std::filesystem::path& path, const std::vector<PlotPanel>& panels);

}  // namespace intertwiner
