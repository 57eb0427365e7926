// Programs started several times by mpirun.
#pragma once
#include <string>

#include "tests/apps/run_program.h"

namespace intertwiner::tests {

/// Why mpirun cannot start the programs, or an empty text.
std::string why_no_mpi();

/// The path of mpirun.
std::string mpirun();

/// The arguments by which mpirun starts `program`, a path. There may be more processes than cores.
Arguments under_mpi(int processes, const std::string& program, const Arguments& arguments);

}  // namespace intertwiner::tests
