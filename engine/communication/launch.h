// What the launcher of several processes (mpirun, srun) tells each process in its environment. This is known before
// MPI is opened.
#pragma once
#include <filesystem>
#include <string>

namespace intertwiner {

/// Number of processes that were started together. 1: there was no launcher. 0: the launcher does not tell.
int launched_processes();

/// The number of this process, from 0; 0 if no launcher tells.
int launched_rank();

/// The number of this process among those on this host, from 0; 0 if no launcher tells.
int launched_local_rank();

/// The value of CUDA_VISIBLE_DEVICES by which process `local_rank` of a host sees one GPU. `visible` is the value now.
/// If it is empty, the host's GPUs are those from 0 to `devices` − 1. Processes beyond the number of GPUs start again
/// with the first one.
std::string visible_gpu(int local_rank, const std::string& visible, int devices);

/// Number of GPUs of this host: the driver makes a file for each, such as /dev/nvidia0. A container may have only some
/// of these files; CUDA counts its GPUs from 0.
int count_gpus(const std::filesystem::path& devices = "/dev");

/// Lets CUDA see only the GPU of this process's local rank. Does nothing if no launcher started several processes. Call
/// this before the first call to CUDA.
void see_one_gpu();

}  // namespace intertwiner
