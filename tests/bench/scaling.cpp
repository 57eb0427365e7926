// Measures how time grows with an image's pixels and with the number of regions, in training and in detection of one
// image. Time should grow at most in proportion to the pixels (slope 1 on logarithmic axes), and linearly with the
// regions.
#include <cmath>

#include "apps/figures/line_plot.h"
#include "tests/bench/benchmarks.h"
#include "tests/bench/timing.h"
#include "tests/bench/workload.h"

namespace intertwiner::bench {
namespace {

struct Line {
  double intercept, slope;
  double operator()(double x) const { return intercept + slope * x; }
};

Line least_squares(const std::vector<PlotPoint>& points) {
  const auto n = static_cast<double>(points.size());
  double x = 0, y = 0, xx = 0, xy = 0;
  for (const PlotPoint& p : points) {
    x += p.x / n;
    y += p.y / n;
  }
  for (const PlotPoint& p : points) {
    xx += (p.x - x) * (p.x - x);
    xy += (p.x - x) * (p.y - y);
  }
  return {y - xy / xx * x, xy / xx};
}

struct Times {
  double step, detection;
};

Times measure_once(const BenchOptions& options) {
  const Settings settings = settings_of(options);
  return {median_seconds(options.repeats, training_step(settings, 1)),
          median_seconds(options.repeats, detection(settings))};
}

constexpr const char* kNames[] = {"training step", "detection"};

/// The two series of a panel, with the times at each x.
std::vector<PlotSeries> two_series(const std::vector<double>& x, const std::vector<Times>& times) {
  std::vector<PlotSeries> series = {{kNames[0], {}, {}}, {kNames[1], {}, {}}};
  for (size_t i = 0; i < x.size(); ++i) {
    series[0].points.push_back({x[i], times[i].step});
    series[1].points.push_back({x[i], times[i].detection});
  }
  return series;
}

PlotPanel measure_pixels(BenchOptions options, Report& report) {
  const std::vector<int64_t> sides =
      options.quick ? std::vector<int64_t>{64, 128} : std::vector<int64_t>{256, 384, 512, 768, 1024};
  std::vector<double> pixels;
  std::vector<Times> times;
  Table table{"pixels", {"side, px", "training step, s", "detection, s"}, {}, {}};
  for (const int64_t side : sides) {
    options.image_size = side;
    times.push_back(measure_once(options));
    pixels.push_back(1e-6 * static_cast<double>(side * side));
    table.rows.push_back({static_cast<double>(side), times.back().step, times.back().detection});
  }
  PlotPanel panel{"Time against pixels", "pixels of the image, millions", "seconds", true, two_series(pixels, times)};
  for (PlotSeries& series : panel.series) {
    std::vector<PlotPoint> logarithms;
    for (const PlotPoint& p : series.points) logarithms.push_back({std::log(p.x), std::log(p.y)});
    const Line line = least_squares(logarithms);
    series.fit = [line](double x) { return std::exp(line(std::log(x))); };
    table.notes.push_back(series.name + ": slope " + number_text(line.slope) + " on logarithmic axes");
    series.name += ", slope " + number_text(line.slope);
  }
  report.add(std::move(table));
  return panel;
}

PlotPanel measure_regions(BenchOptions options, Report& report) {
  const std::vector<int64_t> counts =
      options.quick ? std::vector<int64_t>{16, 32, 64} : std::vector<int64_t>{50, 100, 200, 400, 800};
  std::vector<double> regions;
  std::vector<Times> times;
  for (const int64_t count : counts) {
    options.regions = count;
    times.push_back(measure_once(options));
    regions.push_back(static_cast<double>(count));
  }
  PlotPanel panel{"Time against regions", "regions of the image", "seconds", false, two_series(regions, times)};
  Table table{"regions",
              {"regions", "training step, s", "step from its line, %", "detection, s", "detection from its line, %"},
              {},
              {}};
  for (PlotSeries& series : panel.series) series.fit = least_squares(series.points);
  for (size_t i = 0; i < regions.size(); ++i) {
    Row& row = table.rows.emplace_back(Row{regions[i]});
    for (const PlotSeries& series : panel.series) {
      const PlotPoint& p = series.points[i];
      row.push_back(p.y);
      row.push_back(100 * (p.y / series.fit(p.x) - 1));
    }
  }
  report.add(std::move(table));
  return panel;
}

}  // namespace

void measure_scaling(const BenchOptions& options, Report& report) {
  const PlotPanel pixels = measure_pixels(options, report), regions = measure_regions(options, report);
  if (!options.svg.empty()) write_plot(options.svg, {pixels, regions});
}

}  // namespace intertwiner::bench
