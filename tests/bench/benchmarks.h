// The benchmarks. Each measures one thing and adds its tables to the report.
#pragma once
#include "tests/bench/options.h"
#include "tests/bench/report.h"

namespace intertwiner::bench {

/// operators.cpp: every convolution and fully connected layer of a training step, batch norm, pooling and RoIAlign,
/// each alone and compared with the processor's measured limits.
void measure_operators(const BenchOptions& options, Report& report);

/// operators.cpp: the convolutions and matrix products of a training step, by each code that this build has.
void measure_products(const BenchOptions& options, Report& report);

/// model.cpp: a training step and a detection; with options.python also PyTorch's.
void measure_step(const BenchOptions& options, Report& report);
void measure_detection(const BenchOptions& options, Report& report);
/// model.cpp: the cost of the intertwiner: internet-r50 compared with its baseline.
void measure_internet(const BenchOptions& options, Report& report);
/// model.cpp: runs only a step or a detection in this process and prints its peak memory in MB.
void print_peak(const BenchOptions& options);

/// processes/: a training step that mpirun's processes share, and a model of how it scales.
void measure_processes(const BenchOptions& options, Report& report);

/// gpu.cpp: steps and detections on a GPU; with options.python also PyTorch's.
void measure_gpu(const BenchOptions& options, Report& report);

/// scaling.cpp: time against pixels and against regions, with a plot of both.
void measure_scaling(const BenchOptions& options, Report& report);

/// programs.cpp: images per second of the loader, the time to score 5,000 images, and the start-up time of `detect`.
void measure_loader(const BenchOptions& options, Report& report);
void measure_scoring(const BenchOptions& options, Report& report);
void measure_start_up(const BenchOptions& options, Report& report);

}  // namespace intertwiner::bench
