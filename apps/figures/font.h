// A font of 5×9 dots for text on images, because a machine may have no font file.
//
// It has printable ASCII. Every other UTF-8 character becomes one "?".
#pragma once
#include <string>

namespace intertwiner {

inline constexpr int kGlyphWidth = 5;   ///< dots
inline constexpr int kGlyphHeight = 9;  ///< dots: seven above the baseline, two below
inline constexpr int kAdvance = 6;      ///< dots from one letter to the next

/// True if dot (x, y) of a letter is set, counted from the upper left. `character` must be printable ASCII.
bool glyph_dot(char character, int x, int y);

/// Replaces every character that the font lacks by "?".
std::string to_printable(const std::string& utf8);

}  // namespace intertwiner
