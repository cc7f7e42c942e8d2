#include <algorithm>
#include <limits>

#include "libcore/model/clip_text_cleaning.h"
#include "libcore/model/clip_tokenizer.h"

namespace svg {

namespace {

// A vocabulary in the making: pairs are added one by one, later ones yield to earlier ones.
struct Merges {
  std::vector<std::pair<std::string, std::string>> list;
  std::map<std::pair<std::string, std::string>, size_t> rank;

  void apply(std::vector<std::string>& symbols) const {
    while (symbols.size() > 1) {
      size_t best = std::numeric_limits<size_t>::max(), where = 0;
      for (size_t i = 0; i + 1 < symbols.size(); ++i) {
        const auto it = rank.find({symbols[i], symbols[i + 1]});
        if (it == rank.end() || it->second >= best) continue;
        best = it->second;
        where = i;
      }
      if (best == std::numeric_limits<size_t>::max()) return;
      symbols[where] += symbols[where + 1];
      symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(where) + 1);
    }
  }

  // Whatever earlier words taught is applied first, so adding a word never changes how an earlier
  // one is encoded.
  void learn(const std::string& piece) {
    std::vector<std::string> symbols;
    for (unsigned char byte : piece) symbols.push_back(clip::byte_letters()[byte]);
    symbols.back() += "</w>";
    for (apply(symbols); symbols.size() > 1; apply(symbols)) {
      rank[{symbols[0], symbols[1]}] = list.size();
      list.emplace_back(symbols[0], symbols[1]);
    }
  }
};

std::string single_piece(const std::string& word) {
  const auto pieces = clip::split(clip::clean(word));
  require(pieces.size() == 1, ErrorKind::Usage, "\"", word,
          "\" cannot be one token: CLIP splits it into ", pieces.size(), " pieces");
  return pieces.front();
}

}  // namespace

TokenizerFiles make_byte_tokenizer(const std::vector<std::string>& words, int64_t max_length) {
  Merges merges;
  for (const auto& word : words) merges.learn(single_piece(word));

  ordered_json vocab = ordered_json::object();
  const auto add = [&](const std::string& token) {
    if (!vocab.contains(token)) vocab[token] = vocab.size();
  };
  for (int byte : clip::byte_order()) add(clip::byte_letters()[byte]);
  for (int byte : clip::byte_order()) add(clip::byte_letters()[byte] + "</w>");
  std::string list = "#version: 0.2\n";
  for (const auto& [left, right] : merges.list) {
    add(left + right);
    list += left + " " + right + "\n";
  }
  const std::string begin = "<|startoftext|>", end = "<|endoftext|>";
  add(begin);
  add(end);
  const json specials = {
      {"bos_token", begin}, {"eos_token", end}, {"pad_token", end}, {"unk_token", end}};
  json config = specials;
  config.update({{"add_prefix_space", false},
                 {"do_lower_case", true},
                 {"errors", "replace"},
                 {"model_max_length", max_length},
                 {"tokenizer_class", "CLIPTokenizer"}});
  return {{"vocab.json", vocab.dump() + "\n"},
          {"merges.txt", list},
          {"special_tokens_map.json", specials.dump(2) + "\n"},
          {"tokenizer_config.json", config.dump(2) + "\n"}};
}

}  // namespace svg
