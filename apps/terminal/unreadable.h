// Images that could not be read and were left out, as lines on standard error.
#pragma once
#include <string>

#include "data/formats/annotation_check.h"

namespace intertwiner {

/// Prints a line for each of the first images, and a line that counts all if there are several. Returns the exit code
/// of a program that left them out and did everything else: 2, or 0 if there are none.
int print_unreadable(const AnnotationReport& report);

}  // namespace intertwiner
