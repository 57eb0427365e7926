#include "detector/evaluation/evaluated_batch.h"

#include "engine/communication/agreement.h"
#include "engine/communication/packed.h"

namespace intertwiner {
namespace {

std::string packed(const std::vector<EvaluatedBatch>& batches) {
  PackedWriter writer;
  for (const EvaluatedBatch& batch : batches) {
    writer.list(batch.indices);
    for (const std::vector<Detection>& found : batch.found) writer.list(found);
    writer.number(std::ssize(batch.unreadable));
    for (const std::string& why : batch.unreadable) writer.text(why);
  }
  return writer.bytes();
}

EvaluatedBatch next_batch(PackedReader& reader) {
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
  std::vector<PackedReader> readers(texts.begin(), texts.end());
  std::vector<EvaluatedBatch> all;
  for (size_t i = 0; i < own.size(); ++i)
    for (PackedReader& reader : readers) all.push_back(next_batch(reader));
  return all;
}

}  // namespace intertwiner
