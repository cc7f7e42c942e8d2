// Episodes that somebody else generated: a folder with a video, a folder of pictures or a latent
// stream for each, named by the episode.
#pragma once
#include <map>
#include <string>

#include "libcore/eval/revisit/tasks.h"
#include "libcore/eval/videos/frame_feed.h"

namespace svg::eval {

class HandedIn {
 public:
  // `input`: what list_videos() takes. Throws what it does.
  HandedIn(const std::string& input, const FeedSettings& feeds);

  // Of the first frame of an episode's video. Throws Error{NoInput} where there is none of it.
  RevisitTasks::Size size_of(const std::string& episode) const;
  // The frames of `e`, u8 [n, H, W, 3] at its size: the given ones are the true ones. A video may
  // have all frames of the recording, or those that were not given. Throws Error{NoInput}, Data,
  // Error{Config} for another number of frames.
  at::Tensor frames_of(const RevisitEpisode& e) const;

 private:
  const VideoRef& video_of(const std::string& episode) const;

  std::string input_;
  FeedSettings feeds_;
  std::map<std::string, VideoRef> videos_;
};

}  // namespace svg::eval
