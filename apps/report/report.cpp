#include "apps/report/report.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "apps/report/chart.h"
#include "apps/report/html.h"
#include "apps/report/marked_image.h"
#include "data/summary.h"
#include "detector/evaluation/coco_metrics.h"
#include "detector/evaluation/error_analysis.h"
#include "detector/settings/settings_toml.h"
#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxCurves = 8;          // classes in a chart
constexpr size_t kMaxMatrixClasses = 20;  // above, only the most frequent confusions are listed
constexpr size_t kMaxConfusions = 10;
constexpr size_t kWorstImages = 6, kBestImages = 3;

std::string number(double value) { return value < 0 ? "–" : format("%.3f", value); }
std::string percent(double share) { return format("%.0f%%", 100 * share); }

std::string tile(const std::string& value, const std::string& name) {
  return "<div class=\"tile\"><b>" + html_text(value) + "</b><span>" + html_text(name) + "</span></div>\n";
}

std::string duration(double seconds) {
  const auto minutes = std::llround(seconds / 60);
  return minutes < 60 ? format("%lld min", minutes) : format("%lld h %02lld min", minutes / 60, minutes % 60);
}

std::string head(const ReportInput& input, const CocoMetrics* metrics) {
  std::string text = "<h1>" + html_text(input.name) + "</h1>\n<p>" +
                     html_text(name_of(input.settings.model.backbone) + ", " +
                               (input.settings.model.intertwiner ? "InterNet" : "Faster R-CNN") + ", " +
                               std::to_string(input.train->size()) + " training images" +
                               (input.val ? ", " + std::to_string(input.val->size()) + " validation images" : "")) +
                     "</p>\n<div class=\"tiles\">\n";
  if (metrics) {
    text += tile(number(metrics->ap), "AP, mean over IoU 0.5 to 0.95") + tile(number(metrics->ap50), "AP at IoU 0.5") +
            tile(number(metrics->ap75), "AP at IoU 0.75") +
            tile(std::to_string(input.state.best_step), "best model's step");
  }
  const double seconds = std::max(input.log.steps.empty() ? 0 : input.log.steps.back().seconds,
                                  input.log.evaluations.empty() ? 0 : input.log.evaluations.back().seconds);
  return text + tile(std::to_string(input.state.step), "steps") + tile(duration(seconds), "training and evaluation") +
         "</div>\n";
}

/// A series of the steps: x in epochs, y by `value`.
template <class Value>
ChartSeries step_series(const LoggedRun& log, const std::string& name, const Value& value) {
  ChartSeries series{name, {}};
  for (const LoggedStep& step : log.steps) series.points.emplace_back(step.epoch, value(step));
  return series;
}

std::string training_section(const LoggedRun& log) {
  if (log.steps.empty()) return "";
  std::string charts = "<div class=\"charts\">\n";
  charts += chart_figure({.title = "Loss",
                          .note = "the sum that is minimised",
                          .x_label = "epoch",
                          .series = {step_series(log, "loss", [](const LoggedStep& s) { return s.loss; })}});
  Chart terms{.title = "Terms of the loss", .note = "without their weights", .x_label = "epoch", .series = {}};
  for (const auto& [name, first] : log.steps.front().losses)
    terms.series.push_back(step_series(
        log, name, [&, key = name](const LoggedStep& s) { return std::max(0.0, number_of(s.losses, key)); }));
  charts += chart_figure(terms);
  charts += chart_figure({.title = "Learning rate",
                          .note = "",
                          .x_label = "epoch",
                          .series = {step_series(log, "rate", [](const LoggedStep& s) { return s.learning_rate; })}});
  if (!log.evaluations.empty()) {
    Chart metrics{.title = "AP on the validation images", .note = "", .x_label = "epoch", .series = {}, .max = 1};
    for (const char* name : {"AP", "AP50", "AP_small", "AP_medium", "AP_large"}) {
      ChartSeries series{name, {}};
      for (const LoggedEvaluation& evaluation : log.evaluations)
        if (const double value = number_of(evaluation.metrics, name); value >= 0)
          series.points.emplace_back(evaluation.epoch, value);
      if (!series.points.empty()) metrics.series.push_back(std::move(series));
    }
    charts += chart_figure(metrics);
  }
  return html_section("Training", "One epoch is one pass over the training images.", charts + "</div>\n");
}

/// A threshold just below the score. `detect --score` drops detections of this score, so it is rounded down.
std::string threshold_below(double score) {
  constexpr double kParts = 1000;
  return format("%.3f", std::max(0.0, std::ceil(score * kParts) - 1) / kParts);
}

