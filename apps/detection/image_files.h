// Turns names on the command line into a list of image files.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace intertwiner {

/// Image files, each once. A name is a file, a folder (its images, sorted, without those of subfolders), or a pattern
/// such as "shots/*.jpg". Throws UserError if a name matches nothing or a folder has no images.
std::vector<std::filesystem::path> find_image_files(const std::vector<std::string>& names);

}  // namespace intertwiner
