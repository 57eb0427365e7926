#include "data/summary.h"

#include <algorithm>
#include <cmath>

#include "engine/parallel.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kColumns = 80, kNameColumns = 24;

std::string padded(const std::string& text, size_t columns) {
  const size_t width = display_width(text);
  if (width > columns) return first_columns(text, columns - 1) + "…";
  return text + std::string(columns - width, ' ');
}

std::string right(const std::string& text, size_t columns) {
  return std::string(columns - std::min(columns, display_width(text)), ' ') + text;
}

std::string count_of(int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// Breaks `text` into lines of at most kColumns, each indented by `indent`.
std::string wrapped(const std::string& indent, const std::string& text) {
  std::string result, line = indent;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find(' ', start), text.size());
    const std::string word = text.substr(start, end - start);
    const bool first = line.size() == indent.size();
    if (!first && display_width(line) + 1 + display_width(word) > kColumns) {
      result += line + "\n";
      line = indent + word;
    } else {
      line += (first ? "" : " ") + word;
    }
    start = end + 1;
  }
  return result + line + "\n";
}

std::string row(const std::string& name, const ObjectCounts& counts, size_t name_columns) {
  std::string line = "  " + padded(name, name_columns) + right(std::to_string(counts.total()), 10);
  for (const int64_t count : counts.by_size) line += right(std::to_string(count), 10);
  return line + "\n";
}

std::string table(const std::vector<std::string>& names, const DataSetSummary& summary) {
  size_t name_columns = 7;
  for (const std::string& name : names) name_columns = std::max(name_columns, display_width(name));
  name_columns = std::min(name_columns, kNameColumns);
  std::string text = "  " + padded("class", name_columns) + right("objects", 10);
  for (const char* size : kObjectSizeNames) text += right(size, 10);
  text += "\n";
  std::string absent;
  for (size_t i = 0; i < names.size(); ++i) {
    if (summary.classes[i].total() > 0)
      text += row(names[i], summary.classes[i], name_columns);
    else
      absent += (absent.empty() ? "" : ", ") + names[i];
  }
  text += row("(all)", summary.all, name_columns);
  text += "  small < 32², medium < 96², large: area in pixels of the original images\n";
  if (!absent.empty()) text += wrapped("  ", "no object of: " + absent);
  return text;
}

