#include "apps/figures/features_picture.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace intertwiner {
namespace {

constexpr Rgb kInk = {31, 35, 40}, kGrey = {110, 119, 129}, kLine = {208, 215, 222};
// Consecutive colours differ in hue and in brightness.
constexpr Rgb kColours[] = {{31, 111, 235}, {218, 87, 11}, {36, 150, 70},   {130, 60, 210}, {214, 40, 90},
                            {0, 160, 175},  {140, 90, 30}, {240, 120, 190}, {165, 150, 0},  {90, 100, 115}};

constexpr int kMargin = 24, kPanelSide = 620, kInset = 20, kSymbolRadius = 6;
constexpr int kLineHeight = DrawnText::kHeight + 8;
constexpr int kTitleHeight = kLineHeight + 6;
constexpr int kSymbolsWidth = 44;  // px, two circles before a name
constexpr size_t kMaxNameLetters = 18;

Rgb colour_of(size_t rank) { return kColours[rank % std::size(kColours)]; }

/// The radius of the circles. They cover at most an eighth of the panel.
double radius_of(int64_t points) {
  return std::clamp(kPanelSide * 0.2 / std::sqrt(static_cast<double>(points)), 2.5, double{kSymbolRadius});
}

std::string shortened(const std::string& name) {
  const std::string text = to_printable(name);
  return text.size() <= kMaxNameLetters ? text : text.substr(0, kMaxNameLetters - 2) + "..";
}

/// Cuts a long title at its beginning, because the end of a path says more.
std::string shortened_title(const std::string& title) {
  constexpr size_t kMaxLetters = kPanelSide / DrawnText::kLetterWidth;
  const std::string text = to_printable(title);
  return text.size() <= kMaxLetters ? text : ".." + text.substr(text.size() - kMaxLetters + 2);
}

std::string counts_text(const ClassCount& count) {
  return std::to_string(count.large) + " / " + std::to_string(count.small);
}

/// Maps points to px of a panel: centred, with the same scale on both axes.
class PanelScale {
 public:
  PanelScale(const double* positions, int64_t count, int left, int top) {
    const auto [min_x, max_x] = std::minmax_element(positions, positions + count);
    const auto [min_y, max_y] = std::minmax_element(positions + count, positions + 2 * count);
    const double extent = std::max({*max_x - *min_x, *max_y - *min_y, 1e-12});
    scale_ = (kPanelSide - 2 * kInset) / extent;
    x_ = left + kPanelSide / 2.0 - scale_ * (*min_x + *max_x) / 2;
    y_ = top + kPanelSide / 2.0 - scale_ * (*min_y + *max_y) / 2;
  }

  double x(double value) const { return x_ + scale_ * value; }
  double y(double value) const { return y_ + scale_ * value; }

 private:
  double scale_, x_, y_;
};

/// How an object is drawn in every panel.
struct Symbol {
  Rgb colour;
  bool large;
};

/// Draws a panel. Large objects are drawn first, so that they do not hide small ones.
void draw_panel(FigureCanvas& canvas, const FeaturePanel& panel, const std::vector<Symbol>& symbols, int left) {
  const int top = kMargin + kTitleHeight;
  canvas.texts.push_back({left, kMargin + kLineHeight / 2, shortened_title(panel.title), kInk});
  canvas.frames.push_back({left, top, kPanelSide, kPanelSide, kLine});
  const auto count = static_cast<int64_t>(symbols.size());
  const double* positions = panel.positions.data<double>();
  const PanelScale scale(positions, count, left, top);
  const double radius = radius_of(count);
  for (const bool large : {true, false})
    for (int64_t i = 0; i < count; ++i) {
      const Symbol& symbol = symbols[static_cast<size_t>(i)];
      if (symbol.large != large) continue;
      canvas.circles.push_back({scale.x(positions[i]), scale.y(positions[count + i]), radius, symbol.colour, !large});
    }
  int baseline = top + kPanelSide + kLineHeight;
  for (const std::string& line : panel.caption) {
    canvas.texts.push_back({left, baseline, line, kGrey});
    baseline += kLineHeight;
  }
}

void draw_symbols(FigureCanvas& canvas, int left, int baseline, const Rgb& colour) {
  const double y = baseline - 7.0;
  canvas.circles.push_back({left + 8.0, y, kSymbolRadius, colour, false});
  canvas.circles.push_back({left + 28.0, y, kSymbolRadius, colour, true});
}

/// Draws the legend: "● ◌ large / small" and a line for each class. Returns its width in px.
int draw_legend(FigureCanvas& canvas, const std::vector<ClassCount>& classes, const std::vector<std::string>& names,
                int left) {
  int baseline = kMargin + kTitleHeight + DrawnText::kHeight;
  size_t max_letters = 0;
  const auto add_line = [&](const std::string& text, const Rgb& symbols, const Rgb& ink) {
    draw_symbols(canvas, left, baseline, symbols);
    canvas.texts.push_back({left + kSymbolsWidth, baseline, text, ink});
    max_letters = std::max(max_letters, text.size());
    baseline += kLineHeight + 4;
  };
  add_line("large / small", kGrey, kGrey);
  for (size_t i = 0; i < classes.size(); ++i)
    add_line(shortened(names[static_cast<size_t>(classes[i].label - 1)]) + " " + counts_text(classes[i]), colour_of(i),
             kInk);
  return kSymbolsWidth + static_cast<int>(max_letters) * DrawnText::kLetterWidth;
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

FigureCanvas features_picture(const std::vector<FeaturePanel>& panels, const std::vector<ChosenObject>& objects,
                              const std::vector<std::string>& class_names) {
  const std::vector<ClassCount> classes = count_classes(objects);
  std::map<int32_t, size_t> rank;
  for (size_t i = 0; i < classes.size(); ++i) rank[classes[i].label] = i;

  std::vector<Symbol> symbols;
  for (const ChosenObject& object : objects) symbols.push_back({colour_of(rank.at(object.label)), object.large});

  FigureCanvas canvas{0, 0};
  size_t caption_lines = 0;
  int left = kMargin;
  for (const FeaturePanel& panel : panels) {
    draw_panel(canvas, panel, symbols, left);
    caption_lines = std::max(caption_lines, panel.caption.size());
    left += kPanelSide + kMargin;
  }
  canvas.width = left + draw_legend(canvas, classes, class_names, left) + kMargin;
  canvas.height = 2 * kMargin + kTitleHeight + kPanelSide + static_cast<int>(caption_lines) * kLineHeight;
  return canvas;
}

}  // namespace intertwiner
