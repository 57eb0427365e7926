// Every call of MPI returns a status. `check` turns a failure into an exception whose message names the call.
#pragma once
#include <mpi.h>

#include <string>

#include "engine/error.h"

namespace intertwiner::mpi {

inline void check(int status, const std::string& what) {
  if (status == MPI_SUCCESS) return;
  char reason[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(status, reason, &length);
  throw UserError("mpi: " + what + " failed: " + reason + "; look at the messages of the other processes");
}

}  // namespace intertwiner::mpi
