// Decisions that all processes take together, so that they go on or end in step. With one process these functions send
// nothing.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/communication/communicator.h"
#include "engine/error.h"

namespace intertwiner {

/// An error that process 0 prints.
class SaidElsewhere : public UserError {
  using UserError::UserError;
};

/// Whether `value` is true in one process at least.
bool any(Communicator& processes, bool value);
/// Process 0's value.
double from_first(Communicator& processes, double value);
/// The texts of all processes, by process. They may hold any bytes.
std::vector<std::string> gather_texts(Communicator& processes, const std::string& text);

/// For what all processes of a launcher do alike before MPI is open. Runs f. If it throws UserError, process 0 throws
/// the same, the others SaidElsewhere.
void run_alike(const std::function<void()>& f);
/// Runs f in process 0. If it throws UserError, all processes throw it: process 0 the same, the others as
/// SaidElsewhere.
void run_on_first(Communicator& processes, const std::function<void()>& f);
/// Runs f in every process; f must not communicate. If it throws UserError in some, all throw that of the
/// lowest-numbered of these: process 0 as UserError, to print it, the others as SaidElsewhere. Other exceptions are not
/// shared: they end this process, and so all (open_communicator.h).
void run_on_all(Communicator& processes, const std::function<void()>& f);

}  // namespace intertwiner
