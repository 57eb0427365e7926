// Keys by which a device finds the best of many (`Backend::smallest`): whole numbers, the smallest first.
#pragma once
#include <cstdint>
#include <cstring>

#include "engine/kernels/host_device.h"

namespace intertwiner {

/// Of what is never taken.
constexpr int32_t kNoKey = INT32_MAX;

/// The greatest score first. Equal scores have equal keys, what is no number has none.
INTERTWINER_HD inline int32_t key_of_score(float score) {
  if (score != score) return kNoKey;
  const float value = score + 0.0f;  // −0 becomes 0
  int32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return ~(bits >= 0 ? bits : bits ^ INT32_MAX);  // a float's bits count upwards from 0, and downwards below it
}

/// The smallest random word first. The two greatest share a key, so that none is kNoKey.
INTERTWINER_HD inline int32_t key_of_word(uint32_t word) {
  const auto key = static_cast<int32_t>(word ^ 0x80000000u);
  return key == kNoKey ? kNoKey - 1 : key;
}

}  // namespace intertwiner
