// The objects of cuDNN's graph interface, which are created, given attributes, and finalised.
#pragma once
#include <utility>
#include <vector>

#include "engine/cuda/check.h"

namespace intertwiner::cuda {

/// cuDNN's name of the type of an attribute's values.
constexpr cudnnBackendAttributeType_t type_of(const char*) { return CUDNN_TYPE_CHAR; }
constexpr cudnnBackendAttributeType_t type_of(const bool*) { return CUDNN_TYPE_BOOLEAN; }
constexpr cudnnBackendAttributeType_t type_of(const int64_t*) { return CUDNN_TYPE_INT64; }
constexpr cudnnBackendAttributeType_t type_of(const float*) { return CUDNN_TYPE_FLOAT; }
constexpr cudnnBackendAttributeType_t type_of(void* const*) { return CUDNN_TYPE_VOID_PTR; }
constexpr cudnnBackendAttributeType_t type_of(const cudnnHandle_t*) { return CUDNN_TYPE_HANDLE; }
constexpr cudnnBackendAttributeType_t type_of(const cudnnDataType_t*) { return CUDNN_TYPE_DATA_TYPE; }
constexpr cudnnBackendAttributeType_t type_of(const cudnnConvolutionMode_t*) { return CUDNN_TYPE_CONVOLUTION_MODE; }
constexpr cudnnBackendAttributeType_t type_of(const cudnnPointwiseMode_t*) { return CUDNN_TYPE_POINTWISE_MODE; }
constexpr cudnnBackendAttributeType_t type_of(const cudnnBackendHeurMode_t*) { return CUDNN_TYPE_HEUR_MODE; }
constexpr cudnnBackendAttributeType_t type_of(const cudnnBackendKnobType_t*) { return CUDNN_TYPE_KNOB_TYPE; }
constexpr cudnnBackendAttributeType_t type_of(const cudnnBackendBehaviorNote_t*) { return CUDNN_TYPE_BEHAVIOR_NOTE; }
constexpr cudnnBackendAttributeType_t type_of(const cudnnBackendNumericalNote_t*) { return CUDNN_TYPE_NUMERICAL_NOTE; }

/// One such object, destroyed with its owner. Throws InternalError with cuDNN's own words where it refuses.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    check(cudnnBackendCreateDescriptor(type, &handle_), "cudnnBackendCreateDescriptor");
  }
  ~Descriptor() {
    if (handle_) cudnnBackendDestroyDescriptor(handle_);
  }
  Descriptor(Descriptor&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }

  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<T>& values) {
    return set(name, values.data(), values.size(), type_of(values.data()));
  }
  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const T& value) {
    return set(name, &value, 1, type_of(&value));
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& part) {
    return set(name, &part.handle_, 1, CUDNN_TYPE_BACKEND_DESCRIPTOR);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<Descriptor>& parts) {
    std::vector<cudnnBackendDescriptor_t> handles;
    for (const Descriptor& part : parts) handles.push_back(part.handle_);
    return set(name, handles.data(), handles.size(), CUDNN_TYPE_BACKEND_DESCRIPTOR);
  }
  void finalise() { check(cudnnBackendFinalize(handle_), "cudnnBackendFinalize"); }

  int64_t number(cudnnBackendAttributeName_t name) const {
    int64_t value = 0;
    get(name, &value, 1, CUDNN_TYPE_INT64);
    return value;
  }
  template <class T>
  std::vector<T> values(cudnnBackendAttributeName_t name) const {
    T* const none = nullptr;
    std::vector<T> found(static_cast<size_t>(get(name, none, 0, type_of(none))));
    if (!found.empty()) found.resize(static_cast<size_t>(get(name, found.data(), found.size(), type_of(none))));
    return found;
  }
  int64_t part_count(cudnnBackendAttributeName_t name) const {
    cudnnBackendDescriptor_t* const none = nullptr;
    return get(name, none, 0, CUDNN_TYPE_BACKEND_DESCRIPTOR);
  }
  /// At most `max_count` of them.
  std::vector<Descriptor> parts(cudnnBackendAttributeName_t name, cudnnBackendDescriptorType_t type,
                                int64_t max_count) const {
    std::vector<cudnnBackendDescriptor_t> handles(static_cast<size_t>(max_count));
    std::vector<Descriptor> found;
    for (auto& handle : handles) handle = found.emplace_back(type).handle_;
    const int64_t filled = get(name, handles.data(), handles.size(), CUDNN_TYPE_BACKEND_DESCRIPTOR);
    found.erase(found.begin() + filled, found.end());
    return found;
  }

  cudnnBackendDescriptor_t handle() const { return handle_; }

 private:
  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const T* values, size_t count, cudnnBackendAttributeType_t type) {
    check(cudnnBackendSetAttribute(handle_, name, type, static_cast<int64_t>(count), values),
          "cudnnBackendSetAttribute of " + std::to_string(name));
    return *this;
  }
  /// Returns how many values there are, or were written.
  template <class T>
  int64_t get(cudnnBackendAttributeName_t name, T* out, size_t max_count, cudnnBackendAttributeType_t type) const {
    int64_t count = 0;
    check(cudnnBackendGetAttribute(handle_, name, type, static_cast<int64_t>(max_count), &count, out),
          "cudnnBackendGetAttribute of " + std::to_string(name));
    return count;
  }

  cudnnBackendDescriptor_t handle_ = nullptr;
};

}  // namespace intertwiner::cuda