std::string problems(const AnnotationReport& report) {
  std::string left_out;
  const auto add = [&](int64_t count, const std::string& what) {
    if (count > 0) left_out += (left_out.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(report.without_area, "without area");
  add(report.outside, "outside the image");
  add(report.other_classes, "of classes that are not used");
  std::string text;
  for (const std::string& note : report.notes) text += wrapped("  ", printable(note));
  if (report.crowds_or_difficult > 0) {
    text += wrapped("  ", count_of(report.crowds_or_difficult, "crowd") +
                              " or difficult objects, not counted above: not trained on");
  }
  if (!left_out.empty()) text += wrapped("  ", "boxes left out: " + left_out);
  if (report.clipped > 0) text += wrapped("  ", "boxes clipped to the image: " + std::to_string(report.clipped));
  for (const std::string& line : report.first_messages) text += wrapped("    ", line);
  const int64_t named = static_cast<int64_t>(report.first_messages.size());
  const int64_t all = report.without_area + report.outside + report.clipped;
  if (all > named) text += "    and " + std::to_string(all - named) + " more\n";
  return text;
}

std::string coverage_text(const AnchorCoverage& coverage, const AnchorInfo& anchors) {
  const std::string number = format("%g", anchors.min_iou);
  const int64_t unmatched = coverage.unmatched.total();
  if (coverage.objects.total() == 0) return "";
  if (unmatched == 0) return "  every object matches an anchor (best IoU at least " + number + ")\n";

  const double share = 100.0 * static_cast<double>(unmatched) / static_cast<double>(coverage.objects.total());
  const std::string percent = format(share < 10 ? "%.1f%%" : "%.0f%%", share);
  std::string text = count_of(unmatched, "object") + " (" + percent + ") " + (unmatched == 1 ? "matches" : "match") +
                     " no anchor (best IoU below " + number + "):";
  for (size_t i = 0; i < 3; ++i) {
    text += (i > 0 ? ", " : " ") + std::to_string(coverage.unmatched.by_size[i]) + " " + kObjectSizeNames[i];
  }
  text += "; median side " + format("%.0f", coverage.median_side) + " px at the input size.";
  if (coverage.too_small * 2 >= unmatched) {
    text += " Most are too small: try a larger image-size or smaller anchor-sizes.";
  } else if (coverage.too_large * 2 >= unmatched) {
    text += " Most are too large: try a smaller image-size or larger anchor-sizes.";
  } else {
    text += " Most lie between two anchor sizes or have an unusual shape: try more anchor-sizes or anchor-ratios.";
  }
  return wrapped("  ", text);
}

}  // namespace

ObjectSize object_size(double area) {
  if (area < 32 * 32) return ObjectSize::small;
  return area < 96 * 96 ? ObjectSize::medium : ObjectSize::large;
}

DataSetSummary summarise(const DataSet& data) {
  DataSetSummary summary;
  summary.images = data.size();
  summary.classes.resize(data.class_names().size());
  for (int64_t i = 0; i < data.size(); ++i) {
    bool any = false;
    for (const Annotation& annotation : data.record(i).annotations) {
      if (annotation.ignored) continue;
      any = true;
      const size_t size = static_cast<size_t>(object_size(annotation.area));
      ++summary.classes.at(static_cast<size_t>(annotation.label - 1)).by_size[size];
      ++summary.all.by_size[size];
    }
    if (!any) ++summary.images_without_objects;
  }
  return summary;
}

AnchorCoverage measure_anchor_coverage(const DataSet& data, const AnchorInfo& anchors) {
  struct Unmatched {
    size_t size;
    double side;
  };
  std::vector<std::vector<Unmatched>> unmatched(static_cast<size_t>(data.size()));
  parallel_chunks(data.size(), 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const ImageRecord& record = data.record(i);
      const ImageGeometry geometry = fit_image(record.width, record.height, anchors.input);
      for (const Annotation& annotation : record.annotations) {
        if (annotation.ignored) continue;
        const Box box = geometry.to_input(annotation.box);
        if (anchors.best_iou(box, geometry) >= anchors.min_iou) continue;
        unmatched[static_cast<size_t>(i)].push_back(
            {static_cast<size_t>(object_size(annotation.area)), std::sqrt(double{box.width()} * box.height())});
      }
    }
  });

  AnchorCoverage coverage;
  coverage.objects = summarise(data).all;
  std::vector<double> sides;
  for (const auto& of_image : unmatched) {
    for (const Unmatched& object : of_image) {
      ++coverage.unmatched.by_size[object.size];
      if (object.side < anchors.min_anchor_side * std::sqrt(anchors.min_iou)) ++coverage.too_small;
      if (object.side > anchors.max_anchor_side / std::sqrt(anchors.min_iou)) ++coverage.too_large;
      sides.push_back(object.side);
    }
  }
  if (!sides.empty()) {
    const auto middle = sides.begin() + static_cast<std::ptrdiff_t>(sides.size() / 2);
    std::nth_element(sides.begin(), middle, sides.end());
    coverage.median_side = *middle;
  }
  return coverage;
}

std::string describe(const std::string& title, const DataSet& data, const AnnotationReport& report,
                     const std::optional<AnchorInfo>& anchors, const std::string& without_objects) {
  const DataSetSummary summary = summarise(data);
  std::string head = title + ": " + count_of(summary.images, "image");
  if (summary.images_without_objects > 0) {
    head += " (" + std::to_string(summary.images_without_objects) + " without objects: " + without_objects + ")";
  }
  const size_t classes = data.class_names().size();
  head += ", " + count_of(summary.all.total(), "object") + " of " + std::to_string(classes) +
          (classes == 1 ? " class" : " classes");
  std::string text = wrapped("", head) + table(data.class_names(), summary) + problems(report);
  if (anchors) text += coverage_text(measure_anchor_coverage(data, *anchors), *anchors);
  return text;
}

}  // namespace intertwiner
