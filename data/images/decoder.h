// Decodes JPEG, PNG and BMP by stb_image, with a limit on its memory.
//
// A few bytes of a PNG can expand to gigabytes. The decoder therefore gets its memory here, and no more than the size
// in the file's header needs.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace intertwiner {

/// Pixels as the file stores them, 8 bits for each channel.
struct DecodedPixels {
  int width = 0, height = 0, channels = 0;  ///< channels 1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha
  std::unique_ptr<uint8_t, void (*)(void*)> bytes{nullptr, nullptr};  ///< null: the file cannot be decoded
  bool too_much_memory = false;                                       ///< why not: it needs more than `max_memory`
  std::string reason;                                                 ///< why not: the decoder's words
};

/// Decodes a file's bytes, at most 2 GB. Throws std::bad_alloc if the machine has less memory than allowed.
DecodedPixels decode_pixels(std::string_view file, uint64_t max_memory);

}  // namespace intertwiner
