// Processes that train together. A communicator moves tensors between them and adds nothing, so the network has no part
// in the results: what arrives is added by our own code, in an order that does not depend on the number of processes.
//
// All processes must make the same calls in the same order. All tensors of a call lie on one device, the same in every
// process. Each call returns when its data have arrived; on a GPU, when all later work there finds them arrived. A
// failed call throws UserError; after that, only ending the process is possible.
//
// `open_communicator` (open_communicator.h) makes one, and says what happens to the other processes when one ends.
#pragma once
#include <cstdint>
#include <span>

#include "engine/tensor.h"

namespace intertwiner {

/// What a process has sent to others, in all calls together. Each process that passes data on counts them. A broadcast
/// counts as if process 0 sent to every other process.
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
