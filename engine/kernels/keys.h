// Keys by which a device finds the best of many (`Backend::smallest`). Keys are integers, and smaller is better.
#pragma once
#include <cstdint>
#include <cstring>

#include "engine/host_device.h"

namespace intertwiner {

/// The key of what is never taken.
constexpr int32_t kNoKey = INT32_MAX;

/// The highest score has the smallest key. Equal scores have equal keys; a NaN has kNoKey.
INTERTWINER_HD inline int32_t key_of_score(float score) {
  if (score != score) return kNoKey;
  const float value = score + 0.0f;  // −0 becomes 0
  int32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return ~(bits >= 0 ? bits : bits ^ INT32_MAX);  // as integers, bits of floats increase above 0 and decrease below it
}

/// The smallest random word has the smallest key. The two greatest words share a key, so that none has kNoKey.
INTERTWINER_HD inline int32_t key_of_word(uint32_t word) {
  const auto key = static_cast<int32_t>(word ^ 0x80000000u);
  return key == kNoKey ? kNoKey - 1 : key;
}

}  // namespace intertwiner
