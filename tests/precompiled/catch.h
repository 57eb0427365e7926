// What nearly every test includes, read once for all of them. Never included by name, so it needs no guard.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "engine/variable.h"
