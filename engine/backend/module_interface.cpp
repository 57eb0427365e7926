// Compiled into every module, so that a program can tell whether it is of its own build (open_module).
#include "engine/backend/module.h"

extern "C" const char* module_interface() { return intertwiner::interface_stamp(); }
