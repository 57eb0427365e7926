// The files in a zip archive that are stored as they are, without compression.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace intertwiner {

/// The content of each file in `archive`, by name. The texts point into `archive`. Throws UserError with `name` if the
/// archive is broken, or a file in it is compressed or encrypted.
std::map<std::string, std::string_view> zip_entries(std::string_view archive, const std::string& name);

}  // namespace intertwiner
