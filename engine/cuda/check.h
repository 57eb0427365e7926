// Every call into CUDA and its libraries returns a status. `check` turns a failure into an exception whose message
// names the call and its shapes.
#pragma once
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <string>

#include "engine/error.h"

namespace intertwiner::cuda {

inline void check(cudaError_t status, const std::string& what) {
  if (status == cudaSuccess) return;
  throw InternalError("cuda: " + what + ": " + cudaGetErrorString(status));
}

inline void check(cublasStatus_t status, const std::string& what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw InternalError("cublas: " + what + ": " + cublasGetStatusString(status));
}

/// Throws UserError: what was `wanted`, how much memory is free, what to do.
[[noreturn]] void throw_out_of_memory(const std::string& wanted);

/// Thrown if cuDNN does not support an operation.
class NotSupported : public InternalError {
  using InternalError::InternalError;
};

inline void check(cudnnStatus_t status, const std::string& what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char reason[512] = "";
  cudnnGetLastErrorString(reason, sizeof reason);
  const std::string message = "cudnn: " + what + ": " + cudnnGetErrorString(status) + (reason[0] ? ": " : "") + reason;
  if (status / 1000 == CUDNN_STATUS_NOT_SUPPORTED / 1000) throw NotSupported(message);
  throw InternalError(message);
}

}  // namespace intertwiner::cuda
