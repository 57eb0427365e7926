#include <cstring>
#include <fstream>

#include "tests/apps/malformed_inputs.h"
#include "tests/data/formats/sample_folders.h"

namespace intertwiner::tests {
namespace {

namespace fs = std::filesystem;

std::string length_of(const std::string& header) {
  const uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes;
}

/// The header of a checkpoint, and the number of bytes after it.
struct Parts {
  std::string header;
  uintmax_t data_bytes = 0;
};

Parts parts_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  uint64_t length = 0;
  stream.read(reinterpret_cast<char*>(&length), sizeof length);
  Parts parts{std::string(length, ' '), fs::file_size(file) - sizeof length - length};
  stream.read(parts.header.data(), static_cast<std::streamsize>(length));
  return parts;
}

/// Writes a checkpoint whose values are all 0. On most file systems they take no space.
void write_with_zeros(const fs::path& file, const std::string& header, uintmax_t data_bytes) {
  write_sample(file, length_of(header) + header);
  fs::resize_file(file, sizeof(uint64_t) + header.size() + data_bytes);
}

/// A replacement of text in the header.
struct Change {
  std::string name, old_part, new_part;
};

const std::vector<Change>& changes() {
  static const std::vector<Change> all = {
      {"another format version", R"("intertwiner_format":"1")", R"("intertwiner_format":"2")"},
      {"no format version", R"("intertwiner_format":"1")", R"("format":"pt")"},
      {"metadata that are a list", R"("__metadata__":{)", R"("__metadata__":[{)"},
      {"a metadata value that is a number", R"("for_detection":"true")", R"("for_detection":1)"},
      {"no settings", R"("settings":)", R"("preferences":)"},
      {"no classes", R"("classes":)", R"("kinds":)"},
      {"no state", R"("state":)", R"("condition":)"},
      {"classes that are not JSON", R"("classes":"{)", R"("classes":"<)"},
      {"a class name that is a number", R"(\"rows\")", "7"},
      {"a class name with an escape code", R"(\"rows\")", R"(\"\\u001b[31mrows\")"},
      {"a category id too few", R"([1,2,3,4,5,6])", R"([1,2,3,4,5])"},
      {"category ids that are texts", R"([1,2,3,4,5,6])", R"([\"1\",2,3,4,5,6])"},
      {"a class too many", R"([1,2,3,4,5,6],\"names\":[)", R"([1,2,3,4,5,6,7],\"names\":[\"more\",)"},
      {"step -1", R"(\"step\":1,)", R"(\"step\":-1,)"},
      {"step 2^62", R"(\"step\":1,)", R"(\"step\":4611686018427387904,)"},
      {"total steps 2^62", R"(\"total_steps\":1})", R"(\"total_steps\":4611686018427387904})"},
      {"a step that is a text", R"(\"step\":1,)", R"(\"step\":\"one\",)"},
      {"an unknown setting", R"(\"epochs\":13.0)", R"(\"eras\":13.0)"},
      {"an unknown backbone", R"(\"backbone\":\"resnet18\")", R"(\"backbone\":\"resnet19\")"},
      {"a backbone that is a number", R"(\"backbone\":\"resnet18\")", R"(\"backbone\":18)"},
      {"another backbone", R"(\"backbone\":\"resnet18\")", R"(\"backbone\":\"resnet50\")"},
      {"another number of channels", R"(\"channels\":16)", R"(\"channels\":32)"},
      {"channels 10^9", R"(\"channels\":16)", R"(\"channels\":1000000000)"},
      {"channels 0", R"(\"channels\":16)", R"(\"channels\":0)"},
      {"image-size 10^6", R"(\"image-size\":64)", R"(\"image-size\":1000000)"},
      {"image-size 0.5", R"(\"image-size\":64)", R"(\"image-size\":0.5)"},
      {"image-size -64", R"(\"image-size\":64)", R"(\"image-size\":-64)"},
      {"no anchors", R"(\"anchor-sizes\":[10.0,20.0,40.0,80.0,160.0])", R"(\"anchor-sizes\":[])"},
      {"anchors that are a number", R"(\"anchor-sizes\":[10.0,20.0,40.0,80.0,160.0])", R"(\"anchor-sizes\":10.0)"},
      {"an anchor of 0 px", R"([10.0,20.0,)", R"([0.0,20.0,)"},
      {"ratios of text", R"(\"anchor-ratios\":[0.5,)", R"(\"anchor-ratios\":[\"half\",)"},
      {"a true or false that is a text", R"(\"intertwiner\":true)", R"(\"intertwiner\":\"maybe\")"},
      {"nms 2", R"(\"nms\":0.3)", R"(\"nms\":2)"},
      {"detections 0", R"(\"detections\":100)", R"(\"detections\":0)"},
      {"buffer-window 10^9", R"(\"buffer-window\":2000)", R"(\"buffer-window\":1000000000)"},
      {"settings that do not fit together", R"(\"buffer-window\":2000)", R"(\"buffer-window\":7)"},
      {"settings that are broken JSON", R"("settings":"{)", R"("settings":"{{)"},
      {"settings nested 10,000 levels", R"("settings":"{)", R"("settings":")" + std::string(10'000, '[')},
      {"an element type that is not known", R"("dtype":"F32")", R"("dtype":"F8")"},
      {"an element type of another size", R"("dtype":"F32")", R"("dtype":"F64")"},
      {"no element type", R"("dtype":"F32",)", ""},
      {"a shape that is a number", R"("shape":[64])", R"("shape":64)"},
      {"a negative size", R"("shape":[64])", R"("shape":[-64])"},
      {"a size of 0.5", R"("shape":[64])", R"("shape":[0.5])"},
      {"a shape that overflows", R"("shape":[64])", R"("shape":[4611686018427387904,4])"},
      {"a shape of too few", R"("shape":[64])", R"("shape":[63])"},
      {"one offset", R"("data_offsets":[0,256])", R"("data_offsets":[0])"},
      {"offsets swapped", R"("data_offsets":[0,256])", R"("data_offsets":[256,0])"},
      {"a gap between tensors", R"("data_offsets":[0,256])", R"("data_offsets":[4,260])"},
      {"offsets of 2^64", R"("data_offsets":[0,256])", R"("data_offsets":[0,18446744073709551616])"},
      {"a tensor of another name", R"("backbone.body.bn1.bias")", R"("backbone.body.bn1.bais")"},
      {"a name twice", R"("backbone.body.bn1.running_mean")", R"("backbone.body.bn1.bias")"},
      {"broken JSON", R"("dtype":)", R"("dtype")"},
      {"bytes that are not UTF-8", R"("backbone.body.bn1.bias")",
       "\"backbone.body.bn1.b\xFF"
       "as\""},
  };
  return all;
}

}  // namespace

std::vector<MalformedInput> malformed_checkpoints(const Samples& samples) {
  std::vector<MalformedInput> inputs;
  const std::string picture = write_sample(samples.folder / "checkpoints/image.png", samples.png);
  const auto file = [&] { return samples.folder / "checkpoints" / (std::to_string(inputs.size()) + ".safetensors"); };
  const auto add = [&](const std::string& name) {
    inputs.push_back({"checkpoint: " + name, "detect", {"--model", file().string(), picture}});
  };
  const Parts good = parts_of(samples.model());
  for (const Change& change : changes()) {
    write_with_zeros(file(), replaced(good.header, change.old_part, change.new_part), good.data_bytes);
    add(change.name);
  }
  write_with_zeros(file(), good.header, good.data_bytes - 1);
  add("a byte too few");
  write_with_zeros(file(), good.header, good.data_bytes + 1);
  add("a byte too many");
  write_with_zeros(file(), good.header, 0);
  add("no values");
  write_with_zeros(file(), good.header, good.data_bytes);
  {
    std::ofstream stream(file(), std::ios::binary | std::ios::in);
    stream.seekp(static_cast<std::streamoff>(sizeof(uint64_t) + good.header.size()));
    stream.write("\0\0\xC0\x7F", 4);
  }
  add("a value that is NaN");
  std::string nested;
  for (int i = 0; i < 20'000; ++i) nested += "{\"a\":";
  const std::vector<std::pair<std::string, std::string>> files = {
      {"an empty file", ""},
      {"7 bytes", std::string(7, '\0')},
      {"a header of length 0", std::string(8, '\0')},
      {"a header of length 2^63", std::string(7, '\0') + "\x80"},
      {"a header longer than the file", length_of(good.header) + good.header.substr(0, 100)},
      {"a header that is a list", length_of("[]") + "[]"},
      {"an empty header", length_of("{}") + "{}"},
      {"a header of 1,000,000 brackets", length_of(std::string(1'000'000, '[')) + std::string(1'000'000, '[')},
      {"a header of 20,000 objects in each other", length_of(nested) + nested},
      {"a zip file", "PK\3\4" + std::string(100, '\0')},
      {"a picture", samples.png},
      {"text", "not a checkpoint at all\n"},
  };
  for (const auto& [name, content] : files) {
    write_sample(file(), content);
    add(name);
  }
  return inputs;
}

}  // namespace intertwiner::tests
