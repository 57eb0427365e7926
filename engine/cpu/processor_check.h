// Whether this processor has the instructions that the build uses. Asked before anything else runs.
#pragma once

/// For functions that run before this is known: the compiler uses the oldest processor's instructions.
#ifdef INTERTWINER_X86_KERNELS
#define INTERTWINER_ANY_PROCESSOR __attribute__((target("arch=x86-64")))
#else
#define INTERTWINER_ANY_PROCESSOR
#endif

namespace intertwiner {

/// One line that says what the processor lacks and what to do; null if it runs this build.
INTERTWINER_ANY_PROCESSOR const char* why_processor_is_unusable();

}  // namespace intertwiner
