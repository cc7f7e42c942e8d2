// Text from files and flags, made fit for a terminal.
#pragma once
#include <string>

namespace svg {

// `text` on one line, without what a terminal would take for commands: control characters become
// \n, \t, \r or \xNN, those of UTF-8 beyond ASCII (U+0080 to U+009F, and the marks that turn the
// direction of text) \u....; bytes that are not UTF-8 become \xNN. Everything else stays.
std::string printable(const std::string& text);

}  // namespace svg
