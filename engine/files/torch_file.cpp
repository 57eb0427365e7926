#include "engine/files/torch_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "engine/error.h"
#include "engine/files/pickle.h"
#include "engine/files/zip_entries.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

using Id = Pickle::Id;
using Kind = Pickle::Kind;

constexpr std::string_view kZipMagic = "PK\x03\x04";
/// The first pickle of the older layout is the number 0x1950a86a20f9469cfc6c. Before it are at most kMaxBefore bytes.
constexpr std::string_view kPickleMagic = "\x80", kLegacyMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
constexpr size_t kMaxBefore = 11;

constexpr std::array<std::pair<std::string_view, StoredType>, 10> kStorages = {
    {{"torch.DoubleStorage", StoredType::float64},
     {"torch.FloatStorage", StoredType::float32},
     {"torch.HalfStorage", StoredType::float16},
     {"torch.BFloat16Storage", StoredType::bfloat16},
     {"torch.LongStorage", StoredType::int64},
     {"torch.IntStorage", StoredType::int32},
     {"torch.ShortStorage", StoredType::int16},
     {"torch.CharStorage", StoredType::int8},
     {"torch.ByteStorage", StoredType::uint8},
     {"torch.BoolStorage", StoredType::boolean}}};

/// Functions that make a tensor or a parameter, and where their arguments are.
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor", kTensor2 = "torch._utils._rebuild_tensor_v2",
                           kParameter = "torch._utils._rebuild_parameter",
                           kParameterWithState = "torch._utils._rebuild_parameter_with_state";

/// Names that occur beside tensors in training checkpoints. Their objects are left out.
/// Python 3 writes its built-in types as those of Python 2's __builtin__, and NumPy 2 has its own under numpy._core.
constexpr std::array<std::string_view, 17> kOthers = {"collections.OrderedDict",
                                                      "collections.defaultdict",
                                                      "builtins.dict",
                                                      "builtins.set",
                                                      "builtins.list",
                                                      "builtins.int",
                                                      "__builtin__.dict",
                                                      "__builtin__.set",
                                                      "__builtin__.list",
                                                      "__builtin__.int",
                                                      "torch.Size",
                                                      "torch.device",
                                                      "argparse.Namespace",
                                                      "numpy.dtype",
                                                      "numpy.core.multiarray.scalar",
                                                      "numpy._core.multiarray.scalar",
                                                      "_codecs.encode"};
constexpr std::array<std::string_view, 11> kTypes = {
    "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16", "torch.int64",  "torch.int32",
    "torch.int16",   "torch.int8",    "torch.uint8",   "torch.bool",     "torch.strided"};

std::optional<StoredType> storage_type(std::string_view global) {
  for (const auto& [name, type] : kStorages)
    if (name == global) return type;
  return std::nullopt;
}

bool is_allowed(const std::string& global) {
  const auto has = [&](const auto& names) { return std::find(names.begin(), names.end(), global) != names.end(); };
  return storage_type(global) || global == kTensor || global == kTensor2 || global == kParameter ||
         global == kParameterWithState || has(kOthers) || has(kTypes);
}

/// Elements of one or more tensors.
struct Storage {
  StoredType type = StoredType::float32;
  std::string key;
  int64_t count = 0;  ///< elements
};

/// Finds the tensors in a pickle.
class TensorFinder {
 public:
  TensorFinder(const Pickle& pickle, std::string name) : pickle_(pickle), name_(std::move(name)) {}

  /// The storages in order of their first mention; the older layout needs their types.
  std::map<std::string, Storage> storages() const {
    std::map<std::string, Storage> found;
    for (Id id = 0; id <= pickle_.last(); ++id)
      if (pickle_.is(id, Kind::reference)) {
        const Storage storage = storage_of(id);
        found.emplace(storage.key, storage);
      }
    return found;
  }

  /// A tensor's place: its storage and the offset of its first element.
  struct Found {
    Storage storage;
    int64_t offset = 0;
    Shape shape;
    std::vector<int64_t> strides;
  };

  std::map<std::string, Found> state_dictionary() const {
    const Id dictionary = find_dictionary();
    std::map<std::string, Found> tensors;
    const std::vector<Id>& items = pickle_.items(dictionary);
    for (size_t i = 0; i + 1 < items.size(); i += 2)
      if (const std::optional<Id> call = tensor_call(items[i + 1]); call && pickle_.is(items[i], Kind::text))
        tensors.insert_or_assign(std::string(pickle_[items[i]].text), tensor_of(*call));
    return tensors;
  }

