#include "data/formats/yolo_labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr double kTolerance = 0.01;  ///< of ultralytics' check

/// Parses one line. Messages begin with `where`.
class LineReader {
 public:
  LineReader(std::string_view line, std::string where) : line_(line), where_(std::move(where)) {}

  std::vector<double> numbers() const {
    std::vector<double> result;
    for (size_t at = 0; (at = line_.find_first_not_of(" \t", at)) != std::string_view::npos;) {
      const size_t end = std::min(line_.find_first_of(" \t", at), line_.size());
      result.push_back(number(line_.substr(at, end - at)));
      at = end;
    }
    return result;
  }

  [[noreturn]] void fail(const std::string& what) const { throw UserError(where_ + ": " + what); }

 private:
  double number(std::string_view text) const {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
      const std::string shown = printable(std::string(text.substr(0, 40)));
      fail("'" + shown + "' is not a number; correct it");
    }
    return value;
  }

  std::string_view line_;
  std::string where_;
};

size_t class_index(double number, const YoloClasses& classes, const LineReader& line) {
  if (!(number >= 0 && number < 1e9) || number != std::floor(number))
    line.fail(format("class %g is not an integer from 0 on; correct it", number));
  const auto index = static_cast<size_t>(number);
  if (index < classes.names.size()) return index;
  line.fail("class " + std::to_string(index) + ", but " + classes.named_in + " names " +
            std::to_string(classes.names.size()) + (classes.names.size() == 1 ? " class" : " classes") +
            ", counted from 0; correct the line or add the name");
}

Box bounding_box(const std::vector<double>& polygon) {
  double left = polygon[0], top = polygon[1], right = left, bottom = top;
  for (size_t i = 2; i + 1 < polygon.size(); i += 2) {
    left = std::min(left, polygon[i]);
    right = std::max(right, polygon[i]);
    top = std::min(top, polygon[i + 1]);
    bottom = std::max(bottom, polygon[i + 1]);
  }
  return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(right), static_cast<float>(bottom)};
}

YoloObject read_object(const LineReader& line, const YoloClasses& classes) {
  std::vector<double> numbers = line.numbers();
  if (classes.keypoint_numbers > 0) {
    const size_t expected = 5 + classes.keypoint_numbers;
    if (numbers.size() != expected)
      line.fail(std::to_string(numbers.size()) + " numbers; expected " + std::to_string(expected) +
                ": class, centre x, centre y, width, height, and keypoints as kpt_shape says");
    numbers.resize(5);
  }
  const size_t count = numbers.size();
  const bool is_box = count == 5 || count == 6, is_polygon = count >= 7 && count % 2 == 1;
  if (!is_box && !is_polygon) {
    line.fail(std::to_string(count) + (count == 1 ? " number" : " numbers") +
              "; expected class, centre x, centre y, width, height, or a class and the points of a polygon");
  }
  YoloObject object;
  object.class_index = class_index(numbers[0], classes, line);
  numbers.erase(numbers.begin());
  for (const double value : numbers) {
    if (value < -kTolerance || value > 1 + kTolerance)
      line.fail(format("%g is not between 0 and 1; write fractions of the image's width and height", value));
  }
  if (is_polygon)
    object.box = bounding_box(numbers);
  else
    object.box = {static_cast<float>(numbers[0] - numbers[2] / 2), static_cast<float>(numbers[1] - numbers[3] / 2),
                  static_cast<float>(numbers[0] + numbers[2] / 2), static_cast<float>(numbers[1] + numbers[3] / 2)};
  return object;
}

}  // namespace

std::vector<YoloObject> parse_yolo_labels(std::string_view text, const std::string& name, const YoloClasses& classes) {
  if (text.size() > kMaxBytes)
    throw UserError(name + " is larger than 16 MB, so it has no labels of one image; remove it");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the byte order mark of some editors
  std::vector<YoloObject> objects;
  int line_number = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = trimmed(text.substr(start, end - start));
    start = end + 1;
    ++line_number;
    if (line.empty()) continue;
    objects.push_back(read_object(LineReader(line, name + ", line " + std::to_string(line_number)), classes));
  }
  return objects;
}

std::vector<YoloObject> read_yolo_labels(const std::filesystem::path& path, const YoloClasses& classes) {
  if (!path_exists(path)) return {};
  return parse_yolo_labels(read_file(path, kMaxBytes + 1), path.string(), classes);
}

std::filesystem::path yolo_label_file(const std::filesystem::path& image) {
  if (image.empty()) return {};
  std::vector<std::filesystem::path> parts(image.begin(), image.end());
  const auto last = std::find(parts.rbegin() + 1, parts.rend(), "images");
  if (last != parts.rend()) *last = "labels";
  std::filesystem::path file;
  for (const std::filesystem::path& part : parts) file /= part;
  return file.replace_extension(".txt");
}

}  // namespace intertwiner