std::string metrics_section(const CocoMetrics& metrics, const std::vector<ClassAnalysis>& classes) {
  std::vector<std::vector<std::string>> sizes, rows;
  for (const AreaMetrics& area : metrics.areas)
    sizes.push_back({area.area.name, std::to_string(area.objects), number(area.ap), number(area.ap50),
                     number(area.ap75), number(area.ar_100)});
  for (size_t c = 0; c < classes.size(); ++c) {
    const PrecisionRecall& best = classes[c].best;
    std::vector<std::string> row = {classes[c].name, std::to_string(classes[c].objects), number(metrics.classes[c].ap),
                                    number(metrics.classes[c].ap50)};
    if (best.f1() > 0)
      row.insert(row.end(), {threshold_below(best.score), percent(best.precision), percent(best.recall),
                             format("%.2f", best.f1())});
    else
      row.insert(row.end(), 4, "–");
    rows.push_back(std::move(row));
  }
  return html_section("Metrics by size",
                      "COCO's metrics of the best model on the validation images, as evaluate prints them. Small "
                      "objects have an area up to 32², large ones from 96² pixels on.",
                      html_table({"size", "objects", "AP", "AP50", "AP75", "AR"}, sizes)) +
         html_section("Metrics by class",
                      "The score is the one to ask for (detect --score): with it, the mean of precision (how many "
                      "boxes are right) and recall (how many objects are found) is best, at IoU 0.5.",
                      html_table({"class", "objects", "AP", "AP50", "score", "precision", "recall", "F1"}, rows));
}

/// Indices of the classes with most objects.
std::vector<size_t> largest_classes(const std::vector<ClassAnalysis>& classes) {
  std::vector<size_t> order(classes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return classes[a].objects > classes[b].objects; });
  order.resize(std::min(order.size(), kMaxCurves));
  return order;
}

/// Points of the class's curve that a chart can draw one by one, with the best and the last.
std::vector<PrecisionRecall> drawn_points(const ClassAnalysis& of_class) {
  const std::vector<PrecisionRecall>& curve = of_class.curve;
  const size_t stride = curve.size() / (kMaxPoints - 2) + 1;
  std::vector<PrecisionRecall> points;
  for (size_t i = 0; i < curve.size(); ++i)
    if (i % stride == 0 || i + 1 == curve.size() || curve[i].score == of_class.best.score) points.push_back(curve[i]);
  return points;
}

std::string curves_section(const std::vector<ClassAnalysis>& classes) {
  Chart precision{.title = "Precision and recall",
                  .note = "each point is a score",
                  .x_label = "recall",
                  .series = {},
                  .max = 1,
                  .max_x = 1};
  Chart f1{.title = "F1 and score",
           .note = "the best score of each class is its peak",
           .x_label = "score",
           .series = {},
           .max = 1,
           .max_x = 1};
  for (const size_t c : largest_classes(classes)) {
    ChartSeries recalls{classes[c].name, {}}, scores{classes[c].name, {}};
    for (const PrecisionRecall& point : drawn_points(classes[c])) {
      recalls.points.emplace_back(point.recall, point.precision);
      scores.points.emplace_back(point.score, point.f1());
    }
    std::reverse(scores.points.begin(), scores.points.end());
    precision.series.push_back(std::move(recalls));
    f1.series.push_back(std::move(scores));
  }
  const std::string note =
      classes.size() > kMaxCurves ? "The " + std::to_string(kMaxCurves) + " classes with most objects are drawn." : "";
  return html_section("Precision and recall", note,
                      "<div class=\"charts\">\n" + chart_figure(precision) + chart_figure(f1) + "</div>\n");
}

std::string matrix_table(const std::vector<std::vector<int64_t>>& matrix, const std::vector<std::string>& names) {
  std::string text = "<div class=\"scroll\"><table class=\"matrix\">\n<tr><th>object, detected as</th>";
  for (const std::string& name : names) text += "<th>" + html_text(name) + "</th>";
  text += "<th>missed</th></tr>\n";
  for (size_t row = 0; row < matrix.size(); ++row) {
    const int64_t sum = std::accumulate(matrix[row].begin(), matrix[row].end(), int64_t{0});
    text += "<tr><th>" + html_text(row < names.size() ? names[row] : "nothing (background)") + "</th>";
    for (const int64_t count : matrix[row]) {
      const double share = sum > 0 ? static_cast<double>(count) / static_cast<double>(sum) : 0;
      text += format("<td style=\"background:rgba(var(--heat), %.2f)\">%lld</td>", 0.65 * share,
                     static_cast<long long>(count));
    }
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

/// The most frequent confusions, as a list.
std::string confusion_list(const std::vector<std::vector<int64_t>>& matrix, const std::vector<std::string>& names) {
  struct Entry {
    size_t object, detected;
    int64_t count;
  };
  std::vector<Entry> entries;
  for (size_t o = 0; o < names.size(); ++o)
    for (size_t d = 0; d < names.size(); ++d)
      if (o != d && matrix[o][d] > 0) entries.push_back({o, d, matrix[o][d]});
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.count > b.count; });
  entries.resize(std::min(entries.size(), kMaxConfusions));
  std::vector<std::vector<std::string>> rows;
  for (const Entry& entry : entries)
    rows.push_back({names[entry.object] + " detected as " + names[entry.detected], std::to_string(entry.count)});
  return html_table({"confusion", "objects"}, rows);
}