 private:
  [[noreturn]] void broken(const std::string& reason) const {
    throw DamagedFile(name_ + ": not a file of weights that PyTorch wrote: " + reason +
                      "; save it again with torch.save");
  }

  /// The call that makes the tensor, if the object is a tensor or a parameter.
  std::optional<Id> tensor_call(Id id) const {
    for (int depth = 0; depth < 2 && pickle_.is(id, Kind::call); ++depth) {
      const std::vector<Id>& items = pickle_.items(id);
      const std::string_view function = pickle_[items[0]].text;
      if (function == kTensor || function == kTensor2) return id;
      if ((function != kParameter && function != kParameterWithState) || items.size() < 2) return std::nullopt;
      id = items[1];
    }
    return std::nullopt;
  }

  bool has_tensors(Id dictionary) const {
    const std::vector<Id>& items = pickle_.items(dictionary);
    for (size_t i = 1; i < items.size(); i += 2)
      if (tensor_call(items[i])) return true;
    return false;
  }

  /// The member of a dictionary; nothing if it has none of this name.
  std::optional<Id> member(Id dictionary, std::string_view name) const {
    const std::vector<Id>& items = pickle_.items(dictionary);
    for (size_t i = 0; i + 1 < items.size(); i += 2)
      if (pickle_.is(items[i], Kind::text) && pickle_[items[i]].text == name) return items[i + 1];
    return std::nullopt;
  }

  /// The dictionary of weights: under a usual name, or else `id` itself if it has tensors. Beside the former a
  /// checkpoint may have other tensors, such as its last loss.
  std::optional<Id> find_dictionary(Id id, int max_depth) const {
    constexpr std::array kNames = {"model_state_dict", "state_dict", "model", "module", "net", "network", "weights"};
    if (!pickle_.is(id, Kind::dictionary)) return std::nullopt;
    for (const char* name : kNames) {
      const std::optional<Id> inner = max_depth > 0 ? member(id, name) : std::nullopt;
      if (!inner) continue;
      if (const auto found = find_dictionary(*inner, max_depth - 1)) return found;
    }
    return has_tensors(id) ? std::optional(id) : std::nullopt;
  }

  Id find_dictionary() const {
    constexpr int kMaxDepth = 2;
    if (const auto found = find_dictionary(pickle_.root(), kMaxDepth)) return *found;
    throw DamagedFile(name_ +
                      ": has no state dictionary, neither as a whole nor under \"model\" or \"state_dict\"; save "
                      "the weights alone: torch.save(model.state_dict(), FILE)");
  }

  int64_t integer(Id id) const {
    if (!pickle_.is(id, Kind::integer)) broken("a size in it is not an integer");
    return pickle_[id].integer;
  }

  std::vector<int64_t> integers(Id id) const {
    // torch.Size([2, 3]) is a call with a sequence.
    if (pickle_.is(id, Kind::call) && pickle_.items(id).size() == 2) id = pickle_.items(id)[1];
    if (!pickle_.is(id, Kind::sequence)) broken("a shape in it is not a sequence");
    std::vector<int64_t> numbers;
    for (const Id item : pickle_.items(id)) numbers.push_back(integer(item));
    return numbers;
  }

  /// ("storage", type, key, device, number of elements, …)
  Storage storage_of(Id reference) const {
    const std::vector<Id>& parts = pickle_.items(pickle_.items(reference)[0]);
    if (parts.size() < 5 || !pickle_.is(parts[1], Kind::global) || !pickle_.is(parts[2], Kind::text))
      broken("a reference in it is not one to elements");
    const std::string_view name = pickle_[parts[1]].text;
    const std::optional<StoredType> type = storage_type(name);
    if (!type) broken(std::string(name) + " is no type of elements");
    const Storage storage{*type, std::string(pickle_[parts[2]].text), integer(parts[4])};
    if (storage.count < 0 || storage.count > INT64_MAX / 8) broken("a number of elements in it is out of range");
    return storage;
  }

  /// call: function, storage, offset, shape, strides, …
  Found tensor_of(Id call) const {
    const std::vector<Id>& items = pickle_.items(call);
    if (items.size() < 5 || !pickle_.is(items[1], Kind::reference)) broken("a tensor in it lacks its parts");
    Found found{storage_of(items[1]), integer(items[2]), integers(items[3]), integers(items[4])};
    if (found.offset < 0 || found.offset > found.storage.count ||
        !fits(found.shape, found.strides, found.storage.count - found.offset))
      broken("a tensor of shape " + to_string(found.shape) + " in it reaches beyond its elements");
    return found;
  }

