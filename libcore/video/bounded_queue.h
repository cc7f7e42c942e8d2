// A queue between two threads that holds at most `capacity` items, so that memory stays bounded
// when one side is slower; an exception of the producer comes out at the consumer's end.
#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace svg::video {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  // Waits for room. False once the consumer has cancelled: the producer may stop.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return items_.size() < capacity_ || cancelled_; });
    if (cancelled_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }
  // No more items will come; with a failure, the consumer's pop() throws it behind the last item.
  void close(std::exception_ptr failure = nullptr) {
    std::lock_guard lock(mutex_);
    closed_ = true;
    failure_ = failure;
    changed_.notify_all();
  }
  // The next item; nullopt behind the last.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !items_.empty() || closed_ || cancelled_; });
    if (!items_.empty() && !cancelled_) {
      T item = std::move(items_.front());
      items_.pop_front();
      changed_.notify_all();
      return item;
    }
    if (failure_ && !cancelled_) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  // The consumer wants no more.
  void cancel() {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  bool closed_ = false, cancelled_ = false;
  std::exception_ptr failure_;
};

// A thread that fills a queue: `body` pushes until it is done or push() says false.
template <class T>
class Producer {
 public:
  template <class Body>
  Producer(size_t capacity, Body body)
      : queue_(capacity), thread_([this, body = std::move(body)]() mutable {
          try {
            body(queue_);
            queue_.close();
          } catch (...) {
            queue_.close(std::current_exception());
          }
        }) {}
  ~Producer() {
    queue_.cancel();
    thread_.join();
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  std::optional<T> next() { return queue_.pop(); }

 private:
  BoundedQueue<T> queue_;
  std::thread thread_;
};

// A thread that empties a queue into `body`, which is called for each item.
template <class T>
class Consumer {
 public:
  template <class Body>
  Consumer(size_t capacity, Body body)
      : queue_(capacity), thread_([this, body = std::move(body)]() mutable {
          try {
            while (auto item = queue_.pop()) body(std::move(*item));
          } catch (...) {
            failure_ = std::current_exception();
            queue_.cancel();
          }
        }) {}
  ~Consumer() {
    queue_.cancel();
    if (thread_.joinable()) thread_.join();
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  // Throws what `body` threw.
  void put(T item) {
    if (!queue_.push(std::move(item))) finish();
  }
  // Waits until everything has been consumed. Throws what `body` threw.
  void finish() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  BoundedQueue<T> queue_;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace svg::video
