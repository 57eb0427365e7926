// A communicator for tensors on the host and on a GPU. It passes tensors on the host to a communicator for the host
// (MPI). Tensors on the GPU go to a communicator for the GPU (NCCL); without one they are copied to the host, sent from
// there, and copied back.
#pragma once
#include <memory>

#include "engine/communication/communicator.h"

namespace intertwiner {

class DeviceRouter : public Communicator {
 public:
  /// `gpu` may be null.
  DeviceRouter(std::unique_ptr<Communicator> host, std::unique_ptr<Communicator> gpu);

  int rank() const override { return host_->rank(); }
  int size() const override { return host_->size(); }
  int local_size() const override { return host_->local_size(); }

  void exchange(std::span<const Tensor> to, std::span<const Tensor> from) override;
  void gather(const Tensor& mine, std::span<const Tensor> from) override;
  void broadcast(const Tensor& tensor) override;

 private:
  void exchange_over_host(std::span<const Tensor> to, std::span<const Tensor> from);
  void gather_over_host(const Tensor& mine, std::span<const Tensor> from);
  /// The communicator that can send tensors of this device as they are; null if there is none.
  Communicator* direct(Device device) const { return device == Device::cpu ? host_.get() : gpu_.get(); }
  void require_one_each(std::span<const Tensor> tensors) const;
  void count_traffic();

  std::unique_ptr<Communicator> host_, gpu_;
};

}  // namespace intertwiner
