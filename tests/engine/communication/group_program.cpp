// One process of a group that test_mpi.cpp starts with mpirun:
//
//   mpirun -np 3 group_program CASE [NUMBER]
//
// Each case is a function below. A process says "as expected" at its end, or throws.
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <map>
#include <thread>

#include "engine/communication/agreement.h"
#include "engine/communication/open_communicator.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/communication/transfers.h"

namespace intertwiner::tests {
namespace {

using Group = Communicator&;
using Seconds = std::chrono::duration<double>;

/// NUMBER is the longest message in bytes.
void transfers(Group group, int64_t max_message_bytes) { check_transfers(group, Device::cpu, max_message_bytes); }

void transfers_of_a_gpu(Group group, int64_t max_message_bytes) {
  const EmulatedDevice device;
  check_transfers(group, Device::cuda, max_message_bytes);
}

void texts(Group group, int64_t) {
  const std::string mine(static_cast<size_t>(3 * group.rank()), 'x');
  const std::vector<std::string> all = gather_texts(group, mine);
  require(static_cast<int>(all.size()) == group.size(), "a text of each process");
  for (size_t p = 0; p < all.size(); ++p)
    require(all[p] == std::string(3 * p, 'x'), "the text of " + std::to_string(p));
  require(group.local_size() == group.size(), "all processes are on this host");
}

void first_succeeds(Group group, int64_t) {
  int calls = 0;
  run_on_first(group, [&] { ++calls; });
  require(calls == (group.rank() == 0 ? 1 : 0), "process 0 alone calls the function");
}

/// Each process gets the error, and prints it after the others had time to end it.
void first_fails(Group group, int64_t) {
  try {
    run_on_first(group, [] { throw FileError("data: not found"); });
  } catch (const UserError&) {
    if (group.rank() == 0) std::this_thread::sleep_for(Seconds(1));
    throw;
  }
}

void killed(Group group, int64_t) {
  if (group.rank() == group.size() - 1) raise(SIGKILL);
  texts(group, 0);
}

void fails_alone(Group group, int64_t) {
  if (group.rank() == group.size() - 1) throw UserError("process " + std::to_string(group.rank()) + " has a bad file");
  texts(group, 0);
}

/// The last process expects more than the others send.
void different_sizes(Group group, int64_t) {
  const int64_t size = group.rank() == group.size() - 1 ? 200 : 100;
  std::vector<Tensor> to, from;
  for (int p = 0; p < group.size(); ++p) {
    to.push_back(Tensor::zeros({p == group.rank() ? size : 100}, DType::uint8));
    from.push_back(Tensor::zeros({size}, DType::uint8));
  }
  group.exchange(to, from);
}

double processor_seconds() {
  rusage use = {};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + 1e-6 * double(t.tv_usec); };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// Process 0 comes two seconds late. The others must not be busy until then.
void waiting(Group group, int64_t) {
  texts(group, 0);
  const double before = processor_seconds();
  if (group.rank() == 0) std::this_thread::sleep_for(Seconds(2));
  texts(group, 0);
  const double used = processor_seconds() - before;
  std::printf("process %d: %.3f processor seconds of 2\n", group.rank(), used);
  require(used < 0.5, "waiting takes no processor time");
}

/// Prints the time of transfers of NUMBER bytes to each process.
void speed(Group group, int64_t bytes) {
  std::vector<Tensor> to, from;
  for (int p = 0; p < group.size(); ++p) {
    to.push_back(Tensor::zeros({bytes}, DType::uint8));
    from.push_back(Tensor::zeros({bytes}, DType::uint8));
  }
  const auto time = [&](const char* name, const std::function<void()>& transfer) {
    constexpr int kTimes = 10;
    transfer();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimes; ++i) transfer();
    const double milliseconds = 1e3 * Seconds(std::chrono::steady_clock::now() - start).count() / kTimes;
    if (group.rank() == 0)
      std::printf("%s of %lld bytes: %.3f ms\n", name, static_cast<long long>(bytes), milliseconds);
  };
  time("exchange", [&] { group.exchange(to, from); });
  time("gather", [&] { group.gather(to[0], from); });
  time("broadcast", [&] { group.broadcast(to[0]); });
}

const std::map<std::string, void (*)(Group, int64_t)> kCases = {
    {"transfers", transfers},
    {"transfers_of_a_gpu", transfers_of_a_gpu},
    {"texts", texts},
    {"first_succeeds", first_succeeds},
    {"first_fails", first_fails},
    {"killed", killed},
    {"fails_alone", fails_alone},
    {"different_sizes", different_sizes},
    {"waiting", waiting},
    {"speed", speed},
};

}  // namespace
}  // namespace intertwiner::tests

int main(int argc, char** argv) {
  using namespace intertwiner;
  try {
    const int64_t number = argc > 2 ? std::stoll(argv[2]) : int64_t{1} << 30;
    const auto group = open_communicator(Communication::automatic, {.max_message_bytes = number});
    tests::kCases.at(argv[1])(*group, number);
    std::printf("process %d of %d: as expected\n", group->rank(), group->size());
    return 0;
  } catch (const UserError& error) {
    std::fprintf(stderr, "group: error: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "group: wrong: %s\n", error.what());
    return 1;
  }
}
