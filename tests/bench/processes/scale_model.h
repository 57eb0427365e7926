// How a training step is expected to scale with the number of processes, from its computation and what it sends. Each
// process computes one shard; then come, one after the other and without overlap (detector/training/shard_sums.h):
//
//   exchange of gradients   (N − 1)/N · parameters to send, in N − 1 messages
//   gather of values        the same
//   gather of what else meets: losses, running statistics, class buffer; (N − 1) · rest, in N − 1 messages
//   decisions               a few messages without content for each other process
//
// A message takes its latency, and its bytes take their time on the link; a link sends and receives at once.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace intertwiner::bench {

struct StepToScale {
  double seconds = 0;           ///< of computation of one shard
  double parameters_bytes = 0;  ///< of all parameters
  double rest_bytes = 0;        ///< of all else that meets
};

struct Link {
  std::string name;
  double bytes_per_second = 0;
  double latency = 0;  ///< seconds of a message
};

/// Seconds of a step's communication.
struct StepCommunication {
  double parameters = 0;  ///< gradients and values on the link
  double rest = 0;        ///< all else on the link
  double latency = 0;     ///< of all messages

  double total() const { return parameters + rest + latency; }
};

StepCommunication communication_of(const StepToScale& step, const Link& link, int64_t processes);

/// Bytes that a process sends in a step.
double bytes_sent(const StepToScale& step, int64_t processes);

/// Computation's part of the time of a step: 1 is perfect.
double efficiency(const StepToScale& step, const Link& link, int64_t processes);

/// The largest power of two at which half of the time is still computation; at most 2^16.
int64_t largest_useful(const StepToScale& step, const Link& link);

/// What takes the most of the communication: "parameters", "statistics and class buffer" or "latency".
std::string limited_by(const StepToScale& step, const Link& link, int64_t processes);

}  // namespace intertwiner::bench
