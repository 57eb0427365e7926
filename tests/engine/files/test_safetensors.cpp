#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <sstream>

#include "engine/error.h"
#include "engine/files/safetensors.h"
#include "engine/philox.h"
#include "tests/golden_path.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

Tensor bfloat16(const std::vector<uint16_t>& values) {
  const Tensor tensor = Tensor::empty({static_cast<int64_t>(values.size())}, DType::bfloat16);
  std::memcpy(tensor.raw(), values.data(), values.size() * sizeof(uint16_t));
  return tensor;
}

/// The tensors of tests/reference/safetensors_file.py.
TensorFile every_type() {
  TensorFile file;
  file.metadata = {{"format", "pt"}, {"note", "two\nlines, \"quoted\", ü"}};
  file.tensors["f32"] =
      Tensor::from<float>({1.5f, -2, 0, 3.25f, 1e-30f, std::numeric_limits<float>::infinity()}, {2, 3});
  file.tensors["f64"] = Tensor::from<double>({0.1, -1e300});
  file.tensors["i32"] = Tensor::from<int32_t>({-1, std::numeric_limits<int32_t>::max()});
  file.tensors["i64"] =
      Tensor::from<int64_t>({std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}, {2, 1});
  file.tensors["u8"] = Tensor::from<uint8_t>({0, 7, 255});
  file.tensors["bf16"] = bfloat16({0x3F80, 0xC020, 0x3C00});
  file.tensors["scalar"] = Tensor::from<float>({42}, {});
  file.tensors["nothing"] = Tensor::from<float>({}, {0, 4});
  return file;
}

void check_same(const TensorFile& a, const TensorFile& b) {
  CHECK(a.metadata == b.metadata);
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    INFO(name);
    REQUIRE(b.tensors.count(name) == 1);
    const Tensor& other = b.tensors.at(name);
    CHECK(tensor.shape() == other.shape());
    REQUIRE(tensor.dtype() == other.dtype());
    REQUIRE(tensor.bytes() == other.bytes());
    CHECK((tensor.bytes() == 0 || std::memcmp(tensor.raw(), other.raw(), static_cast<size_t>(tensor.bytes())) == 0));
  }
}

/// A file with this header and so many bytes of data.
std::string file_with(const std::string& header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + header + std::string(data_bytes, '\1');
}

/// The error from reading these bytes, without the file's name; "read" if there is none.
std::string answer_to(const std::string& bytes) {
  static const tests::TemporaryFolder folder;
  const std::filesystem::path path = folder.write("a.safetensors", bytes);
  try {
    read_safetensors(path);
    return "read";
  } catch (const UserError& error) {
    const std::string message = error.what(), prefix = path.string() + ": ";
    REQUIRE(message.rfind(prefix, 0) == 0);
    REQUIRE(message.find('\n') == std::string::npos);
    return message.substr(prefix.size());
  }
}

std::string broken(const std::string& reason) {
  return "not a valid safetensors file: " + reason + "; copy or write the file again";
}

}  // namespace

TEST_CASE("tensors of every type and their metadata are read as they were written") {
  const tests::TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", every_type());
  check_same(read_safetensors(folder / "a.safetensors"), every_type());
  write_safetensors(folder / "empty.safetensors", {});
  check_same(read_safetensors(folder / "empty.safetensors"), {});
}

TEST_CASE("a file that Python's library wrote is read") {
  check_same(read_safetensors(tests::golden_path("written_by_python.safetensors")), every_type());
}

TEST_CASE("a file of tensors has the layout of the format, each tensor aligned to its element") {
  const tests::TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors",
                    {{{"a", Tensor::from<uint8_t>({5})}, {"b", Tensor::from<float>({1}, {1, 1})}}, {{"k", "v"}}});
  const std::string header = R"({"__metadata__":{"k":"v"},"b":{"data_offsets":[0,4],"dtype":"F32","shape":[1,1]},)"
                             R"("a":{"data_offsets":[4,5],"dtype":"U8","shape":[1]}})";
  const std::string bytes = tests::read_text(folder / "a.safetensors");
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  CHECK(bytes.substr(8, header.size()) == header);
  CHECK(bytes.substr(8 + header.size(), length - header.size()) == std::string(length - header.size(), ' '));
  CHECK(bytes.substr(8 + length) == std::string("\0\0\x80\x3f\5", 5));
}

TEST_CASE("a file truncated anywhere is refused as truncated") {
  const tests::TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", every_type());
  const std::string bytes = tests::read_text(folder / "a.safetensors");
  for (size_t length = 0; length < bytes.size(); ++length) {
    INFO(length << " of " << bytes.size() << " bytes");
    CHECK(answer_to(bytes.substr(0, length)).rfind("cut short: ", 0) == 0);
  }
  CHECK(answer_to(bytes) == "read");
}

