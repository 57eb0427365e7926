// Whether this processor has the instructions that the build uses. Asked before anything else runs.
#pragma once

namespace intertwiner {

/// One line that says what the processor lacks and what to do; null if it runs this build.
const char* why_processor_is_unusable();

}  // namespace intertwiner
