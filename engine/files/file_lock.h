// Locks between processes (flock). A lock belongs to an open file and ends when that is closed, also by a crash.
#pragma once
#include <sys/file.h>

#include <cerrno>

namespace intertwiner {

/// Locks a file that is open for writing. False if it is locked already, by another process or by another descriptor of
/// this one. True also on a file system that has no locks.
inline bool lock_file(int descriptor) {
  return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EACCES);
}

}  // namespace intertwiner
