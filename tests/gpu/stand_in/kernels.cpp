// The GPU's kernels, compiled for the processor.
#include "detector/model/kernels/launch_table.cu"
#include "engine/cuda/launch_table.cu"
#include "engine/cuda/nms.cu"
#include "engine/cuda/selection.cu"
