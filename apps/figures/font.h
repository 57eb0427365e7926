// Letters for labels on pictures: a font of 5×9 dots, drawn here by hand, as no font file can be counted on.
//
// Printable ASCII; every other character of UTF-8 counts as one "?".
#pragma once
#include <string>

namespace intertwiner {

inline constexpr int kGlyphWidth = 5;   ///< dots
inline constexpr int kGlyphHeight = 9;  ///< dots: seven above the baseline, two below
inline constexpr int kAdvance = 6;      ///< dots from one letter to the next

/// Whether a dot of a character's picture is set; x and y count from the upper left. `character` is printable ASCII.
bool glyph_dot(char character, int x, int y);

/// The text with every character that the font lacks replaced by "?".
std::string to_printable(const std::string& utf8);

}  // namespace intertwiner
