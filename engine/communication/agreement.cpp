#include "engine/communication/agreement.h"

#include <algorithm>
#include <optional>

#include "engine/communication/launch.h"

namespace intertwiner {
namespace {

/// Every process's value, by process.
template <class T>
std::vector<T> gather_values(Communicator& processes, T value) {
  const Tensor all = Tensor::empty({processes.size()}, dtype_of<T>());
  std::vector<Tensor> parts;
  for (int p = 0; p < processes.size(); ++p) parts.push_back(all.slice(p, p + 1));
  processes.gather(Tensor::from<T>({value}), parts);
  return all.to_vector<T>();
}

Tensor bytes_of(const std::string& text) { return Tensor::from(std::vector<uint8_t>(text.begin(), text.end())); }

std::string text_of(const Tensor& bytes) {
  const auto values = bytes.to_vector<uint8_t>();
  return {values.begin(), values.end()};
}

/// Throws the first error that is not empty, of all processes; nothing if there is none. `original` is this process's.
void throw_first(Communicator& processes, const std::optional<std::string>& error, const std::exception_ptr& original) {
  if (!any(processes, error.has_value())) return;
  const std::vector<std::string> texts = gather_texts(processes, error ? "!" + *error : "");
  const auto first = std::find_if(texts.begin(), texts.end(), [](const std::string& text) { return !text.empty(); });
  const std::string text = first->substr(1);
  if (processes.rank() > 0) throw SaidElsewhere(text);
  if (first == texts.begin()) std::rethrow_exception(original);
  throw UserError(text);
}

}  // namespace

bool any(Communicator& processes, bool value) {
  if (processes.size() == 1) return value;
  const std::vector<uint8_t> values = gather_values<uint8_t>(processes, value ? 1 : 0);
  return std::find(values.begin(), values.end(), 1) != values.end();
}

double from_first(Communicator& processes, double value) {
  if (processes.size() == 1) return value;
  const Tensor sent = Tensor::from<double>({value});
  processes.broadcast(sent);
  return sent.item();
}

std::vector<std::string> gather_texts(Communicator& processes, const std::string& text) {
  if (processes.size() == 1) return {text};
  const std::vector<int64_t> sizes = gather_values<int64_t>(processes, static_cast<int64_t>(text.size()));
  std::vector<Tensor> received;
  for (const int64_t size : sizes) received.push_back(Tensor::empty({size}, DType::uint8));
  processes.gather(bytes_of(text), received);
  std::vector<std::string> texts;
  for (const Tensor& bytes : received) texts.push_back(text_of(bytes));
  return texts;
}

void run_alike(const std::function<void()>& f) {
  try {
    f();
  } catch (const UserError& error) {
    if (launched_rank() == 0) throw;
    throw SaidElsewhere(error.what());
  }
}

void run_on_first(Communicator& processes, const std::function<void()>& f) {
  if (processes.size() == 1) return f();
  run_on_all(processes, [&] {
    if (processes.rank() == 0) f();
  });
}

void run_on_all(Communicator& processes, const std::function<void()>& f) {
  if (processes.size() == 1) return f();
  std::optional<std::string> error;
  std::exception_ptr original;
  try {
    f();
  } catch (const UserError& user_error) {
    error = user_error.what();
    original = std::current_exception();
  }
  throw_first(processes, error, original);
}

}  // namespace intertwiner
