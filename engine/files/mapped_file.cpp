#include "engine/files/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/memory/allocator.h"

namespace intertwiner {

std::shared_ptr<std::byte> map_file(const std::filesystem::path& path, int64_t bytes) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  // Reserves more addresses than the file needs, since its last page may be full. Then maps the file over them.
  const auto room = static_cast<size_t>(bytes + kReadableBeyond), file_bytes = static_cast<size_t>(bytes);
  void* base = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool reserved = base != MAP_FAILED;
  const bool mapped = reserved && (bytes == 0 || mmap(base, file_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
                                                      descriptor, 0) != MAP_FAILED);
  close(descriptor);
  if (reserved && !mapped) munmap(base, room);
  if (!mapped) return nullptr;
#ifdef MADV_POPULATE_READ
  madvise(base, file_bytes, MADV_POPULATE_READ);  // reads all pages in one call, not by page faults; may fail
#endif
  return {static_cast<std::byte*>(base), [room](std::byte* begin) { munmap(begin, room); }};
}

}  // namespace intertwiner
