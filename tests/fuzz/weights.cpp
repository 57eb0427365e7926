// A file that torch.save wrote, in either layout. Its tensors are copied, as far as they are small.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "engine/files/torch_file.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int64_t kMaxElements = 1000;
  return tests::refused_or_done([&] {
    const std::shared_ptr<std::byte[]> file(new std::byte[size]);
    std::memcpy(file.get(), data, size);
    for (const auto& [name, tensor] : parse_torch_file({file, file.get()}, size, "input"))
      if (element_count(tensor.shape) <= kMaxElements) copied(tensor);
  });
}
