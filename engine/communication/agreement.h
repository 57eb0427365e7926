// Texts and errors that all processes share.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/communication/communicator.h"

namespace intertwiner {

/// The text of each process, in every process.
std::vector<std::string> gather_texts(Communicator& communicator, const std::string& text);

/// Process 0 calls f; the others wait for it. If f throws UserError, process 0 throws it on, and every other process
/// throws a UserError with the same words. Other exceptions end process 0 alone.
void run_on_first(Communicator& communicator, const std::function<void()>& f);

}  // namespace intertwiner
