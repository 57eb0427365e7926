// The device of the stand-in for CUDA (tests/README.md): streams, events, graphs and memory, by CUDA's rules.
//
// Work that is put into a stream runs only when the host waits for it. So a mistake that a real GPU shows only
// sometimes shows always here: host memory that is written again too early, or a result that is read before it is
// there. New memory is full of NaN. A call that breaks a rule returns CUDA's error for it.
#pragma once
#include <cuda_runtime.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tests/engine/backend/closed_memory.h"
#include "tests/gpu/stand_in/cost.h"
#include "tests/gpu/stand_in/counts.h"

namespace intertwiner::stand_in {

/// Work of a stream or a graph.
struct Node {
  int64_t Counts::*kind;
  std::function<void()> run;
  std::optional<Cost> cost = {};  // none: it takes no time
};

struct Graph {
  std::vector<Node> nodes;
  std::map<std::byte*, size_t> memory;  // allocated by its nodes, held as long as the graph exists
  std::set<std::byte*> unfreed;         // those that no node frees
  ~Graph();
};

/// An instance of a graph.
struct Executable {
  std::shared_ptr<Graph> graph;
  bool holds_memory = false;  // it was launched, and its memory is not freed
};

struct Stream {
  std::deque<Node> queue;
  std::shared_ptr<Graph> captured;  // while the stream is captured
  std::thread::id captures;         // the thread that captures it
  bool broken = false;              // a call while capturing was illegal
};

struct Event {
  int64_t pending = 0;  // records that were not reached yet
  bool captured = false;
  double seconds = 0;  // the device's clock at the last external record
};

class Device {
 public:
  static Device& get();

  std::recursive_mutex mutex;
  tests::ClosedMemory memory;
  std::map<const void*, size_t> pinned;  // host memory that the device may read
  std::set<Stream*> streams;
  Counts counts;
  std::string failing;   // a function that fails the next time
  bool relaxed = false;  // the capturing thread allows itself what is illegal while capturing
  cudaError_t last_error = cudaSuccess;
  double seconds = 0;  // that an H100 would need for all work until now, by the model of cost.h

  /// Keeps a status for cudaGetLastError, and returns it.
  cudaError_t status(cudaError_t code);
  /// True once for the function that a test lets fail.
  bool fails(const char* function);
  /// For calls that are illegal while capturing: breaks the capture and returns its error, or cudaSuccess.
  cudaError_t refuse_while_capturing();

  /// Puts work into the stream, or into the graph that it captures.
  void put(Stream& stream, Node node);
  /// Runs all that is in the stream.
  void wait(Stream& stream);
  void run(const Node& node);

  bool is_pinned(const void* address) const;
  /// An estimate of the bytes that `threads` threads read and write: those of the arrays whose addresses are in this
  /// argument of the kernel. A thread accesses at most 64 bytes of an array, and one number of a part of a block.
  double bytes_behind(std::span<const std::byte> argument, int64_t threads) const;

 private:
  Device();
};

/// Fills memory with bytes that are NaN as float32, float64 and bfloat16.
void fill_with_nan(std::byte* memory, size_t bytes);

}  // namespace intertwiner::stand_in
