"""Writes interface_stamp.cpp: a text that depends on the compiler and on the headers that modules share with programs.

interface_stamp.py OUTPUT COMPILER HEADER...
"""
import hashlib
import pathlib
import sys

output, compiler, *headers = sys.argv[1:]
content = hashlib.sha256(compiler.encode())
for header in headers:
    content.update(pathlib.Path(header).read_bytes())
pathlib.Path(output).write_text(f"""#include "engine/backend/module.h"

namespace intertwiner {{
const char* interface_stamp() {{ return "{content.hexdigest()[:16]}"; }}
}}  // namespace intertwiner
""")
