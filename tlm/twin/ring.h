// A growing ring buffer: the queues of the twins, without an allocation per entry.
#pragma once
#include <cstddef>
#include <vector>

namespace systole {

template <class T>
class Ring {
 public:
  bool empty() const { return head_ == tail_; }
  size_t size() const { return tail_ - head_; }
  T& front() { return items_[head_ & (items_.size() - 1)]; }
  T& back() { return items_[(tail_ - 1) & (items_.size() - 1)]; }
  /// The i-th oldest entry.
  T& operator[](size_t i) { return items_[(head_ + i) & (items_.size() - 1)]; }
  void push(const T& item) {
    if (size() == items_.size()) grow();
    items_[tail_++ & (items_.size() - 1)] = item;
  }
  /// A new entry at the end, for the caller to fill in: what it holds is left from before.
  T& push() {
    if (size() == items_.size()) grow();
    return items_[tail_++ & (items_.size() - 1)];
  }
  void pop() { ++head_; }
  void clear() { head_ = tail_ = 0; }

 private:
  void grow() {
    std::vector<T> larger(items_.size() * 2);
    const size_t count = size();
    for (size_t i = 0; i < count; ++i) larger[i] = (*this)[i];
    items_.swap(larger);
    head_ = 0;
    tail_ = count;
  }
  std::vector<T> items_ = std::vector<T>(16);
  size_t head_ = 0, tail_ = 0;
};

}  // namespace systole
