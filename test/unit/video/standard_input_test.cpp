// Pictures and videos through pipes and redirections.
#include <fcntl.h>
#include <sys/wait.h>

#include "test/unit/video/video_files.h"

using namespace svg;
using namespace svg::video;

namespace {

// Standard input for as long as it lives.
class Redirected {
 public:
  explicit Redirected(int descriptor) : before_(dup(STDIN_FILENO)) {
    dup2(descriptor, STDIN_FILENO);
    close(descriptor);
  }
  ~Redirected() {
    dup2(before_, STDIN_FILENO);
    close(before_);
  }

 private:
  int before_;
};

int opened(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY);
  CATCH_REQUIRE(descriptor >= 0);
  return descriptor;
}

// What reading gives when `bytes` come through a pipe.
template <class Read>
auto piped(const std::string& bytes, const Read& read_all) {
  int ends[2];
  CATCH_REQUIRE(pipe(ends) == 0);
  const pid_t writer = fork();
  if (writer == 0) {
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t n = ::write(ends[1], bytes.data() + at, bytes.size() - at);
      if (n <= 0) break;
      at += static_cast<size_t>(n);
    }
    _exit(0);
  }
  close(ends[1]);
  const auto result = [&] {
    const Redirected input(ends[0]);
    return read_all("-");
  }();
  waitpid(writer, nullptr, 0);
  return result;
}

std::vector<Image> all(const std::string& name) {
  return read(name);
}
Error error(const std::string& name) {
  return error_of_reading(name);
}

}  // namespace

CATCH_TEST_CASE("pictures, one or several, come through a pipe", "[video]") {
  Scratch dir;
  for (const std::string end : {"png", "jpg", "webp", "bmp", "ppm", "tiff"}) {
    CATCH_INFO(end);
    ffmpeg(source(3) + (end == "webp" ? "-lossless 1 -frames:v 1 " : "") + (dir / "a%d.") + end);
    std::string bytes;
    std::vector<Image> want;
    for (int i = 1; i <= (end == "webp" || end == "tiff" ? 1 : 3); ++i) {
      const std::string name = dir / ("a" + std::to_string(i) + "." + end);
      bytes += bytes_of(name);
      want.push_back(read(name).at(0));
    }
    if (end == "tiff") CATCH_CHECK(says(piped(bytes, error), "give the file by its name"));
    else CATCH_CHECK(piped(bytes, all) == want);
    const Redirected input(opened(dir / ("a1." + end)));
    CATCH_CHECK(read("-") == std::vector<Image>{want[0]});
  }
}

CATCH_TEST_CASE("videos come through a pipe, and from a redirected file in any order", "[video]") {
  Scratch dir;
  ffmpeg(source(50, "25", "320x240") + (dir / "a.mp4"));
  ffmpeg("-i " + (dir / "a.mp4") + " -c copy -movflags +faststart " + (dir / "fast.mp4"));
  ffmpeg("-i " + (dir / "a.mp4") + " -c copy " + (dir / "a.mkv"));
  ffmpeg("-i " + (dir / "a.mp4") + " -c copy -f mpegts " + (dir / "a.ts"));
  const auto want = read(dir / "a.mp4");
  CATCH_REQUIRE(want.size() == 50);
  for (const std::string name : {"fast.mp4", "a.mkv", "a.ts"}) {
    CATCH_INFO(name);
    CATCH_CHECK(piped(bytes_of(dir / name), all) == want);
    CATCH_CHECK(piped(bytes_of(dir / name), [](const std::string& n) { return rate_of(n); }) ==
                Approx(25));
  }
  {
    const Redirected input(opened(dir / "a.mp4"));
    CATCH_CHECK(read("-") == want);
  }
  const Error late = piped(bytes_of(dir / "a.mp4"), error);
  CATCH_CHECK(late.kind() == ErrorKind::Data);
  CATCH_CHECK(says(late, "+faststart"));
}

CATCH_TEST_CASE("what a pipe brings is named as well as a file", "[video]") {
  const std::string heic = std::string("\0\0\0\x18", 4) + "ftypheic" + std::string(4, '\0') +
                           "mif1heic" + std::string(500, 'x');
  CATCH_CHECK(says(piped(heic, error), "standard input: is a HEIC picture"));
  CATCH_CHECK(says(piped("#EXTM3U\n#EXTINF:10,\nsecret.ts\n", error), "is a playlist"));
  CATCH_CHECK(piped("", error).kind() == ErrorKind::Data);
  CATCH_CHECK(piped("no video", error).kind() == ErrorKind::Data);
}
