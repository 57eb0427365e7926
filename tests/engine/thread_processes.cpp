#include "tests/engine/thread_processes.h"

#include <barrier>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/parallel.h"

namespace intertwiner::tests {
namespace {

/// What the processes show each other during a call.
struct Table {
  explicit Table(int count) : sent(static_cast<size_t>(count)), meeting(count) {}
  std::vector<std::vector<Tensor>> sent;  // by sender, then receiver
  std::barrier<> meeting;
};

class ThreadProcess : public Communicator {
 public:
  ThreadProcess(std::shared_ptr<Table> table, int rank) : table_(std::move(table)), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(table_->sent.size()); }
  int local_size() const override { return size(); }

  void exchange(std::span<const Tensor> to, std::span<const Tensor> from) override {
    for (int p = 0; p < size(); ++p) {
      if (p == rank_) continue;
      traffic_.bytes += to[static_cast<size_t>(p)].bytes();
      ++traffic_.messages;
    }
    table_->sent[static_cast<size_t>(rank_)] = {to.begin(), to.end()};
    table_->meeting.arrive_and_wait();
    for (size_t p = 0; p < from.size(); ++p) {
      const Tensor& theirs = table_->sent[p][static_cast<size_t>(rank_)];
      if (theirs.raw() != from[p].raw()) from[p].copy_from(theirs);
    }
    table_->meeting.arrive_and_wait();
  }
  void gather(const Tensor& mine, std::span<const Tensor> from) override {
    exchange(std::vector<Tensor>(from.size(), mine), from);
  }
  void broadcast(const Tensor& tensor) override {
    table_->sent[static_cast<size_t>(rank_)] = {tensor};
    table_->meeting.arrive_and_wait();
    if (rank_ != 0) tensor.copy_from(table_->sent[0][0]);
    table_->meeting.arrive_and_wait();
  }

 private:
  std::shared_ptr<Table> table_;
  int rank_;
};

}  // namespace

void run_processes(int count, const std::function<void(const std::shared_ptr<Communicator>&)>& f) {
  const auto table = std::make_shared<Table>(count);
  std::mutex mutex;
  std::exception_ptr error;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; ++rank)
    threads.emplace_back([&, rank] {
      ThreadPool pool(1);
      const UseThreadPool use(pool);
      try {
        f(std::make_shared<ThreadProcess>(table, rank));
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace intertwiner::tests
