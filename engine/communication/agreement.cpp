#include "engine/communication/agreement.h"

#include <exception>
#include <optional>

namespace intertwiner {
namespace {

Tensor bytes_of(const std::string& text) { return Tensor::from(std::vector<uint8_t>(text.begin(), text.end())); }

std::string text_of(const Tensor& bytes) {
  const auto* begin = bytes.data<uint8_t>();
  return {begin, begin + bytes.size()};
}

/// Process 0's text, or nothing, in every process.
std::optional<std::string> broadcast_text(Communicator& communicator, const std::optional<std::string>& text) {
  const Tensor size = Tensor::from<int64_t>({text ? static_cast<int64_t>(text->size()) : -1});
  communicator.broadcast(size);
  const int64_t bytes = size.data<int64_t>()[0];
  if (bytes < 0) return {};
  const Tensor content = communicator.rank() == 0 ? bytes_of(*text) : Tensor::empty({bytes}, DType::uint8);
  communicator.broadcast(content);
  return text_of(content);
}

}  // namespace

std::vector<std::string> gather_texts(Communicator& communicator, const std::string& text) {
  const auto processes = static_cast<size_t>(communicator.size());
  std::vector<Tensor> sizes, contents;
  for (size_t p = 0; p < processes; ++p) sizes.push_back(Tensor::empty({1}, DType::int64));
  communicator.gather(Tensor::from<int64_t>({static_cast<int64_t>(text.size())}), sizes);
  for (const Tensor& size : sizes) contents.push_back(Tensor::empty({size.data<int64_t>()[0]}, DType::uint8));
  communicator.gather(bytes_of(text), contents);
  std::vector<std::string> texts;
  for (const Tensor& content : contents) texts.push_back(text_of(content));
  return texts;
}

void run_on_first(Communicator& communicator, const std::function<void()>& f) {
  std::exception_ptr error;
  std::optional<std::string> words;
  if (communicator.rank() == 0) {
    try {
      f();
    } catch (const UserError& problem) {
      error = std::current_exception();
      words = problem.what();
    }
  }
  words = broadcast_text(communicator, words);
  if (error) std::rethrow_exception(error);
  if (words) throw UserError(*words);
}

}  // namespace intertwiner
