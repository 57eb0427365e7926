#include "detector/training/shard_sums.h"

#include <string>

#include "engine/backend/backend.h"
#include "engine/elementwise.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

/// Adds the tensors to `sum` in their order, or makes it their sum.
void accumulate(const Tensor& sum, const std::vector<Tensor>& tensors, bool starts_sum) {
  size_t next = 0;
  if (starts_sum && tensors.size() > 1) {
    add_into(sum, tensors[0], tensors[1]);
    next = 2;
  } else if (starts_sum) {
    sum.copy_from(tensors[0]);
    next = 1;
  }
  for (; next < tensors.size(); ++next) add_into(sum, tensors[next]);
}

/// The part of each process in a slab.
std::vector<Tensor> parts_of(const Tensor& slab, const Communicator& processes) {
  std::vector<Tensor> parts;
  for (int p = 0; p < processes.size(); ++p) parts.push_back(SlabPart{p, processes.size()}.of(slab));
  return parts;
}

/// Walks through a slab: each call returns the next piece, with a tensor's size.
class Cutter {
 public:
  explicit Cutter(Tensor slab) : slab_(std::move(slab)) {}
  Tensor next(const Tensor& like) {
    const int64_t begin = place_;
    place_ += like.size();
    return slab_.slice(begin, place_).reshape(like.shape());
  }

 private:
  Tensor slab_;
  int64_t place_ = 0;
};

}  // namespace

void gather_parts(Communicator& processes, const Tensor& own, const Tensor& whole) {
  if (processes.size() == 1) return;
  processes.gather(own, parts_of(whole, processes));
}

ShardSums::ShardSums(Communicator& processes, int64_t shards, const Optimiser& optimiser, const Parameters& parameters,
                     ClassBuffer* class_buffer)
    : processes_(processes), shards_(shards), optimiser_(optimiser), class_buffer_(class_buffer) {
  if (shards % processes.size() != 0)
    throw UserError(std::to_string(processes.size()) + " processes cannot share " + std::to_string(shards) +
                    " shards equally; give --shards a multiple of the number of processes");
  for (const Buffer& buffer : parameters.buffers()) {
    if (buffer.for_training_only) continue;
    statistics_.push_back(buffer.tensor);
    before_.push_back(buffer.tensor.clone());
  }
  if (class_buffer_) class_buffer_->defer_additions();
  const Tensor own = optimiser.updated().of(optimiser.gradients());
  gradient_sum_ = Tensor::empty(own.shape(), own.dtype(), own.device());
  for (int p = 0; p < processes.size(); ++p)
    received_.push_back(p == processes.rank() ? own : Tensor::empty(own.shape(), own.dtype(), own.device()));
}

void ShardSums::begin() {
  is_first_ = true;
  for (size_t i = 0; i < statistics_.size(); ++i) before_[i].copy_from(statistics_[i]);
}

void ShardSums::add_gradients() {
  processes_.exchange(parts_of(optimiser_.gradients(), processes_), received_);
  accumulate(gradient_sum_, received_, is_first_);
}

int64_t ShardSums::size_of_additions() const {
  return class_buffer_ ? class_buffer_->additions().sum.size() + class_buffer_->additions().count.size() : 0;
}

Tensor ShardSums::packed(const Tensor& numbers) const {
  int64_t size = numbers.size();
  for (const Tensor& statistic : statistics_) size += statistic.size();
  size += size_of_additions();
  const Tensor slab = Tensor::empty({size}, DType::float64, numbers.device());
  Cutter cutter(slab);
  cutter.next(numbers).copy_from(numbers);
  for (const Tensor& statistic : statistics_) cutter.next(statistic).copy_from(statistic.to(DType::float64));
  if (class_buffer_) {
    const GroupSums& added = class_buffer_->additions();
    cutter.next(added.sum).copy_from(added.sum);
    cutter.next(added.count).copy_from(added.count);
  }
  return slab;
}

void ShardSums::add(const Tensor& numbers) {
  add_gradients();
  const Tensor mine = packed(numbers);
  if (!sum_.defined()) {
    numbers_ = Tensor::empty(numbers.shape(), numbers.dtype(), numbers.device());
    sum_ = Tensor::empty(mine.shape(), DType::float64, mine.device());
    for (int p = 0; p < processes_.size(); ++p)
      gathered_.push_back(Tensor::empty(mine.shape(), DType::float64, mine.device()));
  }
  processes_.gather(mine, gathered_);
  accumulate(sum_, gathered_, is_first_);
  for (size_t i = 0; i < statistics_.size(); ++i) statistics_[i].copy_from(before_[i]);  // for the next shard
  is_first_ = false;
}

ShardSums::Mean ShardSums::finish() {
  const SlabPart& part = optimiser_.updated();
  const double share = 1 / static_cast<double>(shards_);
  scale_into(part.of(optimiser_.gradients()), gradient_sum_, share);

  // The sum of squares of each of `shards` parts, then their sum: the same order with any number of processes.
  const Device device = sum_.device();
  const Tensor squares = Tensor::empty({shards_}, DType::float64, device);
  const Tensor own_squares = part.of(squares);
  for (int64_t i = 0; i < rounds(); ++i) {
    const SlabPart small{part.index * rounds() + i, shards_};
    own_squares.slice(i, i + 1).copy_from(backend_of(device).sum(small.of(optimiser_.gradients()), Summand::square));
  }
  gather_parts(processes_, own_squares, squares);
  const Tensor norm = backend_of(device).sum(squares, Summand::value);
  square_root_into(norm);

  Cutter cutter(scaled(sum_, share));
  const Tensor numbers = cutter.next(numbers_);
  for (const Tensor& statistic : statistics_) statistic.copy_from(cutter.next(statistic).to(statistic.dtype()));
  if (class_buffer_) {
    Cutter sums(sum_.slice(sum_.size() - size_of_additions(), sum_.size()));
    const GroupSums& like = class_buffer_->additions();
    const Tensor sum = sums.next(like.sum);
    class_buffer_->commit({sum, sums.next(like.count)});
  }
  return {norm, numbers};
}

}  // namespace intertwiner
