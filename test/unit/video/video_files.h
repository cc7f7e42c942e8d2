// Files for the tests of reading, made by the ffmpeg command line: nothing binary is stored.
#pragma once
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "libcore/base/error.h"
#include "libcore/video/video_reader.h"
#include "test/support/catch.h"
#include "test/support/temp_dir.h"

namespace svg::video {

using Scratch = test::TempDir;

inline void ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -v error -y " + arguments + " </dev/null";
  CATCH_INFO(command);
  CATCH_REQUIRE(std::system(command.c_str()) == 0);
}

// A moving test picture: -i for ffmpeg.
inline std::string source(int frames, const std::string& rate = "10",
                          const std::string& size = "64x48") {
  return "-f lavfi -i testsrc2=size=" + size + ":rate=" + rate + " -frames:v " +
         std::to_string(frames) + " ";
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::vector<Image> read(const std::string& name, const ReaderOptions& options = {}) {
  std::vector<Image> frames;
  VideoReader reader(name, options);
  while (auto frame = reader.next()) frames.push_back(std::move(*frame));
  return frames;
}

inline double rate_of(const std::string& name, const ReaderOptions& options = {}) {
  return VideoReader(name, options).fps();
}

// The error that reading ends with; what() must be one line.
inline Error error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    CATCH_CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error;
  }
  return Error(ErrorKind::Negative, "nothing was thrown");
}
inline Error error_of_reading(const std::string& name, const ReaderOptions& options = {}) {
  return error_of([&] { read(name, options); });
}

inline bool says(const Error& error, const std::string& words) {
  CATCH_INFO(error.what());
  return std::string(error.what()).find(words) != std::string::npos;
}

// What is said on standard error while `body` runs.
inline std::string said_by(const std::function<void()>& body) {
  std::FILE* file = std::tmpfile();
  CATCH_REQUIRE(file);
  const int before = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  try {
    body();
  } catch (const Error&) {  // the caller asks for what is said, not for what is thrown
  }
  std::fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  std::rewind(file);
  std::string text(1 << 16, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

// Mean difference of two pictures of one size.
inline double difference(const Image& a, const Image& b) {
  CATCH_REQUIRE(a.width == b.width);
  CATCH_REQUIRE(a.height == b.height);
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(int{a.rgb[i]} - int{b.rgb[i]});
  return sum / static_cast<double>(a.rgb.size());
}

}  // namespace svg::video
