#include "tests/engine/communication/transfers.h"

#include <stdexcept>
#include <vector>

namespace intertwiner::tests {
namespace {

/// A number of elements for data from process `from` to process `to`: 0, or up to a few thousand.
int64_t elements(int from, int to, int round) {
  return (from + 2 * to + round) % 3 * (1000 * round + 7 * from + to + 1);
}

/// What process `from` sends to process `to`.
Tensor content(int from, int to, int round) {
  std::vector<float> values;
  for (int64_t i = 0; i < elements(from, to, round); ++i)
    values.push_back(static_cast<float>(1000 * from + 100 * to + round) + static_cast<float>(i) / 16384);
  return Tensor::from(values);
}

Tensor unset(const Tensor& like, Device device) { return Tensor::full(like.shape(), -1, like.dtype(), device); }

/// What the group should have sent until now.
struct Expected {
  int64_t max_message_bytes;
  Traffic traffic = {};
  void add(int64_t bytes) {
    traffic.bytes += bytes;
    traffic.messages += (bytes + max_message_bytes - 1) / max_message_bytes;
  }
};

void require_equal(const Tensor& found, const Tensor& expected, const std::string& claim) {
  require(found.to(Device::cpu).to_vector<float>() == expected.to_vector<float>(), claim);
}

void check_exchange(Communicator& group, Device device, int round, Expected& expected) {
  std::vector<Tensor> to, from;
  for (int p = 0; p < group.size(); ++p) {
    to.push_back(content(group.rank(), p, round).to(device));
    from.push_back(unset(content(p, group.rank(), round), device));
    if (p != group.rank()) expected.add(to.back().bytes());
  }
  group.exchange(to, from);
  for (int p = 0; p < group.size(); ++p)
    require_equal(from[static_cast<size_t>(p)], content(p, group.rank(), round),
                  "an exchange from " + std::to_string(p));
}

void check_gather(Communicator& group, Device device, int round, bool in_place, Expected& expected) {
  const int rank = group.rank(), size = group.size();
  const Tensor mine = content(rank, 0, round).to(device);
  std::vector<Tensor> from;
  for (int p = 0; p < size; ++p) {
    from.push_back(in_place && p == rank ? mine : unset(content(p, 0, round), device));
    // Each process passes on what it has to the next one, except what that one had first.
    if (p != (rank + 1) % size) expected.add(from.back().bytes());
  }
  group.gather(mine, from);
  for (int p = 0; p < size; ++p)
    require_equal(from[static_cast<size_t>(p)], content(p, 0, round), "what was gathered from " + std::to_string(p));
}

void check_broadcast(Communicator& group, Device device, int round, Expected& expected) {
  const Tensor sent = content(0, 1, round);
  const Tensor tensor = group.rank() == 0 ? sent.to(device) : unset(sent, device);
  group.broadcast(tensor);
  require_equal(tensor, sent, "a broadcast");
  for (int p = 1; p < group.size() && group.rank() == 0; ++p) expected.add(sent.bytes());
}

}  // namespace

void require(bool fulfilled, const std::string& claim) {
  if (!fulfilled) throw std::runtime_error("not true: " + claim);
}

void check_transfers(Communicator& group, Device device, int64_t max_message_bytes) {
  Expected expected{max_message_bytes};
  for (int round = 0; round < 6; ++round) {
    check_exchange(group, device, round, expected);
    check_gather(group, device, round, false, expected);
    check_gather(group, device, round, true, expected);
    check_broadcast(group, device, round, expected);
    const std::string all = std::to_string(group.traffic().bytes) + " bytes in " +
                            std::to_string(group.traffic().messages) + " messages instead of ";
    require(group.traffic().bytes == expected.traffic.bytes && group.traffic().messages == expected.traffic.messages,
            all + std::to_string(expected.traffic.bytes) + " in " + std::to_string(expected.traffic.messages));
  }
}

}  // namespace intertwiner::tests
