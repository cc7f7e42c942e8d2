#include "libcore/model/text_encoder.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <set>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"

namespace svg {

namespace {

// `parameters` and the tokenizer as an encoder, which must fit each other.
TextEncoder assemble(ClipTokenizer tokenizer, Parameters parameters, const ClipTextConfig& config,
                     at::Device device, const std::string& where) {
  TextEncoder encoder{make_clip_text(parameters, config), std::move(tokenizer),
                      std::move(parameters), device};
  encoder.parameters.finish();
  require(encoder.tokenizer.vocab_size() <= config.vocab_size &&
              encoder.tokenizer.max_length() <= config.max_position_embeddings,
          ErrorKind::Config, where, ": knows ", config.vocab_size, " tokens and ",
          config.max_position_embeddings, " positions, the tokenizer gives ",
          encoder.tokenizer.vocab_size(), " and ", encoder.tokenizer.max_length(),
          ": they belong to two models");
  return encoder;
}

// Runs of ASCII letters: CLIP splits text at everything else, and takes digits one by one.
std::vector<std::string> words_of(const std::vector<std::string>& texts) {
  std::set<std::string> words;
  for (const auto& text : texts) {
    std::string word;
    for (const char c : text + " ") {
      const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if (lower >= 'a' && lower <= 'z') {
        word += lower;
      } else {
        if (word.size() > 1) words.insert(word);
        word.clear();
      }
    }
  }
  return {words.begin(), words.end()};
}

}  // namespace

TextEncoder load_text_encoder(const ModelDirectory& model, at::ScalarType dtype,
                              at::Device device) {
  const auto where = model.path() + "/text_encoder";
  return assemble(ClipTokenizer::load(model.path() + "/tokenizer"),
                  parameters_of(model, "text_encoder", dtype, device),
                  clip_text_config(model.config("text_encoder"), model.config_path("text_encoder")),
                  device, where);
}

TextEncoder start_text_encoder(const ModelDirectory& model, const std::string& output,
                               const std::vector<std::string>& texts, at::Device device,
                               uint64_t seed) {
  const auto where = model.path() + "/text_encoder";
  auto config = clip_text_config(model.config("text_encoder"), model.config_path("text_encoder"));
  std::string tokenizer = model.path() + "/tokenizer";
  if (!path_exists(tokenizer + "/vocab.json")) {
    tokenizer = output + "/tokenizer";
    make_directories(tokenizer);
    for (const auto& [name, content] :
         make_byte_tokenizer(words_of(texts), config.max_position_embeddings)) {
      write_file_atomically(tokenizer + "/" + name, content);
    }
    const auto made = ClipTokenizer::load(tokenizer);
    config.vocab_size = made.vocab_size();
    config.bos_token_id = made.bos_id();
    config.eos_token_id = made.eos_id();
    config.pad_token_id = made.pad_id();
  }
  return assemble(ClipTokenizer::load(tokenizer), Parameters::fresh(seed, device), config, device,
                  where);
}

namespace {

void warn_of_cut(const TextEncoder& encoder, const std::string& prompt) {
  const auto most = static_cast<size_t>(encoder.tokenizer.max_length());
  const size_t tokens = encoder.tokenizer.encode_all(prompt).size();
  if (tokens <= most || !encoder.cut->insert(prompt).second) return;
  // The longest beginning, in whole words, that fits.
  size_t fits = 0;
  for (size_t at = prompt.find(' '); at != std::string::npos; at = prompt.find(' ', at + 1)) {
    if (encoder.tokenizer.encode_all(prompt.substr(0, at)).size() > most) break;
    fits = at;
  }
  log_warn(cat("a sentence of ", tokens, " tokens is cut to the ", most,
               " that this model takes; left out: \"", prompt.substr(fits + (fits > 0 ? 1 : 0)),
               "\""));
}

}  // namespace

at::Tensor encode_text(const TextEncoder& encoder, const std::vector<std::string>& prompts) {
  for (const auto& prompt : prompts) warn_of_cut(encoder, prompt);
  const auto length = encoder.tokenizer.max_length();
  at::Tensor ids = at::empty({static_cast<int64_t>(prompts.size()), length}, at::kLong);
  for (size_t i = 0; i < prompts.size(); ++i) {
    const auto row = encoder.tokenizer.encode(prompts[i]);
    std::copy(row.begin(), row.end(), ids[static_cast<int64_t>(i)].data_ptr<int64_t>());
  }
  return forward(encoder.clip, ids.to(encoder.device));
}

}  // namespace svg
