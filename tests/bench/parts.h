// The parts of the benchmark. Each measures one thing and adds its tables to the report.
#pragma once
#include "tests/bench/options.h"
#include "tests/bench/report.h"

namespace intertwiner::bench {

/// operators.cpp: every convolution and fully connected layer of a training step on its own, and what else passes over
/// whole maps, against the processor's measured limits.
void measure_operators(const BenchOptions& options, Report& report);

/// model.cpp: a training step, a detection; with options.python beside PyTorch's.
void measure_step(const BenchOptions& options, Report& report);
void measure_detection(const BenchOptions& options, Report& report);
/// model.cpp: what the intertwiner costs: internet-r50 beside its baseline.
void measure_internet(const BenchOptions& options, Report& report);
/// model.cpp: runs a step or a detection alone in this process and prints the peak of its memory.
void print_peak(const BenchOptions& options);

/// gpu.cpp: steps and detections on a GPU, with options.python beside PyTorch's.
void measure_gpu(const BenchOptions& options, Report& report);

/// scaling.cpp: time against pixels and against regions, and the plot of both.
void measure_scaling(const BenchOptions& options, Report& report);

/// programs.cpp: images a second that the loader gives, the scoring of 5,000 images, and a program's start.
void measure_loader(const BenchOptions& options, Report& report);
void measure_scoring(const BenchOptions& options, Report& report);
void measure_start_up(const BenchOptions& options, Report& report);

}  // namespace intertwiner::bench
