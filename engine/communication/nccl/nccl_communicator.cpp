// The communicator over NCCL, for tensors on NVIDIA GPUs, and the functions that the module exports.
//
// All transfers go to the stream of the GPU's backend, in the order of the calls: they begin after the kernels that
// compute what they send, and kernels that are launched later find what they have received. So the host does not wait.
#include <nccl.h>

#include <cstring>
#include <exception>
#include <memory>
#include <string>

#include "engine/communication/communicator.h"
#include "engine/communication/nccl/module.h"

namespace intertwiner::nccl {
namespace {

static_assert(sizeof(NcclGroup) == sizeof(ncclUniqueId));

void check(ncclResult_t status, const std::string& what) {
  if (status == ncclSuccess) return;
  throw UserError("nccl: " + what + " failed: " + ncclGetErrorString(status) +
                  "; start again with NCCL_DEBUG=WARN in the environment to see why");
}

class NcclCommunicator : public Communicator {
 public:
  NcclCommunicator(const NcclGroup& group, const NcclProcess& process)
      : process_(process), stream_(static_cast<cudaStream_t>(process.stream)) {
    ncclUniqueId id;
    std::memcpy(&id, group.id, sizeof id);
    check(ncclCommInitRank(&group_, process.size, id, process.rank), "ncclCommInitRank");
  }
  ~NcclCommunicator() override {
    // ncclCommDestroy would wait for processes that an error of this one keeps waiting.
    if (std::uncaught_exceptions() > 0)
      ncclCommAbort(group_);
    else
      ncclCommDestroy(group_);
  }
  NcclCommunicator(const NcclCommunicator&) = delete;
  NcclCommunicator& operator=(const NcclCommunicator&) = delete;

  int rank() const override { return process_.rank; }
  int size() const override { return process_.size; }
  int local_size() const override { return process_.local_size; }

  void exchange(std::span<const Tensor> to, std::span<const Tensor> from) override {
    check(ncclGroupStart(), "ncclGroupStart");
    for (int process = 0; process < size(); ++process) {  // with this process: NCCL copies its own part
      const Tensor &sent = to[static_cast<size_t>(process)], &received = from[static_cast<size_t>(process)];
      if (sent.size() > 0) check(ncclSend(data(sent), bytes(sent), ncclUint8, process, group_, stream_), "ncclSend");
      if (received.size() > 0)
        check(ncclRecv(data(received), bytes(received), ncclUint8, process, group_, stream_), "ncclRecv");
      if (process != rank()) count(sent, 1);
    }
    check(ncclGroupEnd(), "the exchange");
  }

  // NCCL joins the broadcasts of a group. ncclAllGather needs tensors of one size, in one buffer.
  void gather(const Tensor& mine, std::span<const Tensor> from) override {
    check(ncclGroupStart(), "ncclGroupStart");
    for (int process = 0; process < size(); ++process) {
      const Tensor& received = from[static_cast<size_t>(process)];
      const Tensor& sent = process == rank() ? mine : received;
      if (received.size() == 0) continue;
      check(ncclBroadcast(data(sent), data(received), bytes(received), ncclUint8, process, group_, stream_),
            "ncclBroadcast");
    }
    check(ncclGroupEnd(), "the gathering");
    count(mine, size() - 1);
  }

  void broadcast(const Tensor& tensor) override {
    if (tensor.size() == 0) return;
    check(ncclBroadcast(data(tensor), data(tensor), bytes(tensor), ncclUint8, 0, group_, stream_), "ncclBroadcast");
    if (rank() == 0) count(tensor, size() - 1);
  }

 private:
  static void* data(const Tensor& tensor) { return tensor.raw(Device::cuda); }
  static size_t bytes(const Tensor& tensor) { return static_cast<size_t>(tensor.bytes()); }
  void count(const Tensor& tensor, int receivers) {
    traffic_.bytes += receivers * tensor.bytes();
    traffic_.messages += tensor.size() > 0 ? receivers : 0;
  }

  NcclProcess process_;
  cudaStream_t stream_;
  ncclComm_t group_ = nullptr;
};

}  // namespace
}  // namespace intertwiner::nccl

extern "C" {

void nccl_group(intertwiner::NcclGroup& group) {
  ncclUniqueId id;
  intertwiner::nccl::check(ncclGetUniqueId(&id), "ncclGetUniqueId");
  std::memcpy(group.id, &id, sizeof id);
}

intertwiner::Communicator* nccl_communicator(const intertwiner::NcclGroup& group,
                                             const intertwiner::NcclProcess& process) {
  return std::make_unique<intertwiner::nccl::NcclCommunicator>(group, process).release();
}
}
