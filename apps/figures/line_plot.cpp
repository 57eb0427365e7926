#include "apps/figures/line_plot.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/files/atomic_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr double kPanelWidth = 440, kPanelHeight = 340;
constexpr double kLeft = 62, kRight = 18, kTop = 44, kBottom = 54;  // px around a panel's axes
constexpr double kNameHeight = 15;                                  // px from one name to the next, right of the axes
const char* const kColours[] = {"#1f6feb", "#d1570b", "#2da44e", "#8250df", "#cf222e",
                                "#0d7d87", "#9a6700", "#bf3989", "#57606a"};

struct Range {
  double from, to;
};

/// One axis: maps numbers to px and chooses the ticks.
class Axis {
 public:
  Axis(Range values, Range pixels, bool logarithmic) : logarithmic_(logarithmic), pixels_(pixels) {
    min_ = logarithmic ? values.from / 1.25 : 0;
    max_ = logarithmic ? values.to * 1.25 : values.to > 0 ? values.to * 1.08 : 1;
  }

  double pixel(double value) const {
    const double fraction = logarithmic_ ? std::log(value / min_) / std::log(max_ / min_) : value / max_;
    return pixels_.from + fraction * (pixels_.to - pixels_.from);
  }

  /// 1, 2, 5, 10, … on a logarithmic axis; four to nine equal steps on a linear axis.
  std::vector<double> ticks() const {
    std::vector<double> values;
    if (logarithmic_) {
      for (double decade = std::pow(10, std::floor(std::log10(min_))); decade <= max_; decade *= 10)
        for (const double factor : {1, 2, 5}) values.push_back(decade * factor);
    } else {
      double step = std::pow(10, std::floor(std::log10(max_)));
      for (const double divisor : {2.0, 2.5, 2.0})
        if (max_ / step < 4) step /= divisor;
      for (double value = 0; value <= max_; value += step) values.push_back(value);
    }
    std::erase_if(values, [&](double value) { return value < min_ || value > max_; });
    return values;
  }

 private:
  bool logarithmic_;
  Range pixels_;
  double min_, max_;
};

std::string line(PlotPoint from, PlotPoint to, const char* style) {
  return format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", from.x, from.y, to.x, to.y, style);
}

std::string text(PlotPoint at, const char* anchor, const std::string& words, const char* style = "") {
  return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>", at.x, at.y, anchor, style) + words + "</text>\n";
}

/// Colour and dashes of the i-th series. When the colours repeat, lines are dashed.
struct Style {
  explicit Style(size_t i)
      : colour(kColours[i % std::size(kColours)]), dashes(i < std::size(kColours) ? "none" : "5 3") {}
  const char *colour, *dashes;
};

/// The points of a series and its line.
std::string lines_svg(const PlotSeries& series, const Style& style, const Axis& x, const Axis& y) {
  const PlotPoint first = series.points.front(), last = series.points.back();
  std::string svg;
  if (series.fit) {
    svg += line({x.pixel(first.x), y.pixel(series.fit(first.x))}, {x.pixel(last.x), y.pixel(series.fit(last.x))},
                format("stroke=\"%s\" stroke-width=\"1.5\" stroke-opacity=\"0.6\"", style.colour).c_str());
  } else {
    svg += format("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.75\" stroke-dasharray=\"%s\" points=\"",
                  style.colour, style.dashes);
    for (const PlotPoint& p : series.points) svg += format("%.1f,%.1f ", x.pixel(p.x), y.pixel(p.y));
    svg += "\"/>\n";
  }
  for (const PlotPoint& p : series.points)
    svg += format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\" fill=\"%s\"/>\n", x.pixel(p.x), y.pixel(p.y),
                  series.fit ? 4.0 : 2.5, style.colour);
  return svg;
}

