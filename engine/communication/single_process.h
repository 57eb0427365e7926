// A communicator of one process. It sends nothing.
#pragma once
#include "engine/communication/communicator.h"

namespace intertwiner {

class SingleProcess : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_size() const override { return 1; }

  void exchange(std::span<const Tensor> to, std::span<const Tensor> from) override { copy(to[0], from[0]); }
  void gather(const Tensor& mine, std::span<const Tensor> from) override { copy(mine, from[0]); }
  void broadcast(const Tensor&) override {}

 private:
  static void copy(const Tensor& from, const Tensor& to) {
    if (from.size() + to.size() == 0 || from.raw(from.device()) == to.raw(to.device())) return;
    to.copy_from(from);
  }
};

}  // namespace intertwiner
