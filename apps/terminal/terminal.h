// The width of the terminal, and text that is broken into lines to fit.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace intertwiner {

/// Where text for the user goes. Standard error, if standard output carries data.
enum class TextStream { output, error };

bool is_terminal(TextStream stream = TextStream::output);

/// Columns for a line that must not wrap: one less than the terminal's, at most 110; 110 if the stream is not a
/// terminal.
size_t terminal_columns(TextStream stream);

/// Columns for a line: one less than the terminal's, from 40 to 110; 110 if the stream is not a terminal.
size_t line_columns(TextStream stream = TextStream::output);

/// `start` and the items, with spaces between them, in lines of at most line_columns(). Items are not broken. Each line
/// after the first begins with `indent` spaces. The last line has no line break.
std::string wrapped(const std::string& start, const std::vector<std::string>& items, size_t indent);

std::vector<std::string> words_of(const std::string& text);

}  // namespace intertwiner
