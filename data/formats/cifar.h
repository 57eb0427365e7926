// CIFAR-10 in its binary version (Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009): the folder
// cifar-10-batches-bin.
//
//   data_batch_1.bin … data_batch_5.bin   pictures to train on, 10,000 each
//   test_batch.bin                        10,000 to test on
//   batches.meta.txt                      names of the ten classes, one a line
//
// A picture is 3,073 bytes: its label, 0 to 9, then 32×32 px of red, of green, and of blue, each row by row.
#pragma once
#include <filesystem>

#include "data/labelled_images.h"

namespace intertwiner {

/// True for a folder that has one of these files.
bool is_cifar10_folder(const std::filesystem::path& folder);

/// The pictures to train on, or those to test on, in the order of the files, which may have any number of pictures.
/// Throws UserError where a file is missing, is no whole number of pictures, or has a label above 9.
LabelledImages read_cifar10(const std::filesystem::path& folder, bool train);

}  // namespace intertwiner
