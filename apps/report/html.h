// Pieces of an HTML page.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace intertwiner {

/// The text with &, <, > and quotes escaped. Line breaks stay; other control characters and bytes that are not UTF-8
/// are shown as \x1b.
std::string html_text(const std::string& text);

/// A table: the first column is text, the others are numbers.
std::string html_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

/// A section with a heading, and an explanation under it.
std::string html_section(const std::string& heading, const std::string& explanation, const std::string& content);

/// The whole page. It needs no other file, and has a light and a dark style.
std::string html_page(const std::string& title, const std::string& body);

std::string base64(std::string_view bytes);

}  // namespace intertwiner
