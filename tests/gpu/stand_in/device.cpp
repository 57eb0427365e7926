#include "tests/gpu/stand_in/device.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace intertwiner::stand_in {
namespace {

/// Bytes of addresses of the device's memory, INTERTWINER_STAND_IN_MB or 16 GB.
size_t memory_bytes() {
  const char* megabytes = std::getenv("INTERTWINER_STAND_IN_MB");
  return size_t{megabytes ? std::strtoul(megabytes, nullptr, 10) : 16384} << 20;
}

}  // namespace

void fill_with_nan(std::byte* memory, size_t bytes) { std::memset(memory, 0xff, bytes); }

Graph::~Graph() {
  Device& device = Device::get();
  for (const auto& [block, bytes] : memory) device.memory.give_back(block);
}

Device::Device() : memory(memory_bytes()), counts() {}

// Never destroyed: tensors in static storage are freed after it.
Device& Device::get() {
  static auto* const device = new Device;
  return *device;
}

cudaError_t Device::status(cudaError_t code) {
  if (code != cudaSuccess) last_error = code;
  return code;
}

bool Device::fails(const char* function) {
  if (failing != function) return false;
  failing.clear();
  return true;
}

// Captures are in the mode cudaStreamCaptureModeThreadLocal: other threads may go on.
cudaError_t Device::refuse_while_capturing() {
  for (Stream* const stream : streams) {
    if (relaxed || !stream->captured || stream->captures != std::this_thread::get_id()) continue;
    stream->broken = true;
    return status(cudaErrorStreamCaptureUnsupported);
  }
  return cudaSuccess;
}

void Device::put(Stream& stream, Node node) {
  if (stream.captured)
    stream.captured->nodes.push_back(std::move(node));
  else
    stream.queue.push_back(std::move(node));
}

void Device::run(const Node& node) {
  if (node.kind) ++(counts.*node.kind);
  if (node.cost) seconds += node.cost->seconds();
  node.run();
}

void Device::wait(Stream& stream) {
  const tests::ClosedMemory::Open open(memory);
  while (!stream.queue.empty()) {
    const Node node = std::move(stream.queue.front());
    stream.queue.pop_front();
    run(node);
  }
}

double Device::bytes_behind(std::span<const std::byte> argument, int64_t threads) const {
  double bytes = 0;
  for (size_t at = 0; at + sizeof(std::byte*) <= argument.size(); at += sizeof(std::byte*)) {
    const std::byte* address = nullptr;
    std::memcpy(&address, argument.data() + at, sizeof address);
    if (!memory.contains(address)) continue;
    const double most = memory.block_bytes(address) > 0 ? 64 : sizeof(double);
    bytes += std::min(static_cast<double>(memory.bytes_from(address)), most * static_cast<double>(threads));
  }
  return bytes;
}

bool Device::is_pinned(const void* address) const {
  auto after = pinned.upper_bound(address);
  if (after == pinned.begin()) return false;
  --after;
  return static_cast<const std::byte*>(address) < static_cast<const std::byte*>(after->first) + after->second;
}

}  // namespace intertwiner::stand_in
