// Whether the tests run under a sanitizer, whose memory and time say nothing about ours.
#pragma once

namespace intertwiner::tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasSanitizer = true;
#else
constexpr bool kHasSanitizer = false;
#endif

}  // namespace intertwiner::tests
