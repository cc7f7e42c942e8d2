#include "libcore/plan/acted.h"

namespace svg::plan {

void append(Acted& to, const world::Observation& o, const std::vector<world::FrameAction>& acts) {
  to.rgb.insert(to.rgb.end(), o.bytes.begin(), o.bytes.end());
  to.poses.insert(to.poses.end(), o.pose.begin(), o.pose.end());
  to.acts.insert(to.acts.end(), acts.begin(), acts.begin() + o.n);
  for (int i = 0; i < o.n; ++i)
    to.hits.push_back(o.hit.empty() ? uint8_t{0} : o.hit[static_cast<size_t>(i)]);
  to.frames += o.n;
}

void append(Acted& to, const Acted& more) {
  to.rgb.insert(to.rgb.end(), more.rgb.begin(), more.rgb.end());
  to.poses.insert(to.poses.end(), more.poses.begin(), more.poses.end());
  to.acts.insert(to.acts.end(), more.acts.begin(), more.acts.end());
  to.hits.insert(to.hits.end(), more.hits.begin(), more.hits.end());
  to.frames += more.frames;
}

}  // namespace svg::plan
