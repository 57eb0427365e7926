#include "data/formats/split_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "data/file_data_set.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr std::array<std::string_view, 3> kValidation = {"val", "valid", "validation"};

/// True for "train2017" if `split` is "train".
bool has_year(const std::string& name, std::string_view split) {
  if (!name.starts_with(split) || name.size() == split.size()) return false;
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(split.size()), name.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// `split` itself, or `split` and a year.
std::string match_name(const std::vector<std::string>& splits, const std::string& split) {
  if (std::find(splits.begin(), splits.end(), split) != splits.end()) return split;
  std::vector<std::string> matches;
  for (const std::string& candidate : splits) {
    if (has_year(candidate, split)) matches.push_back(candidate);
  }
  if (matches.size() > 1) {
    throw UserError("split '" + split + "' can mean " + name_some(matches, matches.size()) +
                    "; choose one of these names");
  }
  return matches.empty() ? "" : matches.front();
}

}  // namespace

std::string match_split(const std::vector<std::string>& splits, const std::string& split) {
  std::string match = match_name(splits, split);
  if (std::find(kValidation.begin(), kValidation.end(), split) == kValidation.end()) return match;
  for (size_t i = 0; i < kValidation.size() && match.empty(); ++i) {
    match = match_name(splits, std::string(kValidation[i]));
  }
  return match;
}

std::string require_split(const std::string& data_set, const std::vector<std::string>& splits, const std::string& split,
                          const std::string& advice) {
  const std::string match = match_split(splits, split);
  if (!match.empty()) return match;
  throw UserError(data_set + " has no split '" + split + "', only " + name_some(splits, 10) +
                  "; choose one of these or a fold of one, such as train:1/10" + advice);
}

bool is_split_name(const std::string& name) {
  for (const std::string_view known : {"train", "val", "valid", "validation", "test"}) {
    if (name == known || has_year(name, known)) return true;
  }
  return false;
}

}  // namespace intertwiner
