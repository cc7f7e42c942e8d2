#include "libcore/video/frame_rate.h"

#include "test/unit/video/video_files.h"

using namespace svg;
using namespace svg::video;

namespace {

FrameTimes times_at(std::vector<double> times, double last = 0, double tick = 0.001) {
  return {std::move(times), last, tick};
}

FrameTimes steady(int count, double period, double tick = 0.001) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) times.push_back(std::round(i * period / tick) * tick);
  return times_at(times, period, tick);
}

std::vector<int> resampled(const std::vector<int64_t>& ticks, int64_t end) {
  Resampler resampler;
  std::vector<int> frames;
  const auto drain = [&] {
    while (const auto image = resampler.next()) frames.push_back(image->rgb[0]);
  };
  for (size_t i = 0; i < ticks.size(); ++i) {
    resampler.push(Image(1, 1, static_cast<uint8_t>(i)), ticks[i]);
    drain();
  }
  resampler.finish(end);
  drain();
  drain();
  return frames;
}

}  // namespace

CATCH_TEST_CASE("a stated rate stands where the times agree with it", "[video]") {
  CATCH_CHECK(frame_rate_of(steady(100, 1 / 29.97), 29.97).fps == 29.97);
  CATCH_CHECK(frame_rate_of(steady(2, 1 / 30.0), 30).fps == 30);  // rounded to milliseconds
  CATCH_CHECK_FALSE(frame_rate_of(steady(100, 1 / 29.97), 29.97).variable);
}

CATCH_TEST_CASE("else the average counts", "[video]") {
  // A constant rate that the file states wrongly.
  const FrameRate half = frame_rate_of(steady(50, 0.1), 20);
  CATCH_CHECK(half.fps == Approx(10));
  CATCH_CHECK_FALSE(half.variable);
  // A screen recording: bursts and pauses.
  const FrameRate screen = frame_rate_of(times_at({0, 0.017, 0.033, 0.05, 3, 3.017}, 0.983), 60);
  CATCH_CHECK(screen.fps == Approx(1.5));
  CATCH_CHECK(screen.variable);
  CATCH_CHECK(screen.longest == Approx(2.95));
  // The order of decoding does not matter, and a pause at the end does not count.
  CATCH_CHECK(frame_rate_of(times_at({0, 0.2, 0.1, 0.3}, 5), 100).fps == Approx(10));
  // A pause in a recording whose average still fits is worth a word.
  FrameTimes paused = steady(1000, 0.04);
  for (size_t i = 500; i < 1000; ++i) paused.times[i] += 0.3;
  CATCH_CHECK_FALSE(frame_rate_of(paused, 25).variable);
  for (size_t i = 500; i < 1000; ++i) paused.times[i] += 2;
  CATCH_CHECK(frame_rate_of(paused, 25).variable);
}

CATCH_TEST_CASE("a single frame has no rate", "[video]") {
  CATCH_CHECK(frame_rate_of(times_at({0}, 1), 90000).fps == 0);
  CATCH_CHECK(frame_rate_of(times_at({}), 25).fps == 0);
  CATCH_CHECK(frame_rate_of(times_at({1, 1, 1}), 25).fps == 0);
}

CATCH_TEST_CASE("resampling repeats and leaves out", "[video]") {
  using Frames = std::vector<int>;
  CATCH_CHECK(resampled({0, 1, 2}, 3) == Frames{0, 1, 2});
  CATCH_CHECK(resampled({0, 2, 4}, 6) == Frames{0, 0, 1, 1, 2, 2});
  CATCH_CHECK(resampled({0, 0, 1, 1, 2}, 2) == Frames{1, 3});
  CATCH_CHECK(resampled({7, 8, 11}, 12) == Frames{0, 1, 1, 1, 2});
  CATCH_CHECK(resampled({5}, 5) == Frames{0});  // never nothing
  CATCH_CHECK(resampled({}, 0).empty());
}

CATCH_TEST_CASE("--fps gives what FFmpeg's fps filter gives", "[video]") {
  Scratch dir;
  ffmpeg(source(40, "25") + "-vf \"select='not(eq(mod(n,5),1))'\" -vsync vfr -c:v ffv1 " +
         "-pix_fmt bgr0 " + (dir / "a.mkv"));
  ffmpeg(source(40, "30000/1001") + "-c:v ffv1 -pix_fmt bgr0 " + (dir / "b.mkv"));
  for (const std::string name : {"a.mkv", "b.mkv"})
    for (const std::string rate : {"5", "10", "12.5", "23.976", "60"}) {
      CATCH_INFO(name << " at " << rate);
      ffmpeg("-i " + (dir / name) + " -vf fps=" + rate + " -c:v ffv1 -pix_fmt bgr0 " +
             (dir / "want.mkv"));
      ReaderOptions options;
      options.fps = std::stod(rate);
      const auto want = read(dir / "want.mkv"), got = read(dir / name, options);
      CATCH_CHECK(got.size() == want.size());
      CATCH_CHECK(std::equal(
          got.begin(), got.begin() + static_cast<ptrdiff_t>(std::min(got.size(), want.size())),
          want.begin()));
      CATCH_CHECK(rate_of(dir / name, options) == std::stod(rate));
    }
}

