#include "apps/detection/file_names.h"

#include <set>

#include "apps/detection/unique_name.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxBytes = 100;  ///< a file's name may have 255

std::string safe_file_name(const std::string& name) {
  std::string safe = printable(name);
  for (char& c : safe) {
    if (std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos) c = '_';
  }
  safe = first_bytes(safe, kMaxBytes);
  if (safe.empty() || safe.front() == '.') safe.insert(0, 1, '_');
  return safe;
}

}  // namespace

std::vector<std::string> safe_file_names(const std::vector<std::string>& names) {
  std::vector<std::string> safe;
  std::set<std::string> taken;
  for (const std::string& name : names) {
    safe.push_back(unique_name(safe_file_name(name), "", taken));
  }
  return safe;
}

}  // namespace intertwiner
