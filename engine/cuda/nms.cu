// Non-maximum suppression: one warp goes through a list, best box first. A bit for each box says whether it is
// suppressed. The bits are in words; each thread of the warp holds some words. LoopBackend::suppressed_boxes computes
// before which boxes each box suppresses.
#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"
#include "engine/cuda/launch.cuh"

namespace intertwiner::cuda {
namespace {

constexpr int kWarp = 32, kSlots = 4;          // words that a thread holds
constexpr int64_t kMaxWords = kWarp * kSlots;  // words of a list
constexpr int64_t kBatch = 32;                 // boxes whose bits are fetched together
constexpr int64_t kBatchesPerWord = kernels::kBoxesPerWord / kBatch;
constexpr unsigned kAllThreads = 0xffffffffu;

// `lists.suppressed` is not used.
__global__ void staying_boxes(kernels::StayingBoxes lists) {
  __shared__ int64_t fetched[kBatch][kMaxWords];
  const int64_t list = blockIdx.x, thread = threadIdx.x, count = lists.count, words = lists.words;
  const int64_t* bits = lists.bits + list * count * words;
  const int32_t* valid = lists.valid + list * count;
  int32_t* stays = lists.stays + list * count;
  uint64_t suppressed[kSlots] = {};  // thread t holds words t, t + 32, …
  int64_t kept = 0;
  for (int64_t batch = 0; batch * kBatch < count; ++batch) {
    const int64_t begin = batch * kBatch, rows = count - begin < kBatch ? count - begin : kBatch;
    __syncwarp();
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t w = thread; w < words; w += kWarp) fetched[r][w] = bits[(begin + r) * words + w];
    const bool own_valid = thread < rows && valid[begin + thread];
    __syncwarp();
    const int64_t word = batch / kBatchesPerWord;
    for (int64_t r = 0; r < rows; ++r) {
      uint64_t own = 0;
      for (int s = 0; s < kSlots; ++s) own = word / kWarp == s ? suppressed[s] : own;
      const uint64_t now =
          __shfl_sync(kAllThreads, static_cast<unsigned long long>(own), static_cast<int>(word % kWarp));
      const bool is_valid = __shfl_sync(kAllThreads, own_valid ? 1 : 0, static_cast<int>(r)) != 0;
      const bool stay = is_valid && kept < lists.max_count && !(now >> ((begin + r) % kernels::kBoxesPerWord) & 1);
      if (thread == 0) stays[begin + r] = stay ? 1 : 0;
      if (!stay) continue;
      ++kept;
      for (int s = 0; s < kSlots; ++s) {
        const int64_t w = s * kWarp + thread;
        if (w < words) suppressed[s] |= static_cast<uint64_t>(fetched[r][w]);
      }
    }
  }
}

}  // namespace

Tensor CudaBackend::nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const {
  const int64_t lists = boxes.dim(0), count = boxes.dim(1);
  Tensor stays = Tensor::empty({lists, count}, DType::int32, Device::cuda);
  if (stays.size() == 0) return stays;
  const Tensor bits = suppressed_boxes(boxes, valid, threshold);
  if (bits.dim(2) > kMaxWords) return LoopBackend::nms(boxes, valid, threshold, max_count);
  launch_kernel(staying_boxes, lists, kWarp, stream_,
                kernels::StayingBoxes{.bits = bits.data<int64_t>(Device::cuda),
                                      .valid = valid.data<int32_t>(Device::cuda),
                                      .count = count,
                                      .words = bits.dim(2),
                                      .max_count = max_count,
                                      .suppressed = nullptr,
                                      .stays = stays.data<int32_t>(Device::cuda)});
  check(cudaGetLastError(), "nms of " + to_string(boxes.shape()));
  done("nms");
  return stays;
}

}  // namespace intertwiner::cuda
