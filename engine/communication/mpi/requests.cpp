#include "engine/communication/mpi/requests.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/communication/mpi/check.h"

namespace intertwiner::mpi {
namespace {

constexpr int kTag = 1;
using std::chrono::microseconds;

/// Calls `done` until it returns true or the time is over. MPI_Wait would call it without a pause, and so take a whole
/// core from threads that compute. The pauses grow with the time that was waited, to 2% of it.
template <class F>
bool poll(const F& done, double seconds = -1) {
  constexpr microseconds kWithoutPause(1000), kMinPause(50), kMaxPause(500);
  const auto start = std::chrono::steady_clock::now();
  while (!done()) {
    const auto waited = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start);
    if (seconds >= 0 && std::chrono::duration<double>(waited).count() > seconds) return false;
    if (waited > kWithoutPause) std::this_thread::sleep_for(std::clamp(waited / 50, kMinPause, kMaxPause));
  }
  return true;
}

}  // namespace

template <class F>
void Requests::cut(int64_t bytes, const F& f) const {
  for (int64_t begin = 0; begin < bytes; begin += max_bytes_)
    f(begin, static_cast<int>(std::min(max_bytes_, bytes - begin)));
}

void Requests::started(const MPI_Request& request, int expected_bytes) {
  requests_.push_back(request);
  expected_.push_back(expected_bytes);
}

void Requests::send(const void* from, int64_t bytes, int process) {
  cut(bytes, [&](int64_t begin, int count) {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Isend(static_cast<const std::byte*>(from) + begin, count, MPI_BYTE, process, kTag, world_, &request),
          "sending to process " + std::to_string(process));
    started(request, -1);
    ++messages_sent_;
  });
}

void Requests::receive(void* to, int64_t bytes, int process) {
  cut(bytes, [&](int64_t begin, int count) {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Irecv(static_cast<std::byte*>(to) + begin, count, MPI_BYTE, process, kTag, world_, &request),
          "receiving from process " + std::to_string(process));
    started(request, count);
  });
}

void Requests::broadcast(void* data, int64_t bytes, int from_process) {
  cut(bytes, [&](int64_t begin, int count) {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Ibcast(static_cast<std::byte*>(data) + begin, count, MPI_BYTE, from_process, world_, &request),
          "the broadcast");
    started(request, -1);
  });
}

void Requests::wait() {
  std::vector<MPI_Status> statuses(requests_.size());
  int status = MPI_SUCCESS;
  poll([&] {
    int done = 0;
    status = MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, statuses.data());
    return done != 0 || status != MPI_SUCCESS;
  });
  if (status == MPI_ERR_IN_STATUS)
    for (const MPI_Status& one : statuses) {
      int kind = MPI_SUCCESS;
      MPI_Error_class(one.MPI_ERROR, &kind);
      if (kind == MPI_ERR_TRUNCATE)
        throw InternalError("mpi: process " + std::to_string(one.MPI_SOURCE) + " sent more bytes than were expected");
      if (kind != MPI_ERR_PENDING) check(one.MPI_ERROR, "a message");
    }
  check(status, "a message");
  for (size_t i = 0; i < requests_.size(); ++i) {
    int count = 0;
    if (expected_[i] < 0) continue;
    check(MPI_Get_count(&statuses[i], MPI_BYTE, &count), "MPI_Get_count");
    if (count != expected_[i])
      throw InternalError("mpi: process " + std::to_string(statuses[i].MPI_SOURCE) + " sent " + std::to_string(count) +
                          " bytes instead of " + std::to_string(expected_[i]));
  }
  requests_.clear();
  expected_.clear();
}

bool wait_for(MPI_Request& request, double seconds) {
  bool failed = false;
  const bool in_time = poll(
      [&] {
        int done = 0;
        failed = MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS;
        return done != 0 || failed;
      },
      seconds);
  return in_time && !failed;
}

}  // namespace intertwiner::mpi