  const Pickle& pickle_;
  const std::string name_;
};

/// Elements by the key of their storage.
using Elements = std::map<std::string, std::string_view>;

StoredTensors tensors_of(const TensorFinder& finder, const Elements& elements,
                         const std::shared_ptr<const std::byte>& file, const std::string& name) {
  StoredTensors tensors;
  for (auto& [tensor, found] : finder.state_dictionary()) {
    const auto bytes = elements.find(found.storage.key);
    if (bytes == elements.end() ||
        bytes->second.size() < static_cast<size_t>(found.storage.count * size_of(found.storage.type)))
      throw DamagedFile(name + ": the elements of " + printable(tensor) +
                        " are missing or cut short; copy the file again");
    const auto* first =
        reinterpret_cast<const std::byte*>(bytes->second.data()) + found.offset * size_of(found.storage.type);
    tensors.emplace(tensor, StoredTensor{found.storage.type, found.shape, found.strides, {file, first}});
  }
  return tensors;
}

StoredTensors parse_zip(std::string_view bytes, const std::shared_ptr<const std::byte>& file, const std::string& name) {
  constexpr std::string_view kPickle = "data.pkl";
  const std::map<std::string, std::string_view> entries = zip_entries(bytes, name);
  const auto pickle = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.first == kPickle || std::string_view(entry.first).ends_with("/data.pkl");
  });
  if (pickle == entries.end())
    throw DamagedFile(name +
                      ": a zip archive without data.pkl, so torch.save did not write it; give a file of weights");
  const std::string folder = pickle->first.substr(0, pickle->first.size() - kPickle.size());
  const auto order = entries.find(folder + "byteorder");
  if (order != entries.end() && order->second != "little")
    throw Unsupported(name + ": its elements are big-endian, which is not supported; save it on another machine");
  Elements elements;
  for (const auto& [path, content] : entries)
    if (path.starts_with(folder + "data/")) elements.emplace(path.substr(folder.size() + 5), content);
  const Pickle values = Pickle::parse(pickle->second, is_allowed, name);
  return tensors_of(TensorFinder(values, name), elements, file, name);
}

StoredTensors parse_legacy(std::string_view bytes, const std::shared_ptr<const std::byte>& file,
                           const std::string& name) {
  // The format's number, the protocol's version, the machine; then the object, and the keys of its storages.
  size_t position = 0;
  const auto next = [&] {
    Pickle pickle = Pickle::parse(bytes.substr(position), is_allowed, name);
    position += pickle.size();
    return pickle;
  };
  for (int i = 0; i < 3; ++i) next();
  const Pickle object = next(), keys = next();
  const TensorFinder finder(object, name);
  const std::map<std::string, Storage> storages = finder.storages();
  Elements elements;
  for (const Id id : keys.items(keys.root())) {
    const auto storage = storages.find(std::string(keys[id].text));
    uint64_t count = 0;
    if (storage == storages.end() || bytes.size() - position < sizeof count)
      throw DamagedFile(name + ": its list of elements is broken or cut short; copy the file again");
    std::memcpy(&count, bytes.data() + position, sizeof count);
    position += sizeof count;
    const auto width = static_cast<uint64_t>(size_of(storage->second.type));
    if (count > (bytes.size() - position) / width)
      throw DamagedFile(name + ": cut short within its elements; copy the file again");
    elements.emplace(storage->first, bytes.substr(position, count * width));
    position += count * width;
  }
  return tensors_of(finder, elements, file, name);
}

}  // namespace

bool is_torch_file(std::string_view file) {
  const std::string_view start = file.substr(0, kMaxBefore + kLegacyMagic.size());
  return file.starts_with(kZipMagic) || (file.starts_with(kPickleMagic) && start.find(kLegacyMagic) != start.npos);
}

StoredTensors parse_torch_file(const std::shared_ptr<const std::byte>& file, size_t size, const std::string& name) {
  const std::string_view bytes(reinterpret_cast<const char*>(file.get()), size);
  return bytes.starts_with(kZipMagic) ? parse_zip(bytes, file, name) : parse_legacy(bytes, file, name);
}

}  // namespace intertwiner
