// A training step whose batch is cut into shards (setting `shards`). Each shard is computed as if it were alone: with
// its own batch norm statistics, and with the class buffer as the last step left it plus the shard's own large set.
// Then the shards meet:
//
//   gradients           the mean over the shards
//   losses              the mean over the shards
//   running statistics  the mean of the shards' new values
//   class buffer        the large sets of all shards enter it together
//
// Processes share the shards of a step in rounds: in round k, process p of N computes shard kN + p. What meets is added
// shard by shard in order, so the number of processes changes no bit. Each process adds and updates its own part of the
// parameters (SlabPart) and sends it to the others.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/communication/communicator.h"
#include "engine/optimiser.h"
#include "layers/class_buffer.h"
#include "layers/parameters.h"

namespace intertwiner {

/// Every process's part of a slab, put together in `whole`. Part p is that of process p.
void gather_parts(Communicator& processes, const Tensor& own, const Tensor& whole);

class ShardSums {
 public:
  /// `optimiser` updates the part of this process. `class_buffer` may be null. Throws UserError unless the number of
  /// processes divides that of shards.
  ShardSums(Communicator& processes, int64_t shards, const Optimiser& optimiser, const Parameters& parameters,
            ClassBuffer* class_buffer);

  /// Shards that each process computes in a step.
  int64_t rounds() const { return shards_ / processes_.size(); }
  /// The shard of this process in a round.
  int64_t shard(int64_t round) const { return round * processes_.size() + processes_.rank(); }

  /// Before a step's first shard.
  void begin();
  /// After each shard's backward pass. `numbers` are float64, on the model's device, equally many for each shard.
  void add(const Tensor& numbers);

  struct Mean {
    Tensor gradient_norm;  ///< one value, float64
    Tensor numbers;
  };
  /// After a step's last shard: this process's part of the optimiser's gradients is that of the mean.
  Mean finish();

 private:
  void add_gradients();
  /// All that meets except the gradients, in one tensor: numbers, statistics, additions to the class buffer.
  Tensor packed(const Tensor& numbers) const;
  int64_t size_of_additions() const;

  Communicator& processes_;
  int64_t shards_;
  const Optimiser& optimiser_;
  std::vector<Tensor> statistics_, before_;  ///< running statistics; their values before the step
  ClassBuffer* class_buffer_;
  bool is_first_ = true;          ///< no shard of this step is added yet
  Tensor gradient_sum_;           ///< of the own part
  std::vector<Tensor> received_;  ///< the own part of each process's gradients
  Tensor sum_;                    ///< of the packed tensors, float64
  std::vector<Tensor> gathered_;  ///< the packed tensor of each process
  Tensor numbers_;                ///< only for its shape
};

}  // namespace intertwiner
