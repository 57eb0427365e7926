// Ends a program with one line, instead of an illegal instruction, if the processor lacks instructions that it needs.
// The check runs before the constructors of global objects, which may use these instructions.
#include "engine/cpu/processor_check.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

iovec part(const char* text) { return {const_cast<char*>(text), strlen(text)}; }

constexpr int kFirst = 101;  // the first priority that a program may use

__attribute__((constructor(kFirst))) void check_processor() {
  const char* why = intertwiner::why_processor_is_unusable();
  if (!why) return;
  const iovec line[] = {part(program_invocation_short_name), part(": "), part(why), part("\n")};
  [[maybe_unused]] const ssize_t written = writev(STDERR_FILENO, line, 4);
  _exit(2);
}

}  // namespace
