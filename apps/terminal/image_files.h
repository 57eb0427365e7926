// From what a user writes to a list of image files.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace intertwiner {

/// Files as they are, the images of folders (sorted, not of folders inside), and what globs match ("shots/*.jpg", for
/// shells that leave it to us). Each file once. Throws UserError for what is not there, and for folders without images.
std::vector<std::filesystem::path> find_image_files(const std::vector<std::string>& names);

}  // namespace intertwiner
