// The metadata of a checkpoint: lines with settings, classes, state of the run, and whether it is for detection.
#include "detector/training/checkpoint.h"

#include <array>
#include <string>

#include "detector/training/run_notes.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tests::refused_or_done([&] {
    std::string_view text = tests::as_text(data, size);
    std::map<std::string, std::string> metadata = {{"intertwiner_format", "1"}};
    for (const char* key : {"settings", "classes", "state", "for_detection"}) {
      const size_t end = std::min(text.find('\n'), text.size());
      metadata[key] = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    notes_from_json(read_checkpoint_header(metadata, "input").state.notes);
  });
}
