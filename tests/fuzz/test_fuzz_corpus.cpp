// Calls every fuzz target with the inputs in its folder of corpus/, among them those that once did harm.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>

#include "tests/read_text.h"

using Target = int(const uint8_t*, size_t);
extern "C" Target fuzz_checkpoint, fuzz_cifar, fuzz_coco, fuzz_exif, fuzz_images, fuzz_results, fuzz_safetensors,
    fuzz_settings, fuzz_video, fuzz_voc, fuzz_weights, fuzz_yolo;

TEST_CASE("every input of the fuzzers' corpus is parsed or refused", "[fuzz]") {
  const std::filesystem::path folder = INTERTWINER_SOURCE_ROOT "/tests/fuzz/corpus";
  const std::map<std::string, Target*> targets = {{"checkpoint", fuzz_checkpoint},
                                                  {"cifar", fuzz_cifar},
                                                  {"coco", fuzz_coco},
                                                  {"exif", fuzz_exif},
                                                  {"images", fuzz_images},
                                                  {"results", fuzz_results},
                                                  {"safetensors", fuzz_safetensors},
                                                  {"settings", fuzz_settings},
                                                  {"video", fuzz_video},
                                                  {"voc", fuzz_voc},
                                                  {"weights", fuzz_weights},
                                                  {"yolo", fuzz_yolo}};
  for (const auto& [name, target] : targets) {
    int inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / name)) {
      INFO(entry.path());
      const std::string text = intertwiner::tests::read_text(entry.path());
      const std::vector<uint8_t> bytes(text.begin(), text.end());
      CHECK(target(bytes.data(), bytes.size()) == 0);
      ++inputs;
    }
    INFO(name);
    CHECK(inputs >= 5);
  }
}