/// The y in px of each name right of the axes: near its last point, without overlap. Empty if names are above the
/// points.
std::vector<double> spread_names(const PlotPanel& panel, const Axis& y) {
  if (panel.names_width == 0) return {};
  std::vector<double> y_px;
  for (const PlotSeries& series : panel.series) y_px.push_back(y.pixel(series.points.back().y));
  std::vector<size_t> order(y_px.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return y_px[a] < y_px[b]; });
  // First every name moves down until it is below the one before. Then names that are too low move up.
  for (size_t i = 1; i < order.size(); ++i) y_px[order[i]] = std::max(y_px[order[i]], y_px[order[i - 1]] + kNameHeight);
  double lowest = kPanelHeight - kBottom;
  for (size_t i = order.size(); i-- > 0; lowest = y_px[order[i]] - kNameHeight)
    y_px[order[i]] = std::min(y_px[order[i]], lowest);
  return y_px;
}

std::string panel_svg(const PlotPanel& panel, double x0) {
  double min_x = 1e300, max_x = 0, min_y = 1e300, max_y = 0;
  for (const PlotSeries& series : panel.series)
    for (const PlotPoint& p : series.points) {
      min_x = std::min(min_x, p.x);
      max_x = std::max(max_x, p.x);
      min_y = std::min(min_y, p.y);
      max_y = std::max(max_y, p.y);
    }
  const double left = x0 + kLeft, right = x0 + kPanelWidth - kRight, top = kTop, bottom = kPanelHeight - kBottom;
  const Axis x({min_x, max_x}, {left, right}, panel.logarithmic), y({min_y, max_y}, {bottom, top}, panel.logarithmic);
  std::string svg = text({left, 20}, "start", panel.title, "font-weight=\"bold\"");
  for (const double value : x.ticks()) {
    svg += line({x.pixel(value), top}, {x.pixel(value), bottom}, "stroke=\"#e5e7eb\"");
    svg += text({x.pixel(value), bottom + 17}, "middle", format("%g", value));
  }
  for (const double value : y.ticks()) {
    svg += line({left, y.pixel(value)}, {right, y.pixel(value)}, "stroke=\"#e5e7eb\"");
    svg += text({left - 7, y.pixel(value) + 4}, "end", format("%g", value));
  }
  svg += line({left, bottom}, {right, bottom}, "stroke=\"#6b7280\"") +
         line({left, top}, {left, bottom}, "stroke=\"#6b7280\"");
  svg += text({(left + right) / 2, bottom + 40}, "middle", panel.x_label);
  svg += text({left, top - 9}, "start", panel.y_label, "fill=\"#6b7280\"");
  const std::vector<double> beside = spread_names(panel, y);
  for (size_t i = 0; i < panel.series.size(); ++i) {
    const PlotSeries& series = panel.series[i];
    const Style style(i);
    svg += lines_svg(series, style, x, y);
    const PlotPoint last = series.points.back();
    const std::string fill = format("fill=\"%s\"", style.colour);
    if (beside.empty())
      svg += text({x.pixel(last.x), y.pixel(last.y) - 11}, "end", series.name, fill.c_str());
    else
      svg += text({right + 22, beside[i] + 4}, "start", series.name, fill.c_str()) +
             line({x.pixel(last.x) + 4, y.pixel(last.y)}, {right + 19, beside[i]},
                  format("stroke=\"%s\" stroke-width=\"0.75\"", style.colour).c_str());
  }
  return svg;
}

}  // namespace

void write_plot(const std::filesystem::path& path, const std::vector<PlotPanel>& panels) {
  double width = 0;
  for (const PlotPanel& panel : panels) width += kPanelWidth + panel.names_width;
  std::string svg = format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
      "font-family=\"sans-serif\" font-size=\"12\" fill=\"#1f2328\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      width, kPanelHeight, width, kPanelHeight);
  double x0 = 0;
  for (const PlotPanel& panel : panels) {
    svg += panel_svg(panel, x0);
    x0 += kPanelWidth + panel.names_width;
  }
  write_atomically(path, svg + "</svg>\n");
}

}  // namespace intertwiner
