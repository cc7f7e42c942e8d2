#include "libcore/video/manifest_videos.h"

#include "libcore/base/error.h"
#include "libcore/base/signals.h"
#include "libcore/video/video_reader.h"

namespace svg::video {

std::vector<std::string> problems_of_videos(const formats::Manifest& manifest) {
  std::vector<std::string> problems;
  for (const formats::EpisodeRow& row : manifest.episodes) {
    const auto file = row.file("video");
    if (!file || file->path.ends_with(".rgb")) continue;
    const std::string path = manifest.path_of(*file);
    ReaderOptions options;
    options.quiet = true;
    try {
      VideoReader reader(path, options);
      while (reader.frames_read() < row.frames()) {
        const auto frame = reader.next();
        if (!frame) break;
        if (reader.frames_read() == 1 &&
            (frame->width != row.width() || frame->height != row.height()))
          problems.push_back(cat(path, ": frames are ", frame->width, "x", frame->height,
                                 ", episode ", row.ep(), " states ", row.width(), "x",
                                 row.height()));
        throw_if_stopped();
      }
      if (reader.frames_read() < row.frames())
        problems.push_back(cat(path, ": has ", reader.frames_read(), " frames, episode ", row.ep(),
                               " states ", row.frames()));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::Unavailable) throw;
      problems.push_back(cat(error.what(), " (video of episode ", row.ep(), ")"));
    }
  }
  return problems;
}

}  // namespace svg::video

void svg_check_manifest_videos(const std::string& folder, std::vector<std::string>& problems) {
  const auto found = svg::video::problems_of_videos(svg::formats::Manifest::read(folder));
  problems.insert(problems.end(), found.begin(), found.end());
}