TEST_CASE("a file with any damaged byte is read, or refused in one line") {
  const tests::TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", every_type());
  const std::string bytes = tests::read_text(folder / "a.safetensors");
  int refused = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char flip : {1, 2, 4, 8, 16, 32, 64, -128}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      refused += answer_to(damaged) != "read";
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("a file with changed, inserted or removed bytes is read, or refused in one line") {
  const tests::TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", every_type());
  const std::string bytes = tests::read_text(folder / "a.safetensors");
  const std::string likely = "{}[]\",:0123456789-e\\\n\xff";
  const Philox random(14, Purpose::tests);
  int refused = 0;
  for (uint32_t round = 0; round < 3000; ++round) {
    std::string damaged = bytes;
    for (uint32_t change = 0; change <= round % 4; ++change) {
      const Philox::Block r = random.block(round, change);
      const size_t at = r.word[0] % damaged.size();
      const char byte = r.word[1] % 4 ? likely[r.word[2] % likely.size()] : static_cast<char>(r.word[2]);
      switch (r.word[3] % 3) {
        case 0:
          damaged[at] = byte;
          break;
        case 1:
          damaged.insert(at, 1, byte);
          break;
        default:
          damaged.erase(at, 1 + r.word[1] % 16);
          break;
      }
    }
    refused += answer_to(damaged) != "read";
  }
  CHECK(refused > 1000);
}

TEST_CASE("a header that does not describe the file is refused with the reason") {
  const auto entry = [](const std::string& type, const std::string& shape, const std::string& offsets) {
    return R"({"w":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  CHECK(answer_to(file_with(entry("F32", "[2]", "[0,8]"), 8)) == "read");
  CHECK(answer_to(file_with(entry("F32", "[2]", "[0,8]"), 7)) ==
        "cut short: the tensors should have 8 bytes, the file has 7 bytes; copy or write the file again");
  CHECK(answer_to(file_with(entry("F32", "[2]", "[0,8]"), 9)) == broken("there are 1 byte after the last tensor"));
  CHECK(answer_to(file_with(entry("F8_E4M3", "[4]", "[0,4]"), 4)) ==
        "tensor \"w\" has dtype \"F8_E4M3\", which is not supported; convert it to F32, F16 or BF16");
  CHECK(answer_to(file_with(entry("F32", "[2,3]", "[0,8]"), 8)) ==
        broken("tensor \"w\" of shape 2×3 has 8 bytes instead of 24"));
  CHECK(answer_to(file_with(entry("F32", "[2]", "[8,0]"), 8)) == broken("tensor \"w\" ends before it begins"));
  CHECK(answer_to(file_with(entry("F32", "[2]", "[4,12]"), 12)) == broken("there is a gap before tensor \"w\""));
  CHECK(answer_to(file_with(entry("F32", "[2]", "[0]"), 8)) == broken("tensor \"w\" has no two data_offsets"));
  const std::string number = "tensor \"w\" has a value that is not an integer in its shape or data_offsets";
  for (const char* shape : {"[-1]", "[2.5]", "[\"2\"]", "[null]", "[9223372036854775808]"}) {
    CHECK(answer_to(file_with(entry("F32", shape, "[0,8]"), 8)) == broken(number));
  }
  const std::string huge = "tensor \"w\" has a shape that is too large";
  CHECK(answer_to(file_with(entry("F32", "[4294967296,4294967296,0]", "[0,0]"), 0)) == broken(huge));
  CHECK(answer_to(file_with(entry("F64", "[2305843009213693952]", "[0,0]"), 0)) == broken(huge));
}

TEST_CASE("tensors that overlap or are named twice are refused") {
  const auto two = [](const std::string& a, const std::string& a_offsets, const std::string& b,
                      const std::string& b_offsets, size_t data_bytes) {
    std::ostringstream header;
    header << "{\"" << a << R"(":{"dtype":"F32","shape":[2],"data_offsets":)" << a_offsets << "},";
    header << "\"" << b << R"(":{"dtype":"F32","shape":[2],"data_offsets":)" << b_offsets << "}}";
    return answer_to(file_with(header.str(), data_bytes));
  };
  CHECK(two("a", "[0,8]", "b", "[8,16]", 16) == "read");
  CHECK(two("a", "[0,8]", "b", "[4,12]", 12) == broken("tensor \"b\" overlaps another"));
  CHECK(two("a", "[0,8]", "b", "[0,8]", 8) == broken("tensor \"b\" overlaps another"));
  CHECK(two("a", "[0,8]", "a", "[0,8]", 8) == broken("the header names \"a\" twice"));
}

