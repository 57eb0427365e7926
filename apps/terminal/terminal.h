// Text for a screen: how wide it is, and lines broken to fit.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace intertwiner {

/// True where standard output is a terminal.
bool is_terminal();

/// Characters of a text in UTF-8, each a column wide.
size_t display_width(const std::string& text);

/// Characters that a line on standard output may have: as many as the terminal shows, at most 110; 110 where it is
/// none.
size_t line_columns();

/// `start`, and then the items with blanks between, in lines of at most line_columns(); all but the first begin with
/// `indent` blanks. No item is broken. Without a line's end behind the last.
std::string wrapped(const std::string& start, const std::vector<std::string>& items, size_t indent);

std::vector<std::string> words_of(const std::string& text);

}  // namespace intertwiner
