#include "apps/report/chart.h"

#include <algorithm>
#include <cmath>

#include "apps/report/html.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr double kWidth = 520, kHeight = 270, kLeft = 52, kRight = 14, kTop = 10, kBottom = 40;
constexpr size_t kColours = 8;

/// An axis from 0 to `max`, drawn from one pixel to another.
struct Axis {
  double max, from, to;

  double pixel(double value) const { return from + std::clamp(value / max, 0.0, 1.0) * (to - from); }

  /// Three to nine equal steps of 1, 2 or 5 times a power of ten.
  std::vector<double> ticks() const {
    double step = std::pow(10, std::floor(std::log10(max)));
    for (const double divisor : {2.0, 2.5, 2.0})
      if (max / step < 3) step /= divisor;
    std::vector<double> values;
    for (int i = 0; i * step <= max * (1 + 1e-9); ++i) values.push_back(i * step);
    return values;
  }
};

std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points) {
  const size_t group = (points.size() + kMaxPoints - 1) / kMaxPoints;
  if (group <= 1) return points;
  std::vector<std::pair<double, double>> result;
  for (size_t begin = 0; begin < points.size(); begin += group) {
    const size_t end = std::min(begin + group, points.size());
    double x = 0, y = 0;
    for (size_t i = begin; i < end; ++i) {
      x += points[i].first;
      y += points[i].second;
    }
    result.emplace_back(x / static_cast<double>(end - begin), y / static_cast<double>(end - begin));
  }
  return result;
}

std::string colour(size_t index) { return format("var(--c%d)", static_cast<int>(index % kColours)); }

std::string axes(const Axis& x, const Axis& y, const std::string& x_label) {
  std::string text;
  for (const double value : y.ticks()) {
    const double at = y.pixel(value);
    text += format("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", value == 0 ? "axis" : "grid",
                   x.from, at, x.to, at);
    text += format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", x.from - 6, at + 4, value);
  }
  for (const double value : x.ticks())
    text +=
        format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g</text>\n", x.pixel(value), y.from + 17, value);
  return text + format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", (x.from + x.to) / 2,
                       kHeight - 6, html_text(x_label).c_str());
}

std::string line(const ChartSeries& series, size_t index, const Axis& x, const Axis& y) {
  const std::vector<std::pair<double, double>> points = thinned(series.points);
  const std::string stroke = colour(index);
  if (points.size() == 1)
    return format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", x.pixel(points[0].first),
                  y.pixel(points[0].second), stroke.c_str());
  std::string text = "<polyline class=\"plot\" stroke=\"" + stroke + "\" points=\"";
  for (const auto& [px, py] : points) text += format("%.1f,%.1f ", x.pixel(px), y.pixel(py));
  return text + "\"/>\n";
}

}  // namespace

std::string chart_figure(const Chart& chart) {
  double max_x = 0, max_y = 0;
  for (const ChartSeries& series : chart.series)
    for (const auto& [px, py] : thinned(series.points)) {
      max_x = std::max(max_x, px);
      max_y = std::max(max_y, py);
    }
  const Axis x{chart.max_x.value_or(max_x > 0 ? max_x : 1), kLeft, kWidth - kRight};
  const Axis y{chart.max.value_or(max_y > 0 ? max_y * 1.05 : 1), kHeight - kBottom, kTop};
  std::string text = "<figure><figcaption>" + html_text(chart.title);
  if (!chart.note.empty()) text += "<small>" + html_text(chart.note) + "</small>";
  text += format("</figcaption>\n<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"%s\">\n", kWidth, kHeight,
                 html_text(chart.title).c_str());
  text += axes(x, y, chart.x_label);
  for (size_t i = 0; i < chart.series.size(); ++i)
    if (!chart.series[i].points.empty()) text += line(chart.series[i], i, x, y);
  text += "</svg>\n";
  if (chart.series.size() > 1) {
    text += "<div class=\"legend\">";
    for (size_t i = 0; i < chart.series.size(); ++i)
      text += "<span><i style=\"background:" + colour(i) + "\"></i>" + html_text(chart.series[i].name) + "</span>";
    text += "</div>\n";
  }
  return text + "</figure>\n";
}

}  // namespace intertwiner
