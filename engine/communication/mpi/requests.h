// Messages on their way, and waiting for them without a busy processor core.
#pragma once
#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace intertwiner::mpi {

class Requests {
 public:
  /// Longer messages than `max_message_bytes` are cut.
  Requests(MPI_Comm world, int64_t max_message_bytes) : world_(world), max_bytes_(max_message_bytes) {}

  /// Start a message; nothing is sent if there are no bytes. The memory must not be touched until `wait` returns.
  void send(const void* from, int64_t bytes, int process);
  void receive(void* to, int64_t bytes, int process);
  void broadcast(void* data, int64_t bytes, int from_process);

  /// Waits for all that was started. Throws UserError if a message was lost, InternalError if one has another size than
  /// its receiver expects.
  void wait();

  int64_t messages_sent() const { return messages_sent_; }

 private:
  /// Calls f(begin, bytes) for each part of a message.
  template <class F>
  void cut(int64_t bytes, const F& f) const;
  void started(const MPI_Request& request, int expected_bytes);

  MPI_Comm world_;
  int64_t max_bytes_;
  std::vector<MPI_Request> requests_;
  std::vector<int> expected_;  ///< bytes of each request that receives; −1 for others
  int64_t messages_sent_ = 0;
};

/// Waits for the request, at most `seconds` if that is not negative. Returns false after that time.
bool wait_for(MPI_Request& request, double seconds);

}  // namespace intertwiner::mpi
