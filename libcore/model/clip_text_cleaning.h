// The text side of CLIP's tokenizer: clean-up, splitting into pieces, and the letters that stand
// for bytes. Internal to the tokenizer.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace svg::clip {

// NFC, every run of white space to one space, lower case. Throws Error{Data} if `text` is not
// UTF-8.
std::string clean(std::string_view text);

// The pieces of cleaned text that are encoded one by one; white space falls away:
// contractions ('s 't 're 've 'm 'll 'd), runs of letters, single digits, runs of anything else.
std::vector<std::string> split(std::string_view cleaned);

// The 256 printable letters that stand for bytes, by byte (GPT-2's bytes_to_unicode), each as
// UTF-8.
const std::vector<std::string>& byte_letters();
// The order in which vocabularies list them: the bytes that stand for themselves first.
std::vector<int> byte_order();

}  // namespace svg::clip
