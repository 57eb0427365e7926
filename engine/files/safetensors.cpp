#include "engine/files/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/json.h"
#include "engine/files/read_file.h"
#include "engine/memory/allocator.h"

static_assert(std::endian::native == std::endian::little, "elements are written as they lie in memory");

namespace intertwiner {
namespace {

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  ///< the format's own limit
constexpr size_t kMaxHeaderValues = 2'000'000;     ///< enough for 200,000 tensors
constexpr const char* kMetadata = "__metadata__";

/// The format's names, and the type of a Tensor with such elements, if there is one.
struct TypeName {
  const char* name;
  StoredType stored;
  std::optional<DType> type = {};
};
constexpr std::array<TypeName, 10> kTypes = {{{"F32", StoredType::float32, DType::float32},
                                              {"F64", StoredType::float64, DType::float64},
                                              {"I32", StoredType::int32, DType::int32},
                                              {"I64", StoredType::int64, DType::int64},
                                              {"U8", StoredType::uint8, DType::uint8},
                                              {"BF16", StoredType::bfloat16, DType::bfloat16},
                                              {"F16", StoredType::float16},
                                              {"I16", StoredType::int16},
                                              {"I8", StoredType::int8},
                                              {"BOOL", StoredType::boolean}}};

const char* name_of(DType type) {
  for (const TypeName& known : kTypes) {
    if (known.type == type) return known.name;
  }
  throw InternalError("write_safetensors: no name for a type");
}

/// Any bytes of a file as one short line of a message.
std::string quoted(const std::string& text) {
  constexpr size_t kMax = 60;
  return Json(text.size() <= kMax ? text : text.substr(0, kMax) + "...").dump_ascii();
}

std::string bytes(uint64_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

/// Position of one tensor's elements, counted from the end of the header.
struct Extent {
  std::string name;
  TypeName type = kTypes[0];
  Shape shape;
  uint64_t begin = 0, end = 0;
};

class Reader {
 public:
  /// `read` copies the next bytes, and returns fewer than it should at the end.
  Reader(uint64_t file_bytes, std::string name, std::function<size_t(void*, size_t)> read)
      : file_bytes_(file_bytes), name_(std::move(name)), read_(std::move(read)) {}

  TensorFile read() {
    TensorFile file;
    for (const Extent& extent : read_all(file.metadata)) file.tensors.emplace(extent.name, tensor(extent));
    return file;
  }

  WeightsFile read_stored() {
    WeightsFile file;
    for (const Extent& extent : read_all(file.metadata)) file.tensors.emplace(extent.name, stored(extent));
    return file;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const { throw DamagedFile(name_ + ": " + reason); }
  [[noreturn]] void cut_short(const std::string& reason) const {
    fail("cut short: " + reason + "; copy or write the file again");
  }
  [[noreturn]] void broken(const std::string& reason) const {
    fail("not a valid safetensors file: " + reason + "; copy or write the file again");
  }

  void read_bytes(void* bytes, uint64_t count) {
    if (read_(bytes, count) < count) cut_short("it became shorter while it was read");
  }

  std::vector<Extent> read_all(std::map<std::string, std::string>& metadata_of_file) {
    const Json header = read_header();
    std::vector<Extent> extents;
    for (const auto& [name, entry] : header.members()) {
      if (name == kMetadata)
        metadata_of_file = metadata(entry);
      else
        extents.push_back(extent(name, entry));
    }
    require_contiguous(extents);
    data_ = allocate(static_cast<int64_t>(data_bytes_));
    read_bytes(data_.get(), data_bytes_);
    return extents;
  }

  StoredTensor stored(const Extent& extent) const {
    return {extent.type.stored, extent.shape, contiguous_strides(extent.shape), {data_, data_.get() + extent.begin}};
  }

  /// Shares the buffer, or copies a tensor that is not aligned to its elements or has no type of ours.
  Tensor tensor(const Extent& extent) const {
    std::byte* begin = data_.get() + extent.begin;
    if (extent.type.type &&
        reinterpret_cast<uintptr_t>(begin) % static_cast<uintptr_t>(size_of(*extent.type.type)) == 0)
      return Tensor::within({data_, begin}, extent.shape, *extent.type.type);
    return copied(stored(extent));
  }

  Json read_header() {
    if (file_bytes_ < kLengthBytes) cut_short("it has " + bytes(file_bytes_) + ", less than the length of a header");
    uint64_t length = 0;
    read_bytes(&length, kLengthBytes);
    if (length > kMaxHeaderBytes) broken("it does not begin with the length of a header");
    if (length > file_bytes_ - kLengthBytes) {
      cut_short("the header should have " + bytes(length) + ", the file has " + bytes(file_bytes_ - kLengthBytes) +
                " after its length");
    }
    data_bytes_ = file_bytes_ - kLengthBytes - length;
    std::string header(length, ' ');
    read_bytes(header.data(), length);
    return parse(header);
  }

  Json parse(std::string_view text) const {
    if (text.empty() || text[0] != '{') broken("the header is not a JSON object");
    try {
      return Json::parse(text, {.max_values = kMaxHeaderValues, .unique_keys = true});
    } catch (const JsonKeyTwice& error) {
      broken("the header names " + quoted(error.key) + " twice");
    } catch (const JsonError& error) {
      if (!error.broken_at) broken("a number in the header is out of range");
      broken("broken JSON at byte " + std::to_string(*error.broken_at) + " of the header");
    }
  }

  std::map<std::string, std::string> metadata(const Json& entry) const {
    if (!entry.is_object()) broken("the metadata are not an object");
    std::map<std::string, std::string> result;
    for (const auto& [name, value] : entry.members()) {
      if (!value.is_string()) broken("the metadata's " + quoted(name) + " is not a text");
      result[name] = value.get<std::string>();
    }
    return result;
  }

  Extent extent(const std::string& name, const Json& entry) const {
    const std::string tensor = "tensor " + quoted(name);
    if (!entry.is_object()) broken(tensor + " is not an object");
    const Json *type = entry.find("dtype"), *shape = entry.find("shape"), *offsets = entry.find("data_offsets");
    if (!type || !type->is_string()) broken(tensor + " has no dtype");
    const auto type_name = type->get<std::string>();
    const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return type_name == t.name; });
    if (found == kTypes.end()) {
      fail(tensor + " has dtype " + quoted(type_name) + ", which is not supported; convert it to F32, F16 or BF16");
    }
    if (!shape || !shape->is_array()) broken(tensor + " has no shape");
    if (!offsets || !offsets->is_array() || offsets->size() != 2) broken(tensor + " has no two data_offsets");
    Extent result{.name = name, .type = *found, .shape = {}};
    for (const Json& size : *shape) result.shape.push_back(integer(size, tensor));
    result.begin = static_cast<uint64_t>(integer((*offsets)[0], tensor));
    result.end = static_cast<uint64_t>(integer((*offsets)[1], tensor));

    // The product of element_count, but an overflow is an error.
    int64_t expected = 1;
    bool too_large = false;
    for (const int64_t size : result.shape) too_large = too_large || __builtin_mul_overflow(expected, size, &expected);
    too_large = too_large || __builtin_mul_overflow(expected, size_of(result.type.stored), &expected);
    if (too_large) broken(tensor + " has a shape that is too large");
    if (result.end < result.begin) broken(tensor + " ends before it begins");
    if (result.end - result.begin != static_cast<uint64_t>(expected)) {
      broken(tensor + " of shape " + to_string(result.shape) + " has " + bytes(result.end - result.begin) +
             " instead of " + std::to_string(expected));
    }
    return result;
  }

  int64_t integer(const Json& value, const std::string& tensor) const {
    const std::optional<int64_t> number = value.as_int64();
    if (number && *number >= 0) return *number;
    broken(tensor + " has a value that is not an integer in its shape or data_offsets");
  }

  /// Sorts by position, and checks that the tensors cover the data without gap or overlap.
  void require_contiguous(std::vector<Extent>& extents) const {
    std::sort(extents.begin(), extents.end(),
              [](const Extent& a, const Extent& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    uint64_t end = 0;
    for (const Extent& extent : extents) {
      if (extent.begin < end) broken("tensor " + quoted(extent.name) + " overlaps another");
      if (extent.begin > end) broken("there is a gap before tensor " + quoted(extent.name));
      end = extent.end;
    }
    if (end > data_bytes_) cut_short("the tensors should have " + bytes(end) + ", the file has " + bytes(data_bytes_));
    if (end < data_bytes_) broken("there are " + bytes(data_bytes_ - end) + " after the last tensor");
  }

  const uint64_t file_bytes_;
  const std::string name_;
  const std::function<size_t(void*, size_t)> read_;
  uint64_t data_bytes_ = 0;
  std::shared_ptr<std::byte> data_;  ///< everything after the header
};

/// The tensors in the order in which they are written.
std::vector<std::pair<std::string, Tensor>> widest_first(const TensorFile& file) {
  std::vector<std::pair<std::string, Tensor>> result(file.tensors.begin(), file.tensors.end());
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return size_of(a.second.dtype()) > size_of(b.second.dtype()); });
  return result;
}

std::string header_of(const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  const auto add = [&](const std::string& name, const Json& value) {
    if (text.size() > 1) text += ",";
    text += Json(name).dump() + ":" + value.dump();
  };
  if (!metadata.empty()) add(kMetadata, metadata);
  int64_t begin = 0;
  for (const auto& [name, tensor] : tensors) {
    if (name == kMetadata) throw InternalError("write_safetensors: a tensor is named __metadata__");
    const int64_t end = begin + tensor.bytes();
    add(name, {{"data_offsets", {begin, end}}, {"dtype", name_of(tensor.dtype())}, {"shape", tensor.shape()}});
    begin = end;
  }
  text += "}";
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

TensorFile read_safetensors(const std::filesystem::path& path) {
  InputFile file(path);
  return Reader(file.size(), path.string(), [&](void* bytes, size_t count) { return file.read(bytes, count); }).read();
}

WeightsFile read_stored_safetensors(const std::filesystem::path& path) {
  InputFile file(path);
  return Reader(file.size(), path.string(), [&](void* bytes, size_t count) { return file.read(bytes, count); })
      .read_stored();
}

TensorFile parse_safetensors(std::string_view file, const std::string& name) {
  const auto read = [&](void* bytes, size_t count) {
    const std::string_view next = file.substr(0, count);
    std::memcpy(bytes, next.data(), next.size());
    file.remove_prefix(next.size());
    return next.size();
  };
  return Reader(file.size(), name, read).read();
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  for (const auto& [name, tensor] : file.tensors) {
    if (!tensor.defined()) throw InternalError("write_safetensors: tensor " + name + " is not defined");
  }
  const std::vector<std::pair<std::string, Tensor>> tensors = widest_first(file);
  std::string header;
  try {
    header = header_of(tensors, file.metadata);
  } catch (const JsonError&) {
    throw UserError(path.string() + ": cannot be written: a name or a text in it is not UTF-8; rename it");
  }
  AtomicFile out(path);
  const uint64_t length = header.size();
  out.write(&length, kLengthBytes);
  out.write(header);
  for (const auto& [name, tensor] : tensors) out.write(tensor.raw(), static_cast<size_t>(tensor.bytes()));
  out.commit();
}

}  // namespace intertwiner
