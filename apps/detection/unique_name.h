// Names for files that may otherwise have the same name.
#pragma once
#include <set>
#include <string>

namespace intertwiner {

/// stem + ending, or "stem-2" + ending and so on if that is in `taken`. Adds the result to `taken`.
inline std::string unique_name(const std::string& stem, const std::string& ending, std::set<std::string>& taken) {
  std::string name = stem + ending;
  for (int i = 2; !taken.insert(name).second; ++i) name = stem + "-" + std::to_string(i) + ending;
  return name;
}

}  // namespace intertwiner
