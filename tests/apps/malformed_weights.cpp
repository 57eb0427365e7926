#include "tests/apps/malformed_inputs.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/golden_path.h"
#include "tests/read_text.h"

namespace intertwiner::tests {
namespace {

/// The older layout of torch.save with another object: the format's number, its version and the machine come first.
std::string legacy(const std::string& object) {
  const std::string before("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}q\x01.",
                           27);
  return before + "\x80\x02" + object + "\x80\x02]q\x01.";
}

std::string with_byte(std::string text, const std::string& before, size_t offset, char byte) {
  text[text.find(before) + offset] = byte;
  return text;
}

/// A safetensors file with this header and `data_bytes` zeros.
std::string safetensors(const std::string& header, size_t data_bytes) {
  std::string length(8, '\0');
  for (size_t i = 0; i < 4; ++i) length[i] = static_cast<char>(header.size() >> 8 * i & 255);
  return length + header + std::string(data_bytes, '\0');
}

/// A header of many tensors, each 1 byte after the other but for the last, which overlaps.
std::string many_tensors(int count) {
  std::string header = "{";
  for (int i = 0; i < count; ++i)
    header += "\"t" + std::to_string(i) + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[" + std::to_string(i) +
              "," + std::to_string(i + 1) + "]},";
  return header + "\"last\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
}

}  // namespace

std::vector<MalformedInput> malformed_weights(const Samples& samples) {
  const std::string zip = read_text(golden_path("torch_zip.pth")), old = read_text(golden_path("torch_legacy.pth"));
  const std::string one = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)";
  const std::vector<std::pair<std::string, std::string>> files = {
      {"zip, cut in its elements", zip.substr(0, zip.size() / 2)},
      {"zip, cut in its directory", zip.substr(0, zip.size() - 100)},
      {"zip, nothing but its magic number", "PK\x03\x04"},
      {"zip without data.pkl", with_byte(with_byte(zip, "data.pkl", 0, 'x'), "data.pkl", 0, 'x')},
      {"zip, compressed", with_byte(zip, "PK\x01\x02", 10, 8)},
      {"zip, encrypted", with_byte(zip, "PK\x01\x02", 8, 1)},
      {"zip, an entry of 4 GB", with_byte(with_byte(zip, "PK\x01\x02", 27, '\x7f'), "PK\x01\x02", 23, '\x7f')},
      {"pickle, cut", old.substr(0, 60)},
      {"pickle, its elements cut", old.substr(0, old.size() - 40)},
      {"pickle that calls os.system", legacy("cos\nsystem\nX\x04" + std::string(3, '\0') + "true\x85R.")},
      {"pickle that calls eval", legacy("cbuiltins\neval\nX\x01" + std::string(3, '\0') + "1\x85R.")},
      {"pickle that names a module of a user", legacy("cmodels\nNet\n)\x81.")},
      {"pickle of a name with an escape code", legacy("c\x1b[31m\nx\n.")},
      {"pickle, nested 100,000 levels", legacy(std::string(100'000, '(') + std::string(100'000, 't') + ".")},
      {"pickle, a list in itself", legacy("]q\x01h\x01"
                                          "a.")},
      {"pickle of 5 million lists", legacy(std::string(5'000'000, ']') + ".")},
      {"pickle of a number", legacy("K\x01.")},
      {"pickle of an empty dictionary", legacy("}.")},
      {"pickle, an unknown operation", legacy("\xff.")},
      {"pickle, a text of 2 GB", legacy("X\xff\xff\xff\x7fxx")},
      {"pickle, a tensor beyond its elements", with_byte(old, "K\x02K\x03\x86", 3, 9)},
      {"safetensors, two tensors in one place",
       safetensors(one + R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4)},
      {"safetensors, a shape whose product overflows",
       safetensors(one + R"("b":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[4,8]}})", 8)},
      {"safetensors, 100,000 tensors and one in the place of another", safetensors(many_tensors(100'000), 100'000)},
      {"safetensors of 8-bit floats", safetensors(R"({"a":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4]}})", 4)},
      {"text", "not weights\n"},
      {"an image", samples.png},
      {"nothing", ""},
  };
  std::vector<MalformedInput> inputs;
  for (size_t i = 0; i < files.size(); ++i) {
    const auto file = samples.folder / "weights" / (std::to_string(i) + ".pth");
    write_sample(file, files[i].second);
    inputs.push_back({"weights: " + files[i].first,
                      "convert",
                      {file.string(), (samples.out / ("weights" + std::to_string(i) + ".safetensors")).string()}});
  }
  return inputs;
}

}  // namespace intertwiner::tests
