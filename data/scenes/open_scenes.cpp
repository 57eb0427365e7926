#include "data/scenes/open_scenes.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "data/join.h"
#include "data/scenes/scenes.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr std::string_view kName = "scenes", kNameAndCount = "scenes:";
constexpr int64_t kTrainScenes = 2000, kMaxScenes = 1'000'000, kTrainScenesPerVal = 10;
constexpr int kSidePx = 160;

int64_t train_scenes(std::string_view spec) {
  if (spec == kName) return kTrainScenes;
  const std::string_view number = spec.substr(kNameAndCount.size());
  int64_t count = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  if (error != std::errc() || end != number.data() + number.size() || count < 1 || count > kMaxScenes) {
    throw UserError("'" + std::string(spec) +
                    "' has no valid number of scenes; write scenes:COUNT with COUNT from 1 to " +
                    std::to_string(kMaxScenes));
  }
  return count;
}

}  // namespace

bool names_scenes(const std::string& spec) { return spec == kName || spec.starts_with(kNameAndCount); }

OpenedDataSet open_scenes(const std::string& spec, const std::string& split,
                          const std::vector<std::string>& class_names) {
  const int64_t train = train_scenes(spec);
  ScenesOptions options{.side_px = kSidePx};
  if (split == "train") {
    options.count = train;
  } else if (split == "val") {
    options.first_index = kMaxScenes;
    options.count = std::max<int64_t>(1, train / kTrainScenesPerVal);
  } else {
    throw UserError("the built-in scenes have no split '" + split + "', only train and val; choose one of these");
  }
  OpenedDataSet opened{make_scenes(options), {}};
  if (!class_names.empty()) opened.data = with_classes(opened.data, class_names, opened.report);
  for (int64_t i = 0; i < opened.data->size(); ++i) {
    opened.report.kept += static_cast<int64_t>(opened.data->record(i).annotations.size());
  }
  return opened;
}

}  // namespace intertwiner
