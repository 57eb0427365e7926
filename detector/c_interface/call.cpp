#include "detector/c_interface/call.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <new>

#include "detector/training/training_loop.h"
#include "engine/cpu/processor_check.h"
#include "engine/text.h"

namespace intertwiner::c_interface {
namespace {

thread_local char last_error[1024] = "";

/// The message in one line. Without memory for that, the message as it is.
void keep_message(const char* message) noexcept {
  std::string line;
  try {
    line = printable(message);
    message = line.c_str();
  } catch (...) {
  }
  size_t count = std::min(std::strlen(message), sizeof last_error - 1);
  while (count > 0 && (message[count] & 0xC0) == 0x80) --count;  // not within a UTF-8 character
  std::memcpy(last_error, message, count);
  last_error[count] = '\0';
}

intertwiner_status failed(intertwiner_status status, const char* message) noexcept {
  keep_message(message);
  return status;
}

}  // namespace

intertwiner_status status_of_exception() noexcept {
  try {
    throw;
  } catch (const FileError& error) {
    return failed(INTERTWINER_FILE_ERROR, error.what());
  } catch (const DamagedFile& error) {
    return failed(INTERTWINER_DAMAGED, error.what());
  } catch (const Unsupported& error) {
    return failed(INTERTWINER_UNSUPPORTED, error.what());
  } catch (const TooLittleMemory& error) {
    return failed(INTERTWINER_OUT_OF_MEMORY, error.what());
  } catch (const TrainingFailed& error) {
    return failed(INTERTWINER_TRAINING_FAILED, error.what());
  } catch (const UserError& error) {
    return failed(INTERTWINER_INVALID_ARGUMENT, error.what());
  } catch (const std::bad_alloc&) {
    return failed(INTERTWINER_OUT_OF_MEMORY, "there is not enough memory; use smaller images or a smaller model");
  } catch (const std::filesystem::filesystem_error& error) {
    return failed(INTERTWINER_FILE_ERROR, error.what());
  } catch (const std::exception& error) {
    return failed(INTERTWINER_INTERNAL_ERROR, error.what());
  } catch (...) {
    return failed(INTERTWINER_INTERNAL_ERROR, "an unknown exception");
  }
}

void require_processor() {
  if (const char* why = why_processor_is_unusable()) throw Unsupported(why);
}

}  // namespace intertwiner::c_interface

using namespace intertwiner::c_interface;

static_assert(INTERTWINER_VERSION == INTERTWINER_PROJECT_VERSION, "intertwiner.h and meson.build name other versions");

const char* intertwiner_version_text() { return INTERTWINER_VERSION_TEXT; }

int32_t intertwiner_version() { return INTERTWINER_VERSION; }

const char* intertwiner_last_error() { return last_error; }

const char* intertwiner_status_text(intertwiner_status status) {
  switch (status) {
    case INTERTWINER_OK:
      return "ok";
    case INTERTWINER_INVALID_ARGUMENT:
      return "invalid argument";
    case INTERTWINER_FILE_ERROR:
      return "file error";
    case INTERTWINER_DAMAGED:
      return "damaged";
    case INTERTWINER_UNSUPPORTED:
      return "unsupported";
    case INTERTWINER_OUT_OF_MEMORY:
      return "out of memory";
    case INTERTWINER_STOPPED:
      return "stopped";
    case INTERTWINER_TRAINING_FAILED:
      return "training failed";
    case INTERTWINER_INTERNAL_ERROR:
      return "internal error";
  }
  return "unknown status";
}