TEST_CASE("files that do not hold tensors are refused") {
  CHECK(answer_to(std::string(100, 'x')) == broken("it does not begin with the length of a header"));
  CHECK(answer_to(file_with("", 0)) == broken("the header is not a JSON object"));
  CHECK(answer_to(file_with("[]", 0)) == broken("the header is not a JSON object"));
  CHECK(answer_to(file_with("{\"a\":}", 0)) == broken("broken JSON at byte 6 of the header"));
  CHECK(answer_to(file_with("{\"a\":1e999}", 0)) == broken("a number in the header is out of range"));
  CHECK(answer_to(file_with("{\"a\":3}", 0)) == broken("tensor \"a\" is not an object"));
  CHECK(answer_to(file_with("{\"a\\nb\":{}}", 0)) == broken("tensor \"a\\nb\" has no dtype"));
  CHECK(answer_to(file_with("{\"__metadata__\":[]}", 0)) == broken("the metadata are not an object"));
  CHECK(answer_to(file_with("{\"__metadata__\":{\"k\":1}}", 0)) == broken("the metadata's \"k\" is not a text"));
}

TEST_CASE("a header is refused at the byte where it is nested too deep or has too many values") {
  const std::string deep(20'000'000, '[');
  CHECK(answer_to(file_with("{\"a\":" + deep, 0)) == broken("broken JSON at byte 105 of the header"));
  CHECK(answer_to(file_with("{\"a\":" + deep + std::string(deep.size(), ']') + "}", 0)) ==
        broken("broken JSON at byte 105 of the header"));
  std::string zeros = "{\"a\":[0";
  for (int i = 0; i < 3'000'000; ++i) zeros += ",0";
  CHECK(answer_to(file_with(zeros + "]}", 0)) == broken("broken JSON at byte 4000003 of the header"));
}

TEST_CASE("a header that names a field or a text of the metadata twice is refused") {
  CHECK(answer_to(file_with(R"({"a":{"dtype":"U8","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4)) ==
        broken("the header names \"dtype\" twice"));
  CHECK(answer_to(file_with(R"({"__metadata__":{"k":"1","k":"2"}})", 0)) == broken("the header names \"k\" twice"));
}

TEST_CASE("the bytes of a file are read like the file") {
  const std::string bytes = file_with(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 2);
  CHECK(parse_safetensors(bytes, "memory").tensors.at("a").to_vector<uint8_t>() == std::vector<uint8_t>{1, 1});
  CHECK_THROWS_WITH(parse_safetensors(bytes.substr(0, 4), "memory"), Catch::StartsWith("memory: cut short"));
}

TEST_CASE("a file of tensors that is missing or a folder is refused") {
  const tests::TemporaryFolder folder;
  CHECK_THROWS_WITH(read_safetensors("no/such.safetensors"),
                    "no/such.safetensors cannot be read (No such file or directory); check its name and permissions");
  CHECK_THROWS_WITH(read_safetensors(folder.path()), Catch::Contains(" cannot be read (Is a directory)"));
}

TEST_CASE("tensors that are not aligned to their elements are read too") {
  const tests::TemporaryFolder folder;
  std::string text = file_with(
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})",
      1);
  const float values[] = {1.5f, -2};
  text.append(reinterpret_cast<const char*>(values), sizeof values);
  folder.write("a.safetensors", text);
  const TensorFile file = read_safetensors(folder / "a.safetensors");
  CHECK(file.tensors.at("a").to_vector<uint8_t>() == std::vector<uint8_t>{1});
  CHECK(file.tensors.at("b").to_vector<float>() == std::vector<float>{1.5f, -2});
}

TEST_CASE("changes to a tensor do not change its file, and a new file does not change the tensor") {
  const tests::TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.safetensors";
  write_safetensors(path, every_type());
  const TensorFile file = read_safetensors(path);
  write_safetensors(path, {{{"f32", Tensor::from<float>({7})}}, {}});
  check_same(file, every_type());
  write_safetensors(path, every_type());
  read_safetensors(path).tensors.at("f32").fill_zero();
  check_same(read_safetensors(path), every_type());
}

TEST_CASE("tensors that cannot be written leave the old file") {
  const tests::TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.safetensors";
  write_safetensors(path, every_type());
  CHECK_THROWS_WITH(write_safetensors(path, {{}, {{"k", "\xff"}}}),
                    Catch::EndsWith("cannot be written: a name or a text in it is not UTF-8; rename it"));
  CHECK_THROWS_AS(write_safetensors(path, {{{"a", Tensor()}}, {}}), InternalError);
  CHECK_THROWS_AS(write_safetensors(path, {{{"__metadata__", Tensor::from<float>({1})}}, {}}), InternalError);
  check_same(read_safetensors(path), every_type());
  CHECK_THROWS_WITH(write_safetensors(folder / "no/a.safetensors", every_type()),
                    Catch::EndsWith("cannot be written: No such file or directory; create its folder first"));
}

}  // namespace intertwiner
