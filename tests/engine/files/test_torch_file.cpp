#include <catch2/catch.hpp>
#include <cstring>

#include "engine/error.h"
#include "engine/files/read_file.h"
#include "engine/files/safetensors.h"
#include "engine/files/torch_file.h"
#include "engine/files/weights_file.h"
#include "tests/engine/compare.h"
#include "tests/golden_path.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

StoredTensors parse(const std::string& bytes) {
  const std::shared_ptr<char[]> copy(new char[bytes.size() + 1]);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return parse_torch_file({copy, reinterpret_cast<const std::byte*>(copy.get())}, bytes.size(), "file");
}

std::string golden(const std::string& name) { return read_file(tests::golden_path(name)); }

/// A pickle in the older layout, where only the object differs: torch.save's magic number, version and machine first.
std::string legacy(const std::string& object, const std::string& after = "]q\x01.") {
  std::string text("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}q\x01.",
                   15 + 6 + 6);
  return text + "\x80\x02" + object + "\x80\x02" + after;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("files that torch.save wrote, in both layouts, have the tensors that PyTorch saved") {
  const TensorFile expected = read_safetensors(tests::golden_path("torch_files.safetensors"));
  for (const char* name : {"torch_zip.pth", "torch_legacy.pth"}) {
    INFO(name);
    CHECK(is_torch_file(golden(name)));
    const StoredTensors tensors = read_weights(tests::golden_path(name)).tensors;
    REQUIRE(tensors.size() == expected.tensors.size());
    for (const auto& [tensor, value] : expected.tensors) {
      INFO(tensor);
      const Tensor found = copied(tensors.at(tensor));
      CHECK(found.dtype() == value.dtype());
      CHECK(found.shape() == value.shape());
      tests::check_same_bits(tensor, found, value);
    }
    const std::vector<float> halves = copied_as_float(tensors.at("halves")).to_vector<float>();
    CHECK(halves == std::vector<float>{1.5f, -2.0f, 5.9604645e-08f, 65504.0f, HUGE_VALF, 0.0f});
    CHECK(std::signbit(halves.back()));
  }
}

TEST_CASE("the weights are under their usual name, also beside other tensors and objects of Python and NumPy") {
  const auto text = [](const std::string& value) {
    return "X" + std::string(1, static_cast<char>(value.size())) + std::string(3, '\0') + value;
  };
  const std::string storage = "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\x01NtQ";
  const std::string tensor = "ctorch._utils\n_rebuild_tensor_v2\n(" + storage +
                             std::string("K\x00K\x01\x85K\x01\x85\x89", 9) + "ccollections\nOrderedDict\n)RtR";
  const std::string others =
      text("classes") + "c__builtin__\nset\n]\x85R" + text("best") + "cnumpy._core.multiarray\nscalar\nK\x01\x85R";
  const std::string elements = std::string("\x01\0\0\0\0\0\0\0\0\0\x80\x3f", 12);  // one: 1
  const std::string after = "]" + text("0") + "a." + elements;
  const StoredTensors within = parse(legacy(
      "}(" + others + text("loss") + tensor + text("model_state_dict") + "}(" + text("a") + tensor + "uu.", after));
  REQUIRE(within.size() == 1);
  CHECK(copied(within.at("a")).to_vector<float>() == std::vector<float>{1});
  CHECK(parse(legacy("}(" + text("net") + tensor + text("b") + tensor + "u.", after)).size() == 2);
}

TEST_CASE("a file of PyTorch that is cut anywhere is refused in one line") {
  for (const char* name : {"torch_zip.pth", "torch_legacy.pth"}) {
    const std::string whole = golden(name);
    for (size_t size = 0; size < whole.size(); size += 1 + size / 40) {
      INFO(name << " cut to " << size << " bytes");
      try {
        parse(whole.substr(0, size));
        CHECK(name == std::string("torch_legacy.pth"));  // its last bytes may be a storage of no elements
      } catch (const UserError& error) {
        CHECK(std::string(error.what()).find('\n') == std::string::npos);
      }
    }
  }
}

TEST_CASE("a pickle that calls for code is refused, and says what it calls for") {
  CHECK_THROWS_WITH(parse(legacy("cos\nsystem\nX\x04\0\0\0true\x85R.")),
                    "file: calls for \"os.system\", which a file of weights does not need; nothing was run; save the "
                    "weights alone: torch.save(model.state_dict(), FILE)");
  CHECK_THROWS_WITH(parse(replaced(golden("torch_zip.pth"), "cargparse\nNamespace\n", "cargparse\nNamespacE\n")),
                    Catch::Contains("calls for \"argparse.NamespacE\""));
  const std::string escape = legacy(std::string("c\x1b[31m\nx\n") + ".");
  CHECK_THROWS_WITH(parse(escape), Catch::Contains("\\u001b[31m.x"));
}

TEST_CASE("broken pickles are refused") {
  const auto refused = [](const std::string& object, const std::string& reason) {
    INFO(reason);
    CHECK_THROWS_WITH(parse(legacy(object)), Catch::Contains(reason));
  };
  refused("}.", "has no state dictionary");
  refused("K\x01K\x02.", "more or less than one object");
  refused("R.", "lacks its operands");
  refused("(.", "more or less than one object");
  refused("u.", "lacks its mark");
  refused("}(K\x01u.", "a key lacks its value");
  refused("h\x07.", "an object that does not exist");
  refused("\xff.", "an operation that a file of weights does not need");
  refused("X\xff\xff\xff\x7fxx", "cut short");
  refused("K\x01K\x01\x85R.", "calls something that is not a function");
  refused(std::string(200000, '(') + std::string(200000, 't') + ".", "has no state dictionary");  // nested, not deep
  refused(std::string(5'000'000, ']'), "too many objects");
}

TEST_CASE("tensors that reach beyond their elements are refused") {
  // The shape of "float32", 2×3, becomes 2×9.
  const std::string whole = golden("torch_legacy.pth");
  const size_t at = whole.find("K\x02K\x03\x86");
  REQUIRE(at != std::string::npos);
  std::string larger = whole;
  larger[at + 3] = 9;
  CHECK_THROWS_WITH(parse(larger), Catch::Contains("reaches beyond its elements"));
}

TEST_CASE("strides are within a number of elements, or not") {
  CHECK(fits({2, 3}, {3, 1}, 6));
  CHECK_FALSE(fits({2, 3}, {3, 1}, 5));
  CHECK(fits({1000, 3}, {0, 1}, 3));
  CHECK(fits({0, 3}, {3, 1}, 0));
  CHECK_FALSE(fits({2}, {-1}, 5));
  CHECK_FALSE(fits({int64_t{1} << 40, int64_t{1} << 40}, {0, 0}, 5));
  CHECK_FALSE(fits({3, 3}, {INT64_MAX, 1}, 5));
  CHECK_FALSE(fits({int64_t{1} << 61}, {0}, 1));
  CHECK_FALSE(fits({3}, {1, 1}, 5));
}

TEST_CASE("a zip archive that is no file of weights is refused") {
  const std::string whole = golden("torch_zip.pth");
  CHECK_THROWS_WITH(parse("PK\x03\x04" + std::string(100, 'x')), Catch::Contains("no directory at its end"));
  std::string other = whole;
  for (size_t at = other.find("data.pkl"); at != std::string::npos; at = other.find("data.pkl")) other[at] = 'x';
  CHECK_THROWS_WITH(parse(other), Catch::Contains("without data.pkl"));
  std::string compressed = whole;  // the directory says that the first entry is deflated
  compressed[compressed.find("PK\x01\x02") + 10] = 8;
  CHECK_THROWS_WITH(parse(compressed), Catch::Contains("is compressed"));
}

}  // namespace intertwiner
