// A plot of points and the lines fitted to them, as an SVG picture of panels side by side.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace intertwiner::bench {

struct Point {
  double x, y;
};

struct Series {
  std::string name;
  std::vector<Point> points;
  std::function<double(double)> fit;  ///< drawn as a line from the first point's x to the last's
};

struct Panel {
  std::string title, x_label, y_label;  ///< labels with units
  bool logarithmic = false;             ///< both axes; else both begin at 0
  std::vector<Series> series;
};

/// Throws UserError where the file cannot be written.
void write_svg(const std::filesystem::path& path, const std::vector<Panel>& panels);

}  // namespace intertwiner::bench
