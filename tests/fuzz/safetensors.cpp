// A file of tensors.
#include "engine/files/safetensors.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tests::refused_or_done([&] {
    // Memory of exactly this size, so that a read behind its end is noticed.
    const std::shared_ptr<std::byte> memory(static_cast<std::byte*>(std::malloc(size)), std::free);
    if (size > 0) std::memcpy(memory.get(), data, size);
    const TensorFile file = read_safetensors({memory, size}, "input");
    for (const auto& [name, tensor] : file.tensors) tensor.to(Device::cpu);
  });
}
