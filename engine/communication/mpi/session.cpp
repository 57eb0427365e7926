#include "engine/communication/mpi/session.h"

#include <cstdio>
#include <cstdlib>

#include "engine/communication/mpi/check.h"
#include "engine/communication/mpi/requests.h"

namespace intertwiner::mpi {
namespace {

constexpr double kSecondsForOthers = 5;

MPI_Comm at_the_end = MPI_COMM_NULL;  // a communicator of its own: no other call can take its messages
bool broken = false;

bool all_are_at_their_end(int status) {
  MPI_Request request = MPI_REQUEST_NULL;
  if (broken || MPI_Ibarrier(at_the_end, &request) != MPI_SUCCESS) return false;
  return wait_for(request, status == 0 ? -1 : kSecondsForOthers);
}

void finish(int status, void*) {
  int finalized = 0;
  if (MPI_Finalized(&finalized) != MPI_SUCCESS || finalized) return;
  std::fflush(nullptr);  // MPI_Abort does not
  if (!all_are_at_their_end(status)) MPI_Abort(MPI_COMM_WORLD, status == 0 ? 1 : status);
  MPI_Finalize();
}

}  // namespace

void start() {
  int started = 0, provided = 0;
  check(MPI_Initialized(&started), "MPI_Initialized");
  if (started) return;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_dup(MPI_COMM_WORLD, &at_the_end), "MPI_Comm_dup");
  on_exit(finish, nullptr);  // unlike atexit, it tells the exit code
}

void mark_broken() { broken = true; }

}  // namespace intertwiner::mpi
