// A file of pictures of CIFAR-10 behind one of its class names; a zero byte is between them.
#include "data/formats/cifar.h"

#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tests::refused_or_done([&] {
    const std::string_view text = tests::as_text(data, size);
    const size_t end = std::min(text.find('\0'), text.size());
    const std::vector<std::string> names = parse_cifar10_names(text.substr(0, end), "names");
    parse_cifar10(text.substr(std::min(end + 1, size)), names, "input");
  });
}
