#include "libcore/plan/record.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "libcore/base/atomic_file.h"
#include "libcore/base/signals.h"
#include "libcore/plan/growing_folder.h"
#include "libcore/plan/recorder.h"

namespace svg::plan {
namespace {

namespace fs = std::filesystem;

// What must be the same for a run to go on.
std::string settings_line(const RecordSettings& o) {
  ordered_json doc{{"env", o.command},   {"chunks", {o.min_chunks, o.max_chunks}},
                   {"frames", o.frames}, {"moves", o.moves},
                   {"script", o.script}, {"split", o.split},
                   {"seed", o.seed}};
  if (o.retrace) doc["retrace"] = true;
  return dump_json(doc, "settings") + "\n";
}

// Of an episode that is whole, or failed and kept some chunks.
std::optional<ordered_json> kept_episode(const std::string& folder, int index) {
  const std::string path = episode_path(folder, index);
  if (!fs::exists(path)) return std::nullopt;
  return parse_ordered_json(read_file(path), path);
}

bool is_whole(const std::string& folder, int index) {
  const auto episode = kept_episode(folder, index);
  return episode && !episode->contains("failed");
}

// Manifest lines of all episodes that are there, in order.
void assemble(const RecordSettings& o, const std::string& partial, RecordReport& report) {
  std::string episodes, chunks, tasks, failed;
  for (int i = 0; i < o.episodes; ++i) {
    const auto episode = kept_episode(partial, i);
    if (!episode) continue;
    const std::string name = episode_path(partial, i);
    episodes += dump_json(episode->at("line"), name) + "\n";
    for (const ordered_json& chunk : episode->at("chunks")) chunks += dump_json(chunk, name) + "\n";
    if (episode->contains("failed")) continue;
    if (episode->contains("task")) tasks += dump_json(episode->at("task"), name) + "\n";
    report.frames += episode->at("line").at("n").get<int64_t>();
    report.hits += episode->at("hits").get<int>();
  }
  for (const FailedEpisode& f : report.failed)
    failed +=
        dump_json({{"episode", f.episode}, {"error", f.what}, {"frames", f.frames}}, "failed") +
        "\n";
  write_file_atomically(partial + "/episodes.jsonl", episodes);
  write_file_atomically(partial + "/chunks.jsonl", chunks);
  if (!tasks.empty()) write_file_atomically(partial + "/tasks.jsonl", tasks);
  if (!failed.empty()) write_file_atomically(partial + "/failed.jsonl", failed);
  for (int i = 0; i < o.episodes; ++i) fs::remove(episode_path(partial, i));
}

}  // namespace

RecordReport record(const RecordSettings& o, const std::function<void(int)>& progress) {
  require(o.episodes >= 1, ErrorKind::Usage, "--episodes ", o.episodes, ": expected at least 1");
  require(o.min_chunks >= 2 && o.max_chunks >= o.min_chunks, ErrorKind::Usage, "chunks ",
          o.min_chunks, " to ", o.max_chunks, ": an episode has 2 at least");
  require(o.jobs >= 1, ErrorKind::Usage, "-j ", o.jobs, ": expected at least 1");
  GrowingFolder folder(o.folder, settings_line(o), o.resume);
  const std::string& partial = folder.path();
  std::vector<int> open;
  for (int i = 0; i < o.episodes; ++i)
    if (!is_whole(partial, i)) open.push_back(i);
  RecordReport report;
  report.kept = o.episodes - static_cast<int>(open.size());
  std::atomic<size_t> next{0};
  int done = report.kept;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      Recorder recorder(o, partial);
      recorder.begin();
      for (size_t i; (i = next++) < open.size();) {
        const std::optional<FailedEpisode> failed = recorder.episode(open[i]);
        std::lock_guard lock(mutex);
        if (failed) report.failed.push_back(*failed);
        else ++report.episodes;
        progress(++done);
      }
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = open.size();
    }
  };
  if (!open.empty()) {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < std::min(static_cast<size_t>(o.jobs), open.size()); ++i)
      threads.emplace_back(work);
    work();
  }
  if (failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::Stopped || stop_requested())
        fail(ErrorKind::Stopped, "stopped after ", done, " of ", o.episodes,
             " episodes: the same command with --resume goes on");
      throw;
    }
  }
  std::sort(report.failed.begin(), report.failed.end(),
            [](const FailedEpisode& a, const FailedEpisode& b) { return a.episode < b.episode; });
  if (report.episodes + report.kept == 0)
    fail(report.failed.front().kind, "no episode succeeded: ", report.failed.front().what);
  assemble(o, partial, report);
  folder.finish();
  return report;
}

}  // namespace svg::plan
