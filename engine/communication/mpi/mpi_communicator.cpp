// The communicator over MPI, for tensors on the host, and the function that the module exports.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "engine/communication/communicator.h"
#include "engine/communication/mpi/check.h"
#include "engine/communication/mpi/module.h"
#include "engine/communication/mpi/requests.h"
#include "engine/communication/mpi/session.h"

namespace intertwiner::mpi {
namespace {

constexpr int64_t kMaxMessage = int64_t{1} << 30;  // MPI counts bytes in an int

int processes_of(MPI_Comm processes) {
  int size = 0;
  check(MPI_Comm_size(processes, &size), "MPI_Comm_size");
  return size;
}

int count_on_this_host(MPI_Comm world) {
  MPI_Comm host = MPI_COMM_NULL;
  check(MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host), "MPI_Comm_split_type");
  const int size = processes_of(host);
  check(MPI_Comm_free(&host), "MPI_Comm_free");
  return size;
}

class MpiCommunicator : public Communicator {
 public:
  explicit MpiCommunicator(int64_t max_message_bytes)
      : max_message_bytes_(std::clamp(max_message_bytes, int64_t{1}, kMaxMessage)) {
    check(MPI_Comm_dup(MPI_COMM_WORLD, &world_), "MPI_Comm_dup");
    check(MPI_Comm_rank(world_, &rank_), "MPI_Comm_rank");
    size_ = processes_of(world_);
    local_size_ = count_on_this_host(world_);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_size() const override { return local_size_; }

  void exchange(std::span<const Tensor> to, std::span<const Tensor> from) override {
    copy_own(to[own()], from[own()]);
    transfer([&](Requests& requests) {
      // Each process begins with the next one, so that not all send to process 0 first.
      for (int distance = 1; distance < size_; ++distance) {
        const int after = (rank_ + distance) % size_, before = (rank_ - distance + size_) % size_;
        receive(requests, from[static_cast<size_t>(before)], before);
        send(requests, to[static_cast<size_t>(after)], after);
      }
      requests.wait();
    });
  }

  // In a ring: each process passes on to the next what it received from the one before, size − 1 times. So data go only
  // once from a host to the next one, however many processes it has. MPI_Allgatherv needs all in one buffer.
  void gather(const Tensor& mine, std::span<const Tensor> from) override {
    copy_own(mine, from[own()]);
    transfer([&](Requests& requests) {
      const int after = (rank_ + 1) % size_, before = (rank_ - 1 + size_) % size_;
      for (int step = 0; step < size_ - 1; ++step) {
        receive(requests, from[static_cast<size_t>((before - step + size_) % size_)], before);
        send(requests, from[static_cast<size_t>((rank_ - step + size_) % size_)], after);
        requests.wait();
      }
    });
  }

  void broadcast(const Tensor& tensor) override {
    transfer([&](Requests& requests) {
      requests.broadcast(tensor.raw(), tensor.bytes(), 0);
      requests.wait();
    });
    if (rank_ != 0) return;
    traffic_.bytes += (size_ - 1) * tensor.bytes();
    traffic_.messages += (size_ - 1) * ((tensor.bytes() + max_message_bytes_ - 1) / max_message_bytes_);
  }

 private:
  size_t own() const { return static_cast<size_t>(rank_); }

  static void copy_own(const Tensor& mine, const Tensor& to) {
    if (mine.bytes() != to.bytes())
      throw InternalError("mpi: " + std::to_string(mine.bytes()) + " bytes into " + std::to_string(to.bytes()));
    if (mine.size() > 0 && mine.raw() != to.raw()) std::memcpy(to.raw(), mine.raw(), static_cast<size_t>(mine.bytes()));
  }

  void send(Requests& requests, const Tensor& tensor, int process) {
    requests.send(tensor.raw(), tensor.bytes(), process);
    traffic_.bytes += tensor.bytes();
  }
  static void receive(Requests& requests, const Tensor& tensor, int process) {
    requests.receive(tensor.raw(), tensor.bytes(), process);
  }

  template <class F>
  void transfer(const F& f) {
    Requests requests(world_, max_message_bytes_);
    try {
      f(requests);
    } catch (...) {
      mark_broken();
      throw;
    }
    traffic_.messages += requests.messages_sent();
  }

  int64_t max_message_bytes_;
  MPI_Comm world_ = MPI_COMM_NULL;  // not freed: a process with an error must not wait for the others in a destructor
  int rank_ = 0, size_ = 1, local_size_ = 1;
};

}  // namespace
}  // namespace intertwiner::mpi

extern "C" intertwiner::Communicator* mpi_communicator(int64_t max_message_bytes) {
  intertwiner::mpi::start();
  return std::make_unique<intertwiner::mpi::MpiCommunicator>(max_message_bytes).release();
}