std::string confusion_section(const ReportInput& input, const std::vector<double>& scores) {
  const std::vector<std::vector<int64_t>> matrix = confusion_matrix(*input.val, input.detections, scores);
  const std::vector<std::string>& names = input.val->class_names();
  const std::string words =
      "What each object is detected as, at IoU 0.5. Boxes count if they have the score of their class in the table "
      "above.";
  if (names.size() > kMaxMatrixClasses)
    return html_section("Confusions", words + " The list has the most frequent mistakes.",
                        confusion_list(matrix, names));
  return html_section("Confusions",
                      words + " The last column counts missed objects, the last row boxes where there is no object.",
                      matrix_table(matrix, names));
}

std::string labels_section(const ReportInput& input) {
  std::string text;
  const auto add = [&](const std::string& title, const DataSet& data) {
    const DataSetSummary summary = summarise(data);
    std::vector<std::vector<std::string>> rows;
    const auto row = [&](const std::string& name, const ObjectCounts& counts) {
      rows.push_back({name, std::to_string(counts.total())});
      for (const int64_t count : counts.by_size) rows.back().push_back(std::to_string(count));
    };
    for (size_t c = 0; c < summary.classes.size(); ++c) row(data.class_names()[c], summary.classes[c]);
    row("all", summary.all);
    text += "<figure><figcaption>" +
            html_text(title + ": " + std::to_string(summary.images) + " images, " +
                      std::to_string(summary.images_without_objects) + " without objects") +
            "</figcaption>\n" + html_table({"class", "objects", "small", "medium", "large"}, rows) + "</figure>\n";
  };
  add("training", *input.train);
  if (input.val) add("validation", *input.val);
  return html_section("Labels", "", "<div class=\"charts\">\n" + text + "</div>\n");
}

/// Figures of these images; those that cannot be read are left out.
std::string figures(const ReportInput& input, const std::vector<ImageMistakes>& images, size_t count) {
  std::string text;
  for (size_t i = 0, shown = 0; i < images.size() && shown < count; ++i) {
    try {
      const Image image = input.val->load(images[i].index);
      text += image_figure(image, input.val->record(images[i].index).name, images[i], input.val->class_names());
      ++shown;
    } catch (const UserError&) {
    }
  }
  return "<div class=\"pictures\">\n" + text + "</div>\n";
}

std::string images_section(const ReportInput& input, const std::vector<double>& scores) {
  std::vector<ImageMistakes> images = find_mistakes(*input.val, input.detections, scores);
  std::stable_sort(images.begin(), images.end(), [](const auto& a, const auto& b) {
    return std::pair(a.mistakes(), b.found.size()) < std::pair(b.mistakes(), a.found.size());
  });
  const std::string best = figures(input, images, kBestImages);
  std::erase_if(images, [](const ImageMistakes& image) { return image.mistakes() == 0; });
  std::stable_sort(images.begin(), images.end(),
                   [](const auto& a, const auto& b) { return a.mistakes() > b.mistakes(); });
  const std::string worst = figures(input, images, kWorstImages);
  return html_section("Images with most mistakes",
                      "Green: found. Blue and dashed: missed. Red: wrong. Point at a box for its class and score.",
                      worst) +
         html_section("Images with fewest mistakes", "", best);
}

}  // namespace

std::string report_page(const ReportInput& input) {
  std::string body;
  if (input.val) {
    const CocoMetrics metrics = coco_metrics(*input.val, input.detections);
    const std::vector<ClassAnalysis> classes = analyse_classes(*input.val, input.detections);
    const std::vector<double> scores = best_scores(classes);
    body = head(input, &metrics) + training_section(input.log) + metrics_section(metrics, classes) +
           curves_section(classes) + confusion_section(input, scores) + images_section(input, scores);
  } else {
    body = head(input, nullptr) + training_section(input.log);
  }
  body += labels_section(input);
  body +=
      html_section("Settings", "For train --config.", "<pre>" + html_text(settings_toml(input.settings)) + "</pre>\n");
  return html_page(input.name, body);
}

}  // namespace intertwiner
