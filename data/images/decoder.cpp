#include "data/images/decoder.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "engine/text.h"

namespace intertwiner {
namespace {

/// The memory of the decoder that runs on this thread.
struct DecoderMemory {
  uint64_t used = 0, max = 0;
  bool is_refused = false;  ///< the decoder wanted more than `max`
  bool is_out = false;      ///< the machine has no more

  void* change(void* old, size_t bytes) {
    const uint64_t others = used - malloc_usable_size(old);
    if (bytes > max || others > max - bytes) {
      is_refused = true;
      return nullptr;
    }
    void* const memory = std::realloc(old, std::max<size_t>(bytes, 1));
    if (memory)
      used = others + malloc_usable_size(memory);
    else
      is_out = true;
    return memory;
  }

  void free(void* memory) {
    used -= malloc_usable_size(memory);
    std::free(memory);
  }
};

thread_local DecoderMemory memory_of_decoder;

}  // namespace
}  // namespace intertwiner

// These headers are in the system's include folder, so the compiler does not warn about them.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_MALLOC(bytes) intertwiner::memory_of_decoder.change(nullptr, bytes)
#define STBI_REALLOC(memory, bytes) intertwiner::memory_of_decoder.change(memory, bytes)
#define STBI_FREE(memory) intertwiner::memory_of_decoder.free(memory)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // a false warning of g++ 12
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace intertwiner {

DecodedPixels decode_pixels(std::string_view file, uint64_t max_memory) {
  DecoderMemory& memory = memory_of_decoder;
  memory = {.max = max_memory};
  stbi__g_failure_reason = nullptr;  // of an earlier image
  DecodedPixels result;
  result.bytes = {stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(file.data()), static_cast<int>(file.size()),
                                        &result.width, &result.height, &result.channels, 0),
                  std::free};
  if (result.bytes) return result;
  if (memory.is_out) throw std::bad_alloc();
  result.too_much_memory = memory.is_refused;
  const char* reason = stbi_failure_reason();
  result.reason = reason ? printable(reason) : "no reason given";  // it may quote bytes of the file
  return result;
}

}  // namespace intertwiner
