// Files that other readers take, files that nobody should, and what is said of each.
#include "libcore/video/frame_size.h"
#include "libcore/video/manifest_videos.h"
#include "test/unit/video/video_files.h"

using namespace svg;
using namespace svg::video;
namespace fs = std::filesystem;

namespace {

std::string flipped(std::string bytes, size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
  return bytes;
}

}  // namespace

CATCH_TEST_CASE("what describes a picture may be damaged, and bytes may follow it", "[video]") {
  Scratch dir;
  for (const std::string end : {"jpg", "png", "webp", "bmp", "tiff", "gif"}) {
    CATCH_INFO(end);
    const std::string name = dir / ("a." + end);
    ffmpeg(source(1) + name);
    const auto whole = read(name);
    CATCH_REQUIRE(whole.size() == 1);
    for (const std::string& tail : {std::string(200, 'j'), std::string(3, '\0')}) {
      write_bytes(name, bytes_of(name) + tail);
      CATCH_CHECK(read(name) == whole);
    }
  }
  ffmpeg(source(1) + (dir / "b.jpg"));
  const std::string jpeg = bytes_of(dir / "b.jpg");
  const auto whole = read(dir / "b.jpg");
  for (int marker = 0xE1; marker <= 0xEF; ++marker) {
    if (marker == 0xEE) continue;  // says how to decode
    CATCH_INFO("APP" << marker - 0xE0);
    for (const std::string& content : {std::string("Exif\0\0II*\0\xFF\xFF\xFF\xFF rubbish", 22),
                                       std::string("ICC_PROFILE\0\7\1", 14), std::string("Adobe"),
                                       std::string("http://"), std::string()}) {
      std::string segment("\xFF");
      segment += static_cast<char>(marker);
      segment += '\0';
      segment += static_cast<char>(content.size() + 2);
      write_bytes(dir / "b.jpg", jpeg.substr(0, 2) + segment + content + jpeg.substr(2));
      CATCH_CHECK(read(dir / "b.jpg") == whole);
    }
  }
}

CATCH_TEST_CASE("really damaged files are still refused", "[video]") {
  Scratch dir;
  for (const std::string end : {"jpg", "png", "webp", "bmp", "tiff", "gif", "mkv", "avi", "mov"}) {
    CATCH_INFO(end);
    const std::string name = dir / ("a." + end);
    const bool video = end == "mkv" || end == "avi" || end == "mov";
    ffmpeg(source(video ? 10 : 1) + (end == "mkv" ? "-c:v ffv1 -level 3 " : "") + name);
    const std::string bytes = bytes_of(name);
    for (const double share : {0.3, 0.6, 0.9}) {
      CATCH_INFO(share);
      if (end == "avi" && share > 0.8) continue;  // only its index is cut off there
      write_bytes(name, bytes.substr(0, static_cast<size_t>(share * double(bytes.size()))));
      CATCH_CHECK(error_of_reading(name).kind() == ErrorKind::Data);
    }
  }
  ffmpeg(source(1) + (dir / "b.png"));
  const std::string png = bytes_of(dir / "b.png");
  for (const double share : {0.3, 0.5, 0.8}) {
    write_bytes(dir / "b.png", flipped(png, static_cast<size_t>(share * double(png.size()))));
    CATCH_CHECK(error_of_reading(dir / "b.png").kind() == ErrorKind::Data);
  }
}

CATCH_TEST_CASE("of a cut-off video the whole frames are counted, and kept with salvage",
                "[video]") {
  Scratch dir;
  for (const std::string end :
       {"mkv", "webm", "avi", "y4m", "gif", "flv", "ogv", "ts", "m2ts", "mov"}) {
    CATCH_INFO(end);
    const std::string name = dir / ("a." + end);
    ffmpeg(source(12) + "-vf noise=alls=90:allf=t " +  // frames of one length in the file
           (end == "mkv"   ? "-c:v ffv1 -level 3 -pix_fmt bgr0 "
            : end == "avi" ? "-c:v mjpeg "
            : end == "mov" ? "-c:v mjpeg -movflags +faststart "
                           : "-bf 0 ") +
           name);
    const auto whole = read(name);
    const std::string bytes = bytes_of(name);
    write_bytes(name, bytes.substr(0, bytes.size() * 7 / 10));
    const Error error = error_of_reading(name);
    CATCH_CHECK(error.kind() == ErrorKind::Data);
    ReaderOptions options;
    options.salvage = true;
    const auto kept = read(name, options);
    CATCH_CHECK(kept.size() >= 5);
    CATCH_CHECK(kept.size() <= 9);
    CATCH_CHECK(says(error, cat(kept.size(), " whole frames")));
    CATCH_CHECK(std::equal(kept.begin(), kept.end(), whole.begin()));
  }
  write_bytes(dir / "none.y4m", bytes_of(dir / "a.y4m").substr(0, 100));
  ReaderOptions options;
  options.salvage = true;
  CATCH_CHECK(error_of_reading(dir / "none.y4m", options).kind() == ErrorKind::Data);
}

