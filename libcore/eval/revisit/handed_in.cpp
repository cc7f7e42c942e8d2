#include "libcore/eval/revisit/handed_in.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/tensor/pixels.h"
#include "libcore/video/video_reader.h"

namespace svg::eval {

HandedIn::HandedIn(const std::string& input, const FeedSettings& feeds)
    : input_(input), feeds_(feeds) {
  for (auto& video : list_videos(input, {}).videos) {
    require(video.kind != VideoRef::Kind::Stream || feeds_.codec, ErrorKind::Usage, video.path,
            ": a latent stream: --model names the directory whose VAE decodes it");
    const auto name = video.name;
    videos_.emplace(name, std::move(video));
  }
}

const VideoRef& HandedIn::video_of(const std::string& episode) const {
  const auto it = videos_.find(episode);
  require(it != videos_.end(), ErrorKind::NoInput, input_, ": has nothing named ", episode,
          ": each episode's video is named by it (", episode, ".mp4)");
  return it->second;
}

RevisitTasks::Size HandedIn::size_of(const std::string& episode) const {
  const auto& video = video_of(episode);
  const auto frame = open_feed(video, feeds_)->next();
  require(frame.has_value(), ErrorKind::Data, video.shown(), ": has no frame");
  return {frame->image.width, frame->image.height};
}

at::Tensor HandedIn::frames_of(const RevisitEpisode& e) const {
  const auto& video = video_of(e.id);
  const auto& r = e.recording;
  const int64_t count = e.frames.size(0), given = r.given - r.first;  // of those of `e`
  const auto height = static_cast<int>(e.frames.size(1)),
             width = static_cast<int>(e.frames.size(2));
  const auto feed = open_feed(video, feeds_);
  std::vector<at::Tensor> frames;
  while (auto frame = feed->next()) {
    if (static_cast<int64_t>(frames.size()) > r.frames) break;
    auto& image = frame->image;
    if (image.height != height || image.width != width) image = video::fit(image, width, height);
    frames.push_back(pictures_from_rgb(image.rgb, height, width));
  }
  const auto shown = static_cast<int64_t>(frames.size());
  int64_t skipped = 0;  // of the video, before its first frame that was not given
  if (shown == r.frames) skipped = r.given;
  else if (shown == count) skipped = given;
  else
    require(shown == r.frames - r.given || shown == count - given, ErrorKind::Config, video.shown(),
            ": has ", shown > r.frames ? cat("more than ", r.frames) : std::to_string(shown),
            " frames: expected all ", r.frames, " of episode ", e.id, ", or the ",
            r.frames - r.given, " that were not given");
  const auto made = at::cat(frames).narrow(0, skipped, count - given);
  return at::cat({e.frames.narrow(0, 0, given), made});
}

}  // namespace svg::eval
