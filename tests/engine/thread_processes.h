// Processes that are threads of the test: each calls its function with a communicator of its own.
#pragma once
#include <functional>
#include <memory>

#include "engine/communication/communicator.h"

namespace intertwiner::tests {

/// Runs `f(process)` on `count` threads, each with one thread of its own for loops. Rethrows the first exception.
void run_processes(int count, const std::function<void(const std::shared_ptr<Communicator>&)>& f);

}  // namespace intertwiner::tests
