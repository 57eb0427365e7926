// Memory of an emulated device: one range of pages that is protected while the device does not work. If the host then
// reads or writes there, the program ends at once (SIGSEGV).
#pragma once
#include <cstddef>
#include <map>
#include <mutex>

namespace intertwiner::tests {

class ClosedMemory {
 public:
  /// Reserves addresses for `bytes`; pages are taken as they are used.
  explicit ClosedMemory(size_t bytes);
  ~ClosedMemory();
  ClosedMemory(const ClosedMemory&) = delete;
  ClosedMemory& operator=(const ClosedMemory&) = delete;

  /// First fit, aligned to 256 bytes. Throws std::bad_alloc. Thread-safe.
  std::byte* take(size_t bytes);
  void give_back(std::byte* block);
  bool contains(const void* address) const;
  /// Bytes of the block that begins here; 0: none does.
  size_t block_bytes(const std::byte* block) const;
  /// Bytes from an address in a block up to the block's end.
  size_t bytes_from(const std::byte* address) const;
  size_t used_bytes() const { return used_; }
  size_t bytes() const { return bytes_; }

  /// The memory is accessible while one exists. They can be nested.
  class Open {
   public:
    explicit Open(ClosedMemory& memory) : memory_(memory) { memory_.open(+1); }
    ~Open() { memory_.open(-1); }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

   private:
    ClosedMemory& memory_;
  };

 private:
  void open(int change);

  mutable std::mutex mutex_;
  size_t bytes_, used_ = 0;
  int openings_ = 0;
  void* pages_;
  std::byte* begin_;
  std::map<std::byte*, size_t> free_, taken_;
};

}  // namespace intertwiner::tests
