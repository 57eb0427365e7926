// The objects of cuDNN's graph interface: attributes by name. An object that is set as an attribute is shared, so its
// descriptor may be destroyed.
#pragma once
#include <cudnn.h>

#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

namespace intertwiner::stand_in {

struct Object;
using ObjectPointer = std::shared_ptr<Object>;

struct Attribute {
  cudnnBackendAttributeType_t type;
  int64_t count;
  std::vector<std::byte> values;
  std::vector<ObjectPointer> objects;
};

struct Object {
  cudnnBackendDescriptorType_t type;
  bool finalised = false;
  std::map<cudnnBackendAttributeName_t, Attribute> attributes;

  /// These throw std::out_of_range if the attribute is missing.
  template <class T>
  T value(cudnnBackendAttributeName_t name, int64_t i = 0) const {
    const Attribute& a = attributes.at(name);
    if (i >= a.count) throw std::out_of_range("an attribute has too few values");
    T found;
    std::memcpy(&found, a.values.data() + static_cast<size_t>(i) * sizeof(T), sizeof(T));
    return found;
  }
  template <class T>
  std::vector<T> values(cudnnBackendAttributeName_t name) const {
    std::vector<T> found;
    for (int64_t i = 0; i < attributes.at(name).count; ++i) found.push_back(value<T>(name, i));
    return found;
  }
  const Object& object(cudnnBackendAttributeName_t name) const { return *attributes.at(name).objects.at(0); }

  template <class T>
  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t as, const std::vector<T>& values) {
    Attribute& a = attributes[name] = {as, static_cast<int64_t>(values.size()), {}, {}};
    a.values.resize(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(a.values.data(), values.data(), a.values.size());
  }
  void set(cudnnBackendAttributeName_t name, std::vector<ObjectPointer> objects) {
    attributes[name] = {CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<int64_t>(objects.size()), {}, std::move(objects)};
  }
};

/// What the opaque cudnnBackendDescriptor_t points to.
struct DescriptorHandle {
  ObjectPointer object;
};

/// Fills what cuDNN computes when an object is finalised: engines, workspaces. Returns cuDNN's status.
cudnnStatus_t finalise(Object& object);
/// Runs a graph of one convolution and functions of its result. `pack` has the addresses.
cudnnStatus_t execute(cudaStream_t stream, const Object& plan, const Object& pack);

}  // namespace intertwiner::stand_in
