#include "data/formats/annotation_check.h"

#include <algorithm>
#include <cmath>

#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxMessages = 5;

bool has_area(const Box& box) {
  const bool finite = std::isfinite(box.x1) && std::isfinite(box.y1) && std::isfinite(box.x2) && std::isfinite(box.y2);
  return finite && box.x2 > box.x1 && box.y2 > box.y1;
}

std::string describe(const Box& box) { return format("(%g, %g, %g, %g)", box.x1, box.y1, box.x2, box.y2); }

}  // namespace

AnnotationReport& AnnotationReport::operator+=(const AnnotationReport& other) {
  kept += other.kept;
  without_area += other.without_area;
  outside += other.outside;
  other_classes += other.other_classes;
  clipped += other.clipped;
  crowds_or_difficult += other.crowds_or_difficult;
  for (const std::string& line : other.first_messages) {
    if (first_messages.size() < kMaxMessages) first_messages.push_back(line);
  }
  notes.insert(notes.end(), other.notes.begin(), other.notes.end());
  unreadable += other.unreadable;
  for (const std::string& line : other.unreadable_messages) {
    if (unreadable_messages.size() < kMaxMessages) unreadable_messages.push_back(line);
  }
  return *this;
}

void AnnotationReport::add_unreadable(const std::string& message) {
  ++unreadable;
  if (unreadable_messages.size() < kMaxMessages) unreadable_messages.push_back(message);
}

void check_annotations(ImageRecord& record, const std::vector<std::string>& class_names, AnnotationReport& report) {
  const float width = static_cast<float>(record.width), height = static_cast<float>(record.height);
  std::vector<Annotation> kept;
  kept.reserve(record.annotations.size());
  for (size_t i = 0; i < record.annotations.size(); ++i) {
    Annotation annotation = record.annotations[i];
    if (annotation.label == 0) {
      ++report.other_classes;
      continue;
    }
    const auto report_box = [&](const std::string& what) {
      if (report.first_messages.size() >= kMaxMessages) return;
      report.first_messages.push_back(record.name + ", object " + std::to_string(i + 1) + " (" +
                                      class_names[static_cast<size_t>(annotation.label - 1)] +
                                      "): " + describe(record.annotations[i].box) + " " + what);
    };
    Box& box = annotation.box;
    if (!has_area(box)) {
      ++report.without_area;
      report_box("has no area");
      continue;
    }
    const Box inside{std::max(box.x1, 0.0f), std::max(box.y1, 0.0f), std::min(box.x2, width), std::min(box.y2, height)};
    if (!has_area(inside)) {
      ++report.outside;
      report_box("is outside the image of " + std::to_string(record.width) + "×" + std::to_string(record.height));
      continue;
    }
    if (inside != box) {
      ++report.clipped;
      report_box("is clipped to the image of " + std::to_string(record.width) + "×" + std::to_string(record.height));
      box = inside;
    }
    if (!(annotation.area > 0)) annotation.area = double{box.width()} * box.height();
    ++report.kept;
    if (annotation.ignored) ++report.crowds_or_difficult;
    kept.push_back(annotation);
  }
  record.annotations = std::move(kept);
}

}  // namespace intertwiner