CATCH_TEST_CASE("the average rate of a file counts", "[video]") {
  Scratch dir;
  // 10 frames in the first second, then one every half second.
  const std::string uneven =
      "-f lavfi -i testsrc2=size=64x48:rate=10 -frames:v 20 -vf "
      "\"setpts='if(lt(N,10),N*0.1,1+(N-10)*0.5)/TB'\" -vsync passthrough ";
  for (const std::string end : {"mkv", "mp4", "gif", "flv"}) {
    ffmpeg(uneven + "-enc_time_base 1/1000 " + (dir / ("uneven." + end)));
    CATCH_INFO(end);
    CATCH_CHECK(rate_of(dir / ("uneven." + end)) == Approx(3.4).epsilon(0.06));
    CATCH_CHECK(read(dir / ("uneven." + end)).size() == 20);
  }
  // Every third frame dropped: an AVI has gaps there, and states 30.
  ffmpeg(
      "-f lavfi -i testsrc2=size=64x48:rate=30 -t 2 -vf \"select='not(eq(mod(n,3),1))'\" "
      "-vsync vfr -c:v mjpeg " +
      (dir / "dropped.avi"));
  CATCH_CHECK(rate_of(dir / "dropped.avi") == Approx(20).epsilon(0.03));
  CATCH_CHECK(read(dir / "dropped.avi").size() == 40);
  // One picture, whatever it states.
  for (const std::string rate : {"1", "90000"})
    for (const std::string end : {"mp4", "mkv", "avi"}) {
      CATCH_INFO(rate << " in " << end);
      ffmpeg(source(1, rate) + (dir / ("one." + end)));
      CATCH_CHECK(rate_of(dir / ("one." + end)) == 0);
    }
  // Constant rates stay as stated, to the digit.
  for (const std::string end : {"mkv", "mp4", "mov", "avi", "ts", "mpg", "webm", "flv"})
    for (const std::string rate : {"24000/1001", "25", "60"}) {
      CATCH_INFO(rate << " in " << end);
      ffmpeg(source(30, rate) + (dir / ("even." + end)));
      const double want = rate == "24000/1001" ? 24000.0 / 1001 : std::stod(rate);
      CATCH_CHECK(rate_of(dir / ("even." + end)) == Approx(want).epsilon(1e-4));
    }
}

CATCH_TEST_CASE("spans, every n-th frame and assumed rates", "[video]") {
  Scratch dir;
  ffmpeg(source(30) + "-c:v ffv1 -pix_fmt bgr0 " + (dir / "a.mkv"));
  const auto all = read(dir / "a.mkv");
  const auto part = [&](int begin, int end, int step = 1) {
    std::vector<Image> frames;
    for (int i = begin; i < end; i += step) frames.push_back(all[static_cast<size_t>(i)]);
    return frames;
  };
  ReaderOptions options;
  options.start = 0.5;
  CATCH_CHECK(read(dir / "a.mkv", options) == part(5, 30));
  options.duration = 1;
  CATCH_CHECK(read(dir / "a.mkv", options) == part(5, 15));
  options.every = 3;
  CATCH_CHECK(read(dir / "a.mkv", options) == part(5, 15, 3));
  CATCH_CHECK(rate_of(dir / "a.mkv", options) == Approx(10.0 / 3));
  options = {};
  options.start = 4;
  CATCH_CHECK(error_of_reading(dir / "a.mkv", options).kind() == ErrorKind::Data);
  options = {};
  options.assume_fps = 20;
  options.start = 0.5;
  CATCH_CHECK(read(dir / "a.mkv", options) == part(10, 30));
  CATCH_CHECK(rate_of(dir / "a.mkv", options) == 20);
  options.start = 0;
  options.fps = 10;
  CATCH_CHECK(read(dir / "a.mkv", options).size() == 15);
  // Pictures have no times of their own, and a rate is merely stated.
  ffmpeg("-i " + (dir / "a.mkv") + " " + (dir / "%02d.png"));
  options = {};
  options.start = 1;
  CATCH_CHECK(error_of_reading(dir / "%02d.png", options).kind() == ErrorKind::Usage);
  options.assume_fps = 10;
  CATCH_CHECK(read(dir / "%02d.png", options) == part(10, 30));
  options = {};
  options.fps = 5;
  CATCH_CHECK(read(dir / "%02d.png", options) == all);
  CATCH_CHECK(rate_of(dir / "%02d.png", options) == 5);
}
