// Refuses settings whose images cannot fit into memory, before anything is allocated for them.
#pragma once
#include <cstdint>

#include "detector/settings/settings.h"

namespace intertwiner {

/// Throws UserError if the input and the first layer's output of a batch of `images` images alone need more than
/// memory_limit(). Images are taken to be squares if image-size is 0.
void require_memory_for(const Settings& settings, int64_t images);

}  // namespace intertwiner
