// Plots of points and lines as an SVG file, with panels side by side.
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
  std::function<double(double)> fit;  ///< drawn from the first to the last point's x; empty: the points are joined
};

struct PlotPanel {
  std::string title, x_label, y_label;  ///< labels with units
  bool logarithmic = false;             ///< both axes are logarithmic; otherwise both begin at 0
  std::vector<PlotSeries> series;
  double names_width = 0;  ///< px right of the axes for the names; 0: names are above the last points
};

/// Writes the panels to `path`. Throws UserError if the file cannot be written.
void write_plot(const std::filesystem::path& path, const std::vector<PlotPanel>& panels);

}  // namespace intertwiner
