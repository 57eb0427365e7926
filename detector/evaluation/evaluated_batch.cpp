#include "detector/evaluation/evaluated_batch.h"

#include <cstring>
#include <type_traits>

#include "engine/communication/agreement.h"

namespace intertwiner {
namespace {

static_assert(std::is_trivially_copyable_v<Detection>);  // sent as its bytes; all processes run the same program

class Writer {
 public:
  template <class T>
  void list(const std::vector<T>& values) {
    number(std::ssize(values));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  void text(const std::string& value) { list(std::vector<char>(value.begin(), value.end())); }
  void number(int64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads what a Writer of the same program wrote.
class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}
  template <class T>
  std::vector<T> list() {
    std::vector<T> values(static_cast<size_t>(number()));
    take(values.data(), values.size() * sizeof(T));
    return values;
  }
  std::string text() {
    const std::vector<char> value = list<char>();
    return {value.begin(), value.end()};
  }
  int64_t number() {
    int64_t value = 0;
    take(&value, sizeof value);
    return value;
  }

 private:
  void take(void* to, size_t size) {
    if (size > bytes_.size() - place_) throw InternalError("evaluated batches: the message is cut short");
    if (size > 0) std::memcpy(to, bytes_.data() + place_, size);
    place_ += size;
  }
  const std::string& bytes_;
  size_t place_ = 0;
};

std::string packed(const std::vector<EvaluatedBatch>& batches) {
  Writer writer;
  for (const EvaluatedBatch& batch : batches) {
    writer.list(batch.indices);
    for (const std::vector<Detection>& found : batch.found) writer.list(found);
    writer.number(std::ssize(batch.unreadable));
    for (const std::string& why : batch.unreadable) writer.text(why);
  }
  return writer.bytes();
}

EvaluatedBatch next_batch(Reader& reader) {
  EvaluatedBatch batch;
  batch.indices = reader.list<int64_t>();
  for (size_t i = 0; i < batch.indices.size(); ++i) batch.found.push_back(reader.list<Detection>());
  for (int64_t left = reader.number(); left > 0; --left) batch.unreadable.push_back(reader.text());
  return batch;
}

}  // namespace

std::vector<EvaluatedBatch> gather_batches(Communicator& processes, std::vector<EvaluatedBatch> own) {
  if (processes.size() == 1) return own;
  const std::vector<std::string> texts = gather_texts(processes, packed(own));
  std::vector<Reader> readers(texts.begin(), texts.end());
  std::vector<EvaluatedBatch> all;
  for (size_t i = 0; i < own.size(); ++i)
    for (Reader& reader : readers) all.push_back(next_batch(reader));
  return all;
}

}  // namespace intertwiner