CATCH_TEST_CASE("joined streams are read, damaged ones are not", "[video]") {
  Scratch dir;
  for (const std::string codec : {"libx264", "mpeg2video"}) {
    CATCH_INFO(codec);
    ffmpeg(source(30) + "-g 10 -c:v " + codec + " -f mpegts " + (dir / "a.ts"));
    const std::string bytes = bytes_of(dir / "a.ts");
    const auto once = read(dir / "a.ts");
    write_bytes(dir / "b.ts", bytes + bytes + bytes);
    CATCH_CHECK(read(dir / "b.ts").size() == 3 * once.size());
    CATCH_CHECK(rate_of(dir / "b.ts") == Approx(10));
    // Here times of decoding count, and 25 frames a second is the least that the format knows.
    ffmpeg(source(30, "25") + "-g 10 " + (dir / "a.mpg"));
    write_bytes(dir / "b.mpg", bytes_of(dir / "a.mpg") + bytes_of(dir / "a.mpg"));
    CATCH_CHECK(read(dir / "b.mpg").size() == 60);
    CATCH_CHECK(rate_of(dir / "b.mpg") == Approx(25));
    ReaderOptions options;
    options.fps = 5;
    CATCH_CHECK(read(dir / "b.ts", options).size() == Approx(1.5 * double(once.size())).margin(1));
    // Any packet of the video in the middle of the file.
    for (size_t at = bytes.size() / 188 / 3 * 188; at < bytes.size() / 2; at += 188) {
      const bool video = bytes[at + 1] == 1 && bytes[at + 2] == 0;  // of program id 256
      if (!video) continue;
      write_bytes(dir / "c.ts", bytes.substr(0, at) + bytes.substr(at + 188));
      CATCH_CHECK(error_of_reading(dir / "c.ts").kind() == ErrorKind::Data);
    }
  }
}

CATCH_TEST_CASE("playlists are refused, whatever they are called", "[video]") {
  Scratch dir;
  ffmpeg(source(3) + (dir / "secret.ts"));
  const std::string lists[] = {
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nsecret.ts\n#EXT-X-ENDLIST\n",
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
      "ffconcat version 1.0\nfile secret.ts\n",
      "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"/>",
      "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"};
  for (const auto& list : lists)
    for (const std::string name : {"a.m3u8", "a.mp4", "a.ts", "a.mpd", "a.ffconcat", "a.sdp"}) {
      CATCH_INFO(name << ": " << list);
      write_bytes(dir / name, list);
      CATCH_CHECK(error_of_reading(dir / name).kind() == ErrorKind::Data);
    }
}

CATCH_TEST_CASE("kinds of pictures that FFmpeg does not read are named", "[video]") {
  Scratch dir;
  const std::string box(
      "\0\0\0\x18"
      "ftyp",
      8);
  write_bytes(dir / "a.heic",
              box + "heic" + std::string(4, '\0') + "mif1heic" + std::string(500, 'x'));
  const Error heic = error_of_reading(dir / "a.heic");
  CATCH_CHECK(heic.kind() == ErrorKind::Unavailable);
  CATCH_CHECK(says(heic, "HEIC"));
  write_bytes(dir / "b.jpg",
              box + "mif1" + std::string(4, '\0') + "mif1heic" + std::string(500, 'x'));
  CATCH_CHECK(says(error_of_reading(dir / "b.jpg"), "HEIC"));
  // An animated WebP: RIFF, WEBP, VP8X with the bit for animation, ANIM.
  using namespace std::string_literals;
  write_bytes(dir / "c.webp",
              "RIFF\x40\0\0\0WEBPVP8X\x0A\0\0\0\x02\0\0\0\x0F\0\0\x0F\0\0"
              "ANIM\x06\0\0\0\0\0\0\0\0\0ANMF\x10\0\0\0\0\0\0\0\0\0\x0F\0\0\x0F\0\0"s);
  const Error webp = error_of_reading(dir / "c.webp");
  CATCH_CHECK(webp.kind() == ErrorKind::Unavailable);
  CATCH_CHECK(says(webp, "animated WebP"));
}

CATCH_TEST_CASE("sizes that a header merely states cost no memory", "[video]") {
  CATCH_CHECK(error_of([] { check_frame_size(65536, 65536, "x"); }).kind() == ErrorKind::Data);
  CATCH_CHECK(error_of([] { check_frame_size(int64_t{1} << 32, 1, "x"); }).kind() ==
              ErrorKind::Data);
  CATCH_CHECK(error_of([] { check_frame_size(0, 4, "x"); }).kind() == ErrorKind::Data);
  CATCH_CHECK_NOTHROW(check_frame_size(8192, 8192, "x"));
  Scratch dir;
  write_bytes(dir / "a.ppm", "P6 60000 60000 255\nabc");
  CATCH_CHECK(error_of_reading(dir / "a.ppm").kind() == ErrorKind::Data);
  write_bytes(dir / "a.y4m", "YUV4MPEG2 W30000 H30000 F25:1 Ip A1:1 C444\nFRAME\nabc");
  CATCH_CHECK(error_of_reading(dir / "a.y4m").kind() == ErrorKind::Data);
}

CATCH_TEST_CASE("verifying a manifest looks at its videos", "[video]") {
  Scratch dir;
  ffmpeg(source(20) + (dir / "a.mp4"));
  const auto row = [&](int n) {
    write_bytes(dir / "episodes.jsonl",
                cat(R"({"ep":"a","domain":"x","split":"test","fps":10,"n":)", n,
                    R"(,"h":48,"w":64,"video":"a.mp4"})", "\n"));
    return problems_of_videos(formats::Manifest::read(dir.path()));
  };
  CATCH_CHECK(row(20).empty());
  CATCH_CHECK(row(15).empty());
  CATCH_REQUIRE(row(40).size() == 1);
  CATCH_CHECK(row(40)[0].find("has 20 frames, episode a states 40") != std::string::npos);
  ffmpeg(source(20, "10", "32x48") + (dir / "a.mp4"));
  CATCH_REQUIRE(row(20).size() == 1);
  CATCH_CHECK(row(20)[0].find("are 32x48, episode a states 64x48") != std::string::npos);
  write_bytes(dir / "a.mp4", "no video");
  CATCH_CHECK(row(20).size() == 1);
}
