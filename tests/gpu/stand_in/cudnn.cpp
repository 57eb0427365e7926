// cuDNN's graph interface, as far as engine/cuda/ calls it: objects and their attributes.
#include "tests/gpu/stand_in/cudnn_objects.h"

using namespace intertwiner::stand_in;

namespace {

size_t bytes_of(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_CHAR:
    case CUDNN_TYPE_BOOLEAN:
      return 1;
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_HANDLE:
      return 8;
    default:
      return 4;  // numbers of an enumeration, float
  }
}

struct Handle {
  cudaStream_t stream = nullptr;
};

ObjectPointer& of(cudnnBackendDescriptor_t descriptor) { return static_cast<DescriptorHandle*>(descriptor)->object; }

}  // namespace

extern "C" {

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  *handle = reinterpret_cast<cudnnHandle_t>(new Handle);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  reinterpret_cast<Handle*>(handle)->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}
size_t cudnnGetVersion() { return 0; }
const char* cudnnGetErrorString(cudnnStatus_t) { return "an error of the stand-in"; }
void cudnnGetLastErrorString(char* message, size_t) { message[0] = 0; }

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* descriptor) {
  *descriptor = new DescriptorHandle{std::make_shared<Object>(Object{type, false, {}})};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor) {
  delete static_cast<DescriptorHandle*>(descriptor);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t count, const void* values) {
  Object& object = *of(descriptor);
  if (object.finalised || count < 1) return CUDNN_STATUS_BAD_PARAM;
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    std::vector<ObjectPointer> objects;
    for (int64_t i = 0; i < count; ++i) {
      objects.push_back(of(static_cast<const cudnnBackendDescriptor_t*>(values)[i]));
      if (!objects.back()->finalised) return CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED;
    }
    object.set(name, std::move(objects));
    return CUDNN_STATUS_SUCCESS;
  }
  const auto* const begin = static_cast<const std::byte*>(values);
  object.attributes[name] = {type, count, {begin, begin + static_cast<size_t>(count) * bytes_of(type)}, {}};
  return CUDNN_STATUS_SUCCESS;
}

// An attribute of objects is read into descriptors that the caller made.
cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t max_count, int64_t* count,
                                       void* values) {
  const Object& object = *of(descriptor);
  if (!object.finalised) return CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED;
  *count = 0;
  const auto found = object.attributes.find(name);
  if (found == object.attributes.end()) return CUDNN_STATUS_SUCCESS;
  const Attribute& a = found->second;
  if (a.type != type) return CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE;
  *count = a.count;
  if (!values) return CUDNN_STATUS_SUCCESS;
  *count = std::min(a.count, max_count);
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR)
    for (int64_t i = 0; i < *count; ++i)
      of(static_cast<cudnnBackendDescriptor_t*>(values)[i]) = a.objects[static_cast<size_t>(i)];
  else
    std::memcpy(values, a.values.data(), static_cast<size_t>(*count) * bytes_of(type));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor) try {
  Object& object = *of(descriptor);
  const cudnnStatus_t status = finalise(object);
  object.finalised = status == CUDNN_STATUS_SUCCESS;
  return status;
} catch (const std::out_of_range&) {
  return CUDNN_STATUS_BAD_PARAM;  // an attribute is missing
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan,
                                  cudnnBackendDescriptor_t pack) try {
  return execute(reinterpret_cast<Handle*>(handle)->stream, *of(plan), *of(pack));
} catch (const std::out_of_range&) {
  return CUDNN_STATUS_BAD_PARAM;
}
}
