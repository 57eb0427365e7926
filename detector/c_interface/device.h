// The device and the threads of a call of the C interface.
#pragma once
#include <cstdint>
#include <mutex>

#include "engine/tensor.h"

namespace intertwiner::c_interface {

/// A call on the GPU holds this lock, because the GPU's module is for one thread at a time. A progress function may
/// call the library, so the thread that holds it may take it again. On the CPU it is empty.
std::unique_lock<std::recursive_mutex> lock_device(Device device);

/// The device of an option, ready to compute. Throws InvalidArgument if there is no such device, Unsupported if it
/// cannot be used. Call it with the device's lock.
void open_device(Device device);

Device device_of(int32_t option);

/// Number of threads of an option; 0: all threads of the CPU. Throws InvalidArgument if it is out of range.
int threads_of(int32_t option);

}  // namespace intertwiner::c_interface
