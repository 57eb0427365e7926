// Processes that train together. A communicator moves tensors between them and adds nothing, so the network has no part
// in the results: what arrives is added by our own code, in an order that does not depend on the number of processes.
//
// All processes must make the same calls in the same order. Each call returns when its data have arrived. A failed call
// throws UserError.
#pragma once
#include <cstdint>
#include <span>

#include "engine/tensor.h"

namespace intertwiner {

/// What a process has sent to others, in all calls together.
struct Traffic {
  int64_t bytes = 0;
  int64_t messages = 0;
};

class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;  ///< 0..size() − 1
  virtual int size() const = 0;
  /// Processes on this host, with this one.
  virtual int local_size() const = 0;

  /// Sends to[p] to each process p and receives its tensor for this one in from[p]; sizes must agree on both sides.
  /// Tensors may be empty. to[rank()] is copied to from[rank()].
  virtual void exchange(std::span<const Tensor> to, std::span<const Tensor> from) = 0;
  /// Sends `mine` to every process; from[p] receives that of process p. from[rank()] may be `mine` itself.
  virtual void gather(const Tensor& mine, std::span<const Tensor> from) = 0;
  /// Copies process 0's tensor to every process.
  virtual void broadcast(const Tensor& tensor) = 0;

  Traffic traffic() const { return traffic_; }

 protected:
  Traffic traffic_;
};

}  // namespace intertwiner
