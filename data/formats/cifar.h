// Reads CIFAR-10's binary version, the folder cifar-10-batches-bin (Krizhevsky, Learning Multiple Layers of Features
// from Tiny Images, 2009):
//
//   data_batch_1.bin … data_batch_5.bin   10,000 training images each
//   test_batch.bin                        10,000 test images
//   batches.meta.txt                      names of the ten classes, one per line
//
// An image has 3,073 bytes: its label, 0 to 9, then 32×32 bytes each of red, green and blue, row by row.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/labelled_images.h"

namespace intertwiner {

/// True if the folder has at least one of these files.
bool is_cifar10_folder(const std::filesystem::path& folder);

/// The training images (`train`) or the test images, in the order of the files. A file may have any number of images.
/// Throws UserError if a file is missing, has a size that is not a multiple of 3,073, or has a label above 9.
LabelledImages read_cifar10(const std::filesystem::path& folder, bool train);

/// The ten class names in the text of batches.meta.txt. Throws UserError, which begins with `name`, for another number.
std::vector<std::string> parse_cifar10_names(std::string_view text, const std::string& name);

/// The images in a file's bytes. Throws UserError, which begins with `name`, as read_cifar10 does.
LabelledImages parse_cifar10(std::string_view bytes, const std::vector<std::string>& class_names,
                             const std::string& name);

}  // namespace intertwiner
