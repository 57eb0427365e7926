// Checks every kind of transfer of a communicator, in each of its processes.
#pragma once
#include <string>

#include "engine/communication/communicator.h"

namespace intertwiner::tests {

/// Throws std::runtime_error unless `fulfilled`.
void require(bool fulfilled, const std::string& claim);

/// Exchanges, gathers and broadcasts tensors of different sizes, some of them empty, and checks all values and the
/// traffic. All processes call it together. Longer messages than `max_message_bytes` are cut.
void check_transfers(Communicator& group, Device device, int64_t max_message_bytes);

}  // namespace intertwiner::tests
