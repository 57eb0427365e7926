// A test case that lacks what it needs (a folder of images, a GPU) says so and returns:
//
//   if (!std::filesystem::exists(folder)) return tests::skip("no images in " + folder);
#pragma once
#include <string>

namespace intertwiner::tests {

/// Counts the running test case as skipped unless one of its checks fails. Prints its name and the reason.
void skip(const std::string& reason);

}  // namespace intertwiner::tests
