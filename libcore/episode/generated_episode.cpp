#include "libcore/episode/generated_episode.h"

#include <fcntl.h>

#include <algorithm>

#include "formats/provenance.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"

namespace svg::episode {

namespace {

ActionSource source_of(const EpisodeRequest& r) {
  return r.action_lines ? ActionSource(r.actions, *r.action_lines) : ActionSource(r.actions);
}

}  // namespace

GeneratedEpisode::GeneratedEpisode(const EpisodeRequest& request, const GenerationContext& c)
    : request_(request), c_(c), actions_(source_of(request)) {
  read_opening();
  if (c.settings.use_fast && !request.memory.empty())
    memory_.emplace(request.memory, c.settings.fast, c.pipeline.unet_fingerprint);
  if (c.files.resume) read_begun();
}

void GeneratedEpisode::read_opening() {
  StreamSource source(request_.input, c_.pipeline.latent_space);
  while (auto chunk = source.next()) opening_.push_back(std::move(*chunk));
  cut_off_ = source.cut_off() && !c_.files.salvage;
  if (source.cut_off())
    log_warn(cat(source.name(), ": cut off: its ", opening_.size(), " whole chunks are used"));
  require(!opening_.empty(), cut_off_ ? ErrorKind::Data : ErrorKind::NoInput, source.name(),
          ": holds no chunk: expected the first frames of an episode");
  name_ = opening_.front().header.episode;
  stream_ = *source.header();
}

// What a stopped run of the same command left in FILE.partial, or, where it had finished this
// episode, in FILE.
void GeneratedEpisode::read_begun() {
  const std::string partial = request_.output + ".partial";
  complete_ = !path_exists(partial) && is_regular_file(request_.output);
  if (!complete_ && !path_exists(partial)) return;
  const auto& file = complete_ ? request_.output : partial;
  StreamSource source(file, c_.pipeline.latent_space);
  size_t inputs = 0;
  while (auto chunk = source.next()) {
    if (chunk->header.role == formats::Role::Generated) {
      chunk->record.reset();  // not written again
      begun_.push_back(std::move(*chunk));
    } else {
      ++inputs;
    }
  }
  if (source.header()) begun_provenance_ = source.header()->provenance;
  if (begun_provenance_.is_null() && !complete_) return;  // not even its header is whole
  if (memory_) memory_->begun_as(begun_provenance_, file);
  taken_up_ = complete_ || c_.files.only_generated || inputs >= opening_.size();
}

void GeneratedEpisode::take_place(size_t count, size_t place) {
  provenance_ = make_provenance(count, place);
  if (!complete_ && begun_provenance_.is_null()) return;
  require(json(begun_provenance_) == json(provenance_), ErrorKind::Config,
          complete_ ? request_.output : request_.output + ".partial",
          ": was begun with other settings or inputs: use the same command, or start anew without "
          "--resume");
}

ordered_json GeneratedEpisode::make_provenance(size_t count, size_t place) const {
  const auto& o = c_.files;
  auto settings = to_json(c_.settings);
  settings["learn_input"] = o.learn_input;
  settings["only_generated"] = o.only_generated;
  if (o.learn_until) settings["learn_until"] = *o.learn_until;
  settings["dtype"] = name_of(c_.context.dtype);
  if (count > 1) settings["batch"] = {{"episodes", count}, {"place", place}};
  Sha256 frames;
  for (const auto& chunk : opening_) frames.update(chunk.record->blob);
  ordered_json inputs = {{"unet", c_.pipeline.unet_fingerprint},
                         {"vae", c_.pipeline.latent_space.fingerprint},
                         {"input", "sha256:" + frames.hex()}};
  if (!o.draws.empty()) inputs["draws"] = "sha256:" + sha256_hex_of_file(o.draws);
  if (memory_) memory_->note_start(settings, inputs);
  return formats::make_provenance(c_.context.tool, settings, c_.context.seed, inputs,
                                  stream_.provenance);
}

void GeneratedEpisode::begin() {
  if (complete_) {
    log_info(cat(request_.output, " is complete already"));
  } else if (taken_up_) {
    sink_.emplace(StreamSink::resume(request_.output));
  } else {
    begin_output();
  }
}

void GeneratedEpisode::begin_memory() {
  if (memory_)
    memory_->create(fast::memory_info(c_.settings.fast, c_.pipeline.unet_fingerprint, c_.files.keep,
                                      provenance_));
  timings_.open(c_.files.timings, memory_ ? memory_->dir() : std::string());
}

void GeneratedEpisode::discard() {
  if (taken_up_) return;
  if (memory_) memory_->discard();
  if (sink_) sink_->discard();
}

void GeneratedEpisode::begin_output() {
  auto header = stream_;
  header.provenance = provenance_;
  sink_.emplace(StreamSink::create(request_.output, header));
  if (c_.files.only_generated) return;
  for (auto chunk : opening_) {
    chunk.header.role = formats::Role::Input;
    sink_->write(chunk);
  }
}

bool GeneratedEpisode::plan_is_done() {
  while (ahead_.size() <= begun_.size()) {
    const auto action = actions_.next();
    if (!action) break;
    ahead_.push_back(*action);
  }
  for (size_t i = 0; i < std::min(ahead_.size(), begun_.size()); ++i) stored(i, ahead_[i]);
  check_end(ahead_.size());
  return ahead_.size() == begun_.size();
}

void GeneratedEpisode::reopen() {
  AtomicFile copy(request_.output + ".partial");
  const Descriptor whole(::open(request_.output.c_str(), O_RDONLY | O_CLOEXEC));
  require_system(static_cast<bool>(whole), ErrorKind::NoInput, "cannot open ", request_.output);
  std::vector<std::byte> buffer(1 << 18);
  while (const size_t n = read_some(whole.number(), buffer, request_.output))
    copy.write(std::span(buffer).first(n));
  copy.finish();
  complete_ = false;
}

std::optional<Action> GeneratedEpisode::next_action() {
  if (ahead_.empty()) return actions_.next();
  const auto action = ahead_.front();
  ahead_.pop_front();
  return action;
}

std::optional<size_t> GeneratedEpisode::actions_so_far() const {
  if (!request_.action_lines && !is_regular_file(request_.actions)) return {};
  try {
    auto again = source_of(request_);
    size_t count = 0;
    while (again.next()) ++count;
    return count;
  } catch (const Error&) {  // said when the line is come to
    return {};
  }
}

size_t GeneratedEpisode::action_count() {
  while (const auto action = actions_.next()) ahead_.push_back(*action);
  return ahead_.size();
}

const LatentChunk* GeneratedEpisode::stored(size_t i, const Action& action) const {
  if (!holds(i)) return nullptr;
  const auto& header = begun_[i].header;
  const Action before{header.action, header.action_inverse.value_or(""),
                      header.seed.value_or(c_.context.seed)};
  require(Action{action.text, action.inverse, action.seed.value_or(c_.context.seed)} == before,
          ErrorKind::Config, request_.actions, ": action ", i + 1, " is \"", action.text,
          "\", the stopped run had \"", before.text,
          "\" (with its inverse and seed): use the same actions");
  return &begun_[i];
}

void GeneratedEpisode::settle() {
  if (settled_ || !taken_up_) return;
  settled_ = true;
  if (memory_) memory_->settle(provenance_);
  if (!complete_)
    log_info(cat(request_.output, ": resumed after ", begun_.size(), " generated chunks"));
}

void GeneratedEpisode::write(const LatentChunk& generated) {
  require(sink_.has_value(), ErrorKind::Config, request_.output, ": is complete without chunk ",
          generated.header.index, ": use the same actions");
  sink_->write(generated);
}

void GeneratedEpisode::check_end(size_t generated) const {
  require(generated >= begun_.size(), ErrorKind::Config, request_.actions, ": action ",
          generated + 1, " is \"(none)\", the stopped run had ", begun_.size(),
          " actions: use the same actions");
}

void GeneratedEpisode::finish() {
  if (sink_) sink_->finish();
}

}  // namespace svg::episode
