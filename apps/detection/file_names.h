// Names of files made from names of classes, which may hold anything.
#pragma once
#include <string>
#include <vector>

namespace intertwiner {

/// A file name for each class, all different: "and/or" becomes "and_or", a second one "and_or-2". Slashes, characters
/// that other systems refuse, control characters and bytes that are not UTF-8 are replaced, and so is a dot at the
/// beginning. Long names are cut.
std::vector<std::string> safe_file_names(const std::vector<std::string>& names);

}  // namespace intertwiner
