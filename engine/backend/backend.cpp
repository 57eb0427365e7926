#include "engine/backend/backend.h"

#include "engine/memory/allocator.h"

namespace intertwiner {

std::shared_ptr<std::byte> Backend::allocate_on_host(int64_t bytes) const { return intertwiner::allocate(bytes); }

}  // namespace intertwiner
