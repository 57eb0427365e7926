// Standard headers that most files include, compiled once for each room. No file includes this header by name, so it
// needs no guard. Each file still includes what it uses: tests/lint.sh and tests/install.sh compile without this
// header.
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
