// MPI's start, and its end together with the process.
//
// The process ends MPI when it exits, after its last message to the user was printed. A process that exits with code 0
// waits until all have come to their end. A process that exits with another code waits five seconds for the others:
// all may have the same error, and then each can print what it has to. If they do not come, they wait for data of this
// process, and would wait for ever; so it ends them all (MPI_Abort). If a call of MPI failed before, it ends them at
// once.
#pragma once

namespace intertwiner::mpi {

/// Starts MPI if it was not started yet. Throws UserError.
void start();

/// Call this when a call of MPI has failed.
void mark_broken();

}  // namespace intertwiner::mpi
