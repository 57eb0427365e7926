// A fuzz target is a function that is given any bytes and must neither crash, nor hang, nor take much memory.
//
//   extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
//     return refused_or_done([&] { parse_something(as_text(data, size), "input"); });
//   }
//
// libFuzzer calls it with inputs that it invents (run.sh). Every test run calls it with the inputs of corpus/.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/error.h"
#include "engine/files/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace intertwiner::tests {

inline std::string_view as_text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Runs the function. An error of the user is as good as success. All other exceptions go on, and end the fuzzer.
template <class Function>
int refused_or_done(const Function& function) {
  try {
    function();
  } catch (const UserError&) {
  } catch (const JsonError&) {
  }
  return 0;
}

}  // namespace intertwiner::tests
