#include "engine/communication/device_router.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace intertwiner {
namespace {

Device device_of(std::span<const Tensor> tensors) {
  const bool on_gpu =
      std::any_of(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.device() == Device::cuda; });
  return on_gpu ? Device::cuda : Device::cpu;
}

/// Memory on the host for a tensor of the GPU. Copies between the two do not make the host wait longer than needed.
Tensor host_memory_for(const Tensor& tensor) {
  if (tensor.size() == 0) return Tensor::empty(tensor.shape(), tensor.dtype());
  return Tensor::within(backend_of(Device::cuda).allocate_on_host(tensor.bytes()), tensor.shape(), tensor.dtype());
}

Tensor on_host(const Tensor& tensor) {
  const Tensor copy = host_memory_for(tensor);
  copy.copy_from(tensor);
  return copy;
}

}  // namespace

DeviceRouter::DeviceRouter(std::unique_ptr<Communicator> host, std::unique_ptr<Communicator> gpu)
    : host_(std::move(host)), gpu_(std::move(gpu)) {}

void DeviceRouter::exchange(std::span<const Tensor> to, std::span<const Tensor> from) {
  require_one_each(to);
  require_one_each(from);
  if (Communicator* communicator = direct(device_of(from)))
    communicator->exchange(to, from);
  else
    exchange_over_host(to, from);
  count_traffic();
}

void DeviceRouter::gather(const Tensor& mine, std::span<const Tensor> from) {
  require_one_each(from);
  if (Communicator* communicator = direct(device_of(from)))
    communicator->gather(mine, from);
  else
    gather_over_host(mine, from);
  count_traffic();
}

void DeviceRouter::broadcast(const Tensor& tensor) {
  if (Communicator* communicator = direct(tensor.device())) {
    communicator->broadcast(tensor);
  } else {
    const Tensor copy = rank() == 0 ? on_host(tensor) : host_memory_for(tensor);
    host_->broadcast(copy);
    if (rank() != 0) tensor.copy_from(copy);
  }
  count_traffic();
}

void DeviceRouter::exchange_over_host(std::span<const Tensor> to, std::span<const Tensor> from) {
  std::vector<Tensor> sent(to.size()), received(from.size());
  for (size_t p = 0; p < to.size(); ++p) {
    if (static_cast<int>(p) == rank()) continue;  // its own part stays on the GPU
    sent[p] = on_host(to[p]);
    received[p] = host_memory_for(from[p]);
  }
  host_->exchange(sent, received);
  received[static_cast<size_t>(rank())] = to[static_cast<size_t>(rank())];
  for (size_t p = 0; p < from.size(); ++p) from[p].copy_from(received[p]);
}

void DeviceRouter::gather_over_host(const Tensor& mine, std::span<const Tensor> from) {
  const auto own = static_cast<size_t>(rank());
  std::vector<Tensor> received(from.size());
  for (size_t p = 0; p < from.size(); ++p) received[p] = p == own ? on_host(mine) : host_memory_for(from[p]);
  host_->gather(received[own], received);
  for (size_t p = 0; p < from.size(); ++p) from[p].copy_from(received[p]);
}

void DeviceRouter::require_one_each(std::span<const Tensor> tensors) const {
  if (static_cast<int>(tensors.size()) == size()) return;
  throw InternalError("communicator: " + std::to_string(tensors.size()) + " tensors for " + std::to_string(size()) +
                      " processes");
}

void DeviceRouter::count_traffic() {
  traffic_ = host_->traffic();
  if (!gpu_) return;
  traffic_.bytes += gpu_->traffic().bytes;
  traffic_.messages += gpu_->traffic().messages;
}

}  // namespace intertwiner
