// A file of tensors.
#include "engine/files/safetensors.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tests::refused_or_done([&] { parse_safetensors({reinterpret_cast<const char*>(data), size}, "input"); });
}
