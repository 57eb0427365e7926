// What most files of the rooms include from the standard library, read once for each room. Never included by name, so
// it needs no guard; each file still includes what it uses, which tests/lint.sh and tests/install.sh compile without
// this.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
