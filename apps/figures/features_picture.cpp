#include "apps/figures/features_picture.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace intertwiner {
namespace {

constexpr Colour kInk = {31, 35, 40}, kGrey = {110, 119, 129}, kLine = {208, 215, 222};
// Neighbours differ in hue and in brightness, as they are often the classes that are compared.
constexpr Colour kColours[] = {{31, 111, 235}, {218, 87, 11}, {36, 150, 70},   {130, 60, 210}, {214, 40, 90},
                               {0, 160, 175},  {140, 90, 30}, {240, 120, 190}, {165, 150, 0},  {90, 100, 115}};

constexpr int kMargin = 24, kPanelSide = 620, kInset = 20, kSymbolRadius = 6;
constexpr int kLineHeight = DrawnText::kHeight + 8;
constexpr int kTitleHeight = kLineHeight + 6;
constexpr int kSymbols = 44;  // width of the two circles in front of a name
constexpr size_t kLongestName = 18;

Colour colour_of(size_t rank) { return kColours[rank % std::size(kColours)]; }

/// Of so many points' circles, so that they cover at most an eighth of the panel.
double radius_of(int64_t points) {
  return std::clamp(kPanelSide * 0.2 / std::sqrt(static_cast<double>(points)), 2.5, double{kSymbolRadius});
}

std::string shortened(const std::string& name) {
  const std::string text = to_printable(name);
  return text.size() <= kLongestName ? text : text.substr(0, kLongestName - 2) + "..";
}

/// A path's end says more than its beginning.
std::string title_that_fits(const std::string& title) {
  constexpr size_t kMost = kPanelSide / DrawnText::kAdvance;
  const std::string text = to_printable(title);
  return text.size() <= kMost ? text : ".." + text.substr(text.size() - kMost + 2);
}

std::string counts_text(const ClassCount& count) {
  return std::to_string(count.large) + " / " + std::to_string(count.small);
}

/// Points to pixels: into a square, in the middle, both axes alike.
class Placement {
 public:
  Placement(const double* places, int64_t count, int left, int top) {
    const auto [least_x, most_x] = std::minmax_element(places, places + count);
    const auto [least_y, most_y] = std::minmax_element(places + count, places + 2 * count);
    const double extent = std::max({*most_x - *least_x, *most_y - *least_y, 1e-12});
    scale_ = (kPanelSide - 2 * kInset) / extent;
    x_ = left + kPanelSide / 2.0 - scale_ * (*least_x + *most_x) / 2;
    y_ = top + kPanelSide / 2.0 - scale_ * (*least_y + *most_y) / 2;
  }

  double x(double value) const { return x_ + scale_ * value; }
  double y(double value) const { return y_ + scale_ * value; }

 private:
  double scale_, x_, y_;
};

/// Large ones first, so that no small one is hidden.
void draw_panel(Drawing& drawing, const FeaturePanel& panel, const std::vector<ChosenObject>& objects,
                const std::map<int32_t, size_t>& rank, int left) {
  const int top = kMargin + kTitleHeight;
  drawing.texts.push_back({left, kMargin + kLineHeight / 2, title_that_fits(panel.title), kInk});
  drawing.frames.push_back({left, top, kPanelSide, kPanelSide, kLine});
  const auto count = static_cast<int64_t>(objects.size());
  const double* places = panel.places.data<double>();
  const Placement placement(places, count, left, top);
  const double radius = radius_of(count);
  for (const bool large : {true, false})
    for (int64_t i = 0; i < count; ++i) {
      const ChosenObject& object = objects[static_cast<size_t>(i)];
      if (object.large != large) continue;
      drawing.circles.push_back(
          {placement.x(places[i]), placement.y(places[count + i]), radius, colour_of(rank.at(object.label)), !large});
    }
  int baseline = top + kPanelSide + kLineHeight;
  for (const std::string& line : panel.caption) {
    drawing.texts.push_back({left, baseline, line, kGrey});
    baseline += kLineHeight;
  }
}

void draw_symbols(Drawing& drawing, int left, int baseline, const Colour& colour) {
  const double y = baseline - 7.0;
  drawing.circles.push_back({left + 8.0, y, kSymbolRadius, colour, false});
  drawing.circles.push_back({left + 28.0, y, kSymbolRadius, colour, true});
}

/// "● ◌ large / small", and a line for each class. Returns its width.
int draw_legend(Drawing& drawing, const std::vector<ClassCount>& classes, const std::vector<std::string>& names,
                int left) {
  int baseline = kMargin + kTitleHeight + DrawnText::kHeight;
  size_t longest = 0;
  const auto add_line = [&](const std::string& text, const Colour& symbols, const Colour& ink) {
    draw_symbols(drawing, left, baseline, symbols);
    drawing.texts.push_back({left + kSymbols, baseline, text, ink});
    longest = std::max(longest, text.size());
    baseline += kLineHeight + 4;
  };
  add_line("large / small", kGrey, kGrey);
  for (size_t i = 0; i < classes.size(); ++i)
    add_line(shortened(names[static_cast<size_t>(classes[i].label - 1)]) + " " + counts_text(classes[i]), colour_of(i),
             kInk);
  return kSymbols + static_cast<int>(longest) * DrawnText::kAdvance;
}

}  // namespace

std::vector<ClassCount> count_classes(const std::vector<ChosenObject>& objects) {
  std::map<int32_t, ClassCount> counts;
  for (const ChosenObject& object : objects) {
    ClassCount& count = counts[object.label];
    count.label = object.label;
    ++(object.large ? count.large : count.small);
  }
  std::vector<ClassCount> sorted;
  for (const auto& [label, count] : counts) sorted.push_back(count);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const ClassCount& a, const ClassCount& b) { return a.large + a.small > b.large + b.small; });
  return sorted;
}

Drawing features_picture(const std::vector<FeaturePanel>& panels, const std::vector<ChosenObject>& objects,
                         const std::vector<std::string>& class_names) {
  const std::vector<ClassCount> classes = count_classes(objects);
  std::map<int32_t, size_t> rank;
  for (size_t i = 0; i < classes.size(); ++i) rank[classes[i].label] = i;

  Drawing drawing{0, 0};
  size_t caption_lines = 0;
  int left = kMargin;
  for (const FeaturePanel& panel : panels) {
    draw_panel(drawing, panel, objects, rank, left);
    caption_lines = std::max(caption_lines, panel.caption.size());
    left += kPanelSide + kMargin;
  }
  drawing.width = left + draw_legend(drawing, classes, class_names, left) + kMargin;
  drawing.height = 2 * kMargin + kTitleHeight + kPanelSide + static_cast<int>(caption_lines) * kLineHeight;
  return drawing;
}

}  // namespace intertwiner
