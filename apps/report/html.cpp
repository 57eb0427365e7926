#include "apps/report/html.h"

#include <algorithm>
#include <cstdint>

#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --page: #ffffff; --panel: #f6f8fa; --text: #1f2328; --quiet: #59636e;
  --line: #d1d9e0; --grid: #e6eaef; --c0: #0969da; --c1: #bc4c00; --c2: #1a7f37; --c3: #8250df; --c4: #cf222e;
  --c5: #0d7d87; --c6: #9a6700; --c7: #bf3989; --found: #1a7f37; --missed: #0969da; --wrong: #cf222e; --heat: 9, 105, 218; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --panel: #161b22; --text: #e6edf3; --quiet: #9198a1;
  --line: #3d444d; --grid: #262c36; --c0: #58a6ff; --c1: #f0883e; --c2: #3fb950; --c3: #bc8cff; --c4: #ff7b72;
  --c5: #39c5cf; --c6: #d29922; --c7: #f778ba; --found: #3fb950; --missed: #58a6ff; --wrong: #ff7b72; --heat: 88, 166, 255; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 16px; max-width: 1240px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 26px; line-height: 1.25; margin: 8px 0 4px; }
h2 { font-size: 19px; margin: 40px 0 4px; padding-top: 12px; border-top: 1px solid var(--line); }
p { margin: 4px 0 12px; color: var(--quiet); max-width: 75ch; }
.tiles, .charts, .pictures { display: grid; gap: 12px; }
.tiles { grid-template-columns: repeat(auto-fill, minmax(152px, 1fr)); margin-top: 16px; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; }
.tile b { display: block; font-size: 24px; line-height: 1.3; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tile span { color: var(--quiet); font-size: 13px; }
.charts { grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); }
.pictures { grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr)); }
figure { margin: 0; padding: 10px 12px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
figcaption { font-size: 14px; margin-bottom: 4px; }
figcaption small { color: var(--quiet); display: block; font-size: 13px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--quiet); font: 13px system-ui, sans-serif; }
.grid { stroke: var(--grid); } .axis { stroke: var(--line); }
.plot { fill: none; stroke-width: 2; stroke-linejoin: round; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; color: var(--quiet); margin-top: 6px; }
.legend i { display: inline-block; width: 14px; height: 3px; margin-right: 5px; vertical-align: middle; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; overflow-wrap: normal; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 90px; }
.matrix td { text-align: center; padding: 4px 10px; border: 1px solid var(--line); }
.matrix th { text-align: center; padding: 4px 10px; border: 0; }
.matrix th:first-child { text-align: right; }
.found { color: var(--found); } .missed { color: var(--missed); } .wrong { color: var(--wrong); }
.picture svg rect { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
.picture rect.found { stroke: #2ea043; } .picture rect.missed { stroke: #1f9bff; stroke-dasharray: 6 4; }
.picture rect.wrong { stroke: #ff3b30; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px; overflow-x: auto;
  font: 13px/1.45 ui-monospace, monospace; }
footer { margin: 40px 0 8px; color: var(--quiet); font-size: 13px; }
)css";

std::string escaped(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {c};
  }
}

std::string cell(const char* tag, const std::string& text) {
  return std::string("<") + tag + ">" + html_text(text) + "</" + tag + ">";
}

}  // namespace

std::string html_text(const std::string& text) {
  std::string result;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (begin > 0) result += '\n';
    for (const char c : printable(text.substr(begin, end - begin))) result += escaped(c);
    begin = end + 1;
  }
  return result;
}

std::string html_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::string text = "<div class=\"scroll\"><table>\n<tr>";
  for (const std::string& name : header) text += cell("th", name);
  text += "</tr>\n";
  for (const std::vector<std::string>& row : rows) {
    text += "<tr>";
    for (const std::string& entry : row) text += cell("td", entry);
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string html_section(const std::string& heading, const std::string& explanation, const std::string& content) {
  std::string text = "<section>\n<h2>" + html_text(heading) + "</h2>\n";
  if (!explanation.empty()) text += "<p>" + html_text(explanation) + "</p>\n";
  return text + content + "</section>\n";
}

std::string html_page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<link rel=\"icon\" href=\"data:,\">\n<title>" +
         html_text(title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n";
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t block = 0;
    for (size_t k = 0; k < 3; ++k)
      block = block << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : kDigits[block >> (18 - 6 * k) & 63];
  }
  return text;
}

}  // namespace intertwiner
