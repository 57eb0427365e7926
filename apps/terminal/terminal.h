// The width of the terminal, and text that is broken into lines to fit.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace intertwiner {

/// True if standard output is a terminal.
bool is_terminal();

/// Columns for a line on standard output: one less than the terminal's, from 40 to 110; 110 if it is not a terminal.
size_t line_columns();

/// `start` and the items, with spaces between them, in lines of at most line_columns(). Items are not broken. Each line
/// after the first begins with `indent` spaces. The last line has no line break.
std::string wrapped(const std::string& start, const std::vector<std::string>& items, size_t indent);

std::vector<std::string> words_of(const std::string& text);

}  // namespace intertwiner
