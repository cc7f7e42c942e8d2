// Pieces of work in several threads, their results one by one in order: what is written does not
// depend on the number of threads.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace svg::eval {

// work(i) for i in [0, count) in `jobs` threads; take(i, result) in the calling thread, by rising
// i. Results that wait for an earlier one are at most 2 * jobs, whatever `count` is. While there is
// nothing to take, idle() is called, about five times a second. What work(i) throws comes out when
// it is i's turn; then, and when take() throws, no further work begins.
template <class Result>
class InOrder {
 public:
  template <class Work>
  InOrder(int64_t count, int jobs, Work work) : count_(count), room_(2 * int64_t{jobs}) {
    for (int k = 0; k < jobs; ++k) threads_.emplace_back([this, work] { run(work); });
  }
  ~InOrder() {
    {
      std::lock_guard lock(mutex_);
      cancelled_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  InOrder(const InOrder&) = delete;
  InOrder& operator=(const InOrder&) = delete;

  template <class Take, class Idle>
  void collect(Take take, Idle idle) {
    for (int64_t i = 0; i < count_; ++i) take(i, wait_for(i, idle));
  }

 private:
  struct Outcome {
    std::optional<Result> result;
    std::exception_ptr failure;
  };

  template <class Work>
  void run(const Work& work) {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock,
                    [&] { return cancelled_ || started_ == count_ || started_ < taken_ + room_; });
      if (cancelled_ || started_ == count_) return;
      const int64_t i = started_++;
      lock.unlock();
      Outcome outcome;
      try {
        outcome.result = work(i);
      } catch (...) {
        outcome.failure = std::current_exception();
      }
      lock.lock();
      done_.emplace(i, std::move(outcome));
      changed_.notify_all();
    }
  }

  template <class Idle>
  Result wait_for(int64_t i, Idle idle) {
    using namespace std::chrono_literals;
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, 200ms, [&] { return done_.count(i) > 0; })) {
      lock.unlock();
      idle();
      lock.lock();
    }
    Outcome outcome = std::move(done_.extract(i).mapped());
    taken_ = i + 1;
    changed_.notify_all();
    if (outcome.failure) std::rethrow_exception(outcome.failure);
    return std::move(*outcome.result);
  }

  const int64_t count_, room_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int64_t, Outcome> done_;
  int64_t started_ = 0, taken_ = 0;
  bool cancelled_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace svg::eval
