// Names of index functions as a reader knows them.
#pragma once
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace intertwiner::tests {

/// "Add<float, 8>" for the name of its typeid. A text that is no such name stays as it is.
inline std::string readable_name(const std::string& type) {
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(type.c_str(), nullptr, nullptr, nullptr),
                                                    std::free);
  std::string name = text ? text.get() : type;
  for (const std::string prefix : {"intertwiner::kernels::", "intertwiner::"})
    for (size_t at; (at = name.find(prefix)) != std::string::npos;) name.erase(at, prefix.size());
  return name;
}

}  // namespace intertwiner::tests
