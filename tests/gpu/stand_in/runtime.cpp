// CUDA's runtime, as far as engine/cuda/ calls it.
#include <cstring>
#include <new>
#include <utility>

#include "tests/gpu/stand_in/device.h"

using intertwiner::tests::ClosedMemory;
using namespace intertwiner::stand_in;

namespace {

constexpr int kVersion = 13000;

Device& device() { return Device::get(); }
Stream& of(cudaStream_t stream) { return *reinterpret_cast<Stream*>(stream); }
Event& of(cudaEvent_t event) { return *reinterpret_cast<Event*>(event); }
using Lock = std::lock_guard<std::recursive_mutex>;

/// Takes device memory; null if there is not enough.
std::byte* take(size_t bytes) try {
  std::byte* const block = device().memory.take(bytes);
  device().counts.peak_bytes = std::max(device().counts.peak_bytes, static_cast<int64_t>(device().memory.used_bytes()));
  return block;
} catch (const std::bad_alloc&) {
  return nullptr;
}

enum class Side { device, pinned, pageable };
Side side_of(const void* address) {
  return device().memory.contains(address) ? Side::device : device().is_pinned(address) ? Side::pinned : Side::pageable;
}

/// Whether a copy's kind names the right sides.
bool fits(cudaMemcpyKind kind, Side to, Side from) {
  const bool to_device = to == Side::device, from_device = from == Side::device;
  switch (kind) {
    case cudaMemcpyHostToHost:
      return !to_device && !from_device;
    case cudaMemcpyHostToDevice:
      return to_device && !from_device;
    case cudaMemcpyDeviceToHost:
      return !to_device && from_device;
    case cudaMemcpyDeviceToDevice:
      return to_device && from_device;
    default:
      return true;
  }
}

}  // namespace

extern "C" {

cudaError_t cudaGetLastError() {
  const Lock lock(device().mutex);
  return std::exchange(device().last_error, cudaSuccess);
}
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorNotReady:
      return "device not ready";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated:
      return "operation failed due to a previous error during capture";
    case cudaErrorCapturedEvent:
      return "operation not permitted on an event last recorded in a capturing stream";
    default:
      return "an error of the stand-in";
  }
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = kVersion;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::strcpy(properties->name, "stand-in");
  properties->major = 9;
  properties->totalGlobalMem = device().memory.bytes();
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const Lock lock(device().mutex);
  auto* const made = new Stream;
  device().streams.insert(made);
  *stream = reinterpret_cast<cudaStream_t>(made);
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Lock lock(device().mutex);
  if (device().refuse_while_capturing() != cudaSuccess) return cudaErrorStreamCaptureUnsupported;
  ++device().counts.waits;
  device().wait(of(stream));
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = reinterpret_cast<cudaEvent_t>(new Event);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, 0); }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const Lock lock(device().mutex);
  for (Stream* stream : device().streams) device().wait(*stream);
  delete &of(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned flags) {
  const Lock lock(device().mutex);
  if (flags != cudaEventRecordExternal || !of(stream).captured) return device().status(cudaErrorInvalidValue);
  Event& e = of(event);
  device().put(of(stream), {&Counts::events, [&e] { e.seconds = device().seconds; }});
  return cudaSuccess;
}
// By the clock of the model (Device::seconds).
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
  *milliseconds = static_cast<float>(1e3 * (of(to).seconds - of(from).seconds));
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const Lock lock(device().mutex);
  Event& e = of(event);
  e.captured = of(stream).captured != nullptr;
  if (e.captured) return cudaSuccess;
  ++e.pending;
  device().put(of(stream), {&Counts::events, [&e] { --e.pending; }});
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  const Lock lock(device().mutex);
  if (of(event).captured) return device().status(cudaErrorCapturedEvent);
  if (device().refuse_while_capturing() != cudaSuccess) return cudaErrorStreamCaptureUnsupported;
  return device().status(of(event).pending > 0 ? cudaErrorNotReady : cudaSuccess);
}

cudaError_t cudaHostAlloc(void** memory, size_t bytes, unsigned) {
  const Lock lock(device().mutex);
  if (device().refuse_while_capturing() != cudaSuccess) return cudaErrorStreamCaptureUnsupported;
  if (device().fails("cudaHostAlloc")) return device().status(cudaErrorMemoryAllocation);
  *memory = ::operator new (bytes, std::align_val_t{4096});
  device().pinned[*memory] = bytes;
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** memory, size_t bytes) {
  const Lock lock(device().mutex);
  if (device().refuse_while_capturing() != cudaSuccess) return cudaErrorStreamCaptureUnsupported;
  std::byte* const block = device().fails("cudaMalloc") ? nullptr : take(bytes);
  if (!block) return device().status(cudaErrorMemoryAllocation);
  const ClosedMemory::Open open(device().memory);
  fill_with_nan(block, bytes);
  *memory = block;
  return cudaSuccess;
}

cudaError_t cudaMallocAsync(void** memory, size_t bytes, cudaStream_t stream) {
  const Lock lock(device().mutex);
  if (device().fails("cudaMallocAsync")) return device().status(cudaErrorMemoryAllocation);
  std::byte* const block = take(bytes);
  if (!block) return device().status(cudaErrorMemoryAllocation);
  Stream& s = of(stream);
  if (s.captured) {
    s.captured->memory[block] = bytes;
    s.captured->unfreed.insert(block);
  }
  int64_t Counts::*const kind = s.captured ? &Counts::graph_allocations : &Counts::allocations;
  device().put(s, {kind, [block, bytes] { fill_with_nan(block, bytes); }});
  *memory = block;
  return cudaSuccess;
}

cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream) {
  const Lock lock(device().mutex);
  auto* const block = static_cast<std::byte*>(memory);
  const size_t bytes = device().memory.block_bytes(block);
  if (bytes == 0 || device().fails("cudaFreeAsync")) return device().status(cudaErrorInvalidValue);
  Stream& s = of(stream);
  const auto ruin = [block, bytes] { fill_with_nan(block, bytes); };
  if (s.captured) {
    if (s.captured->unfreed.erase(block) == 0) {  // the graph did not allocate it
      s.broken = true;
      return device().status(cudaErrorInvalidValue);
    }
    device().put(s, {&Counts::graph_frees, ruin});
    return cudaSuccess;
  }
  device().put(s, {&Counts::frees, [block, ruin] {
                     ruin();
                     device().memory.give_back(block);
                   }});
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  const Lock lock(device().mutex);
  Stream& s = of(stream);
  const Side target = side_of(to), source = side_of(from);
  if (!fits(kind, target, source)) return device().status(cudaErrorInvalidMemcpyDirection);
  const bool with_host = target != Side::device || source != Side::device;
  if (s.captured && (with_host || kind == cudaMemcpyDefault)) {
    s.broken = true;
    return device().status(cudaErrorStreamCaptureUnsupported);
  }
  if (with_host) ++device().counts.host_copies;
  if (with_host && target == Side::device) device().counts.bytes_to_device += static_cast<int64_t>(bytes);
  if (source == Side::pageable) {  // copied before the call returns
    const auto* begin = static_cast<const std::byte*>(from);
    device().put(s, {&Counts::copies,
                     [to, staged = std::vector<std::byte>(begin, begin + bytes)] {
                       std::memcpy(to, staged.data(), staged.size());
                     },
                     Cost{2.0 * static_cast<double>(bytes)}});
    return cudaSuccess;
  }
  device().put(s, {&Counts::copies, [to, from, bytes] { std::memmove(to, from, bytes); },
                   Cost{2.0 * static_cast<double>(bytes)}});
  if (target == Side::pageable) device().wait(s);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t stream) {
  const Lock lock(device().mutex);
  if (side_of(memory) != Side::device) return device().status(cudaErrorInvalidValue);
  device().put(of(stream), {&Counts::fills, [memory, value, bytes] { std::memset(memory, value, bytes); },
                            Cost{static_cast<double>(bytes)}});
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  const Lock lock(device().mutex);
  *total = device().memory.bytes();
  *free = *total - device().memory.used_bytes();
  return cudaSuccess;
}

// The pool keeps nothing: freed memory is free.
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int) {
  *pool = nullptr;
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* value) {
  *static_cast<uint64_t*>(value) = static_cast<uint64_t>(device().counts.peak_bytes);
  return cudaSuccess;
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t) {
  const Lock lock(device().mutex);
  return device().refuse_while_capturing();
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  const Lock lock(device().mutex);
  const bool was_relaxed = std::exchange(device().relaxed, *mode == cudaStreamCaptureModeRelaxed);
  *mode = was_relaxed ? cudaStreamCaptureModeRelaxed : cudaStreamCaptureModeThreadLocal;
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const Lock lock(device().mutex);
  if (mode != cudaStreamCaptureModeThreadLocal) return device().status(cudaErrorNotSupported);
  if (of(stream).captured) return device().status(cudaErrorIllegalState);
  of(stream).captured = std::make_shared<Graph>();
  of(stream).captures = std::this_thread::get_id();
  of(stream).broken = false;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const Lock lock(device().mutex);
  Stream& s = of(stream);
  *graph = nullptr;
  if (!s.captured) return device().status(cudaErrorIllegalState);
  const auto captured = std::exchange(s.captured, nullptr);
  if (s.broken) return device().status(cudaErrorStreamCaptureInvalidated);
  *graph = reinterpret_cast<cudaGraph_t>(new std::shared_ptr<Graph>(captured));
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  const Lock lock(device().mutex);
  if (device().fails("cudaGraphInstantiate")) return device().status(cudaErrorMemoryAllocation);
  *executable = reinterpret_cast<cudaGraphExec_t>(new Executable{*reinterpret_cast<std::shared_ptr<Graph>*>(graph)});
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  const Lock lock(device().mutex);
  delete reinterpret_cast<std::shared_ptr<Graph>*>(graph);
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  const Lock lock(device().mutex);
  for (Stream* stream : device().streams) device().wait(*stream);
  delete reinterpret_cast<Executable*>(executable);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  const Lock lock(device().mutex);
  auto& e = *reinterpret_cast<Executable*>(executable);
  if (e.holds_memory) return device().status(cudaErrorInvalidValue);
  e.holds_memory = !e.graph->unfreed.empty();
  device().put(of(stream), {&Counts::graph_launches, [graph = e.graph] {
                              for (const Node& node : graph->nodes) device().run(node);
                            }});
  return cudaSuccess;
}

// Functions for tests (counts.h).
void stand_in_counts(Counts* counts) {
  const Lock lock(device().mutex);
  for (Stream* stream : device().streams) device().wait(*stream);
  *counts = device().counts;
}
void stand_in_fail(const char* function) {
  const Lock lock(device().mutex);
  device().failing = function;
}
}
