#include "libcore/model/clip_tokenizer.h"

#include <algorithm>
#include <limits>

#include "libcore/model/clip_text_cleaning.h"

namespace svg {

namespace {

// The leftmost special token in `text`, the longest of those that begin there.
struct Found {
  size_t at = std::string_view::npos, size = 0;
  int64_t id = 0;
};

Found find_special(std::string_view text,
                   const std::map<std::string, int64_t, std::less<>>& specials) {
  Found best;
  for (const auto& [token, id] : specials) {
    const size_t at = text.find(token);
    if (at == std::string_view::npos) continue;
    if (at < best.at || (at == best.at && token.size() > best.size)) best = {at, token.size(), id};
  }
  return best;
}

}  // namespace

std::vector<int64_t> ClipTokenizer::encode(std::string_view text) const {
  std::vector<int64_t> ids = encode_all(text);
  const auto length = static_cast<size_t>(max_length_);
  if (ids.size() > length) {
    ids.resize(length);
    ids.back() = eos_;
  }
  ids.resize(length, pad_);
  return ids;
}

std::vector<int64_t> ClipTokenizer::encode_all(std::string_view text) const {
  std::vector<int64_t> ids = {bos_};
  add_text(text, raw_specials_, /*cleaned=*/false, ids);
  ids.push_back(eos_);
  return ids;
}

int64_t ClipTokenizer::vocab_size() const {
  int64_t size = 0;
  for (const auto& [token, id] : vocab_) size = std::max(size, id + 1);
  for (const auto* specials : {&raw_specials_, &clean_specials_})
    for (const auto& [token, id] : *specials) size = std::max(size, id + 1);
  return size;
}

void ClipTokenizer::add_text(std::string_view text, const Specials& specials, bool cleaned,
                             std::vector<int64_t>& ids) const {
  while (!text.empty()) {
    const Found special = find_special(text, specials);
    const std::string_view plain = text.substr(0, special.at);
    if (!cleaned) {
      add_text(clip::clean(plain), clean_specials_, true, ids);
    } else {
      for (const auto& piece : clip::split(plain)) add_piece(piece, ids);
    }
    if (special.at == std::string_view::npos) return;
    ids.push_back(special.id);
    text.remove_prefix(special.at + special.size);
  }
}

// Byte-pair encoding: each byte is a symbol (the last one marked as the end of a word), then the
// pair that was learnt first is merged, the leftmost of equals, until none is left. Pieces are
// short, so a list that is searched anew each time does.
void ClipTokenizer::add_piece(std::string_view piece, std::vector<int64_t>& ids) const {
  std::vector<int64_t> symbols;
  for (size_t i = 0; i < piece.size(); ++i) {
    std::string symbol = clip::byte_letters()[static_cast<unsigned char>(piece[i])];
    if (i + 1 == piece.size()) symbol += "</w>";
    const auto it = vocab_.find(symbol);
    symbols.push_back(it == vocab_.end() ? unknown_ : it->second);
  }
  while (symbols.size() > 1) {
    Merge best{std::numeric_limits<int64_t>::max(), 0};
    size_t where = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto it = merges_.find({symbols[i], symbols[i + 1]});
      if (it == merges_.end() || it->second.rank >= best.rank) continue;
      best = it->second;
      where = i;
    }
    if (best.rank == std::numeric_limits<int64_t>::max()) break;
    symbols[where] = best.result;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
  ids.insert(ids.end(), symbols.begin(), symbols.end());
}

}  // namespace svg
