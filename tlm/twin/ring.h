// A growing ring buffer: the queues of the twins, without an allocation per entry.
#pragma once
#include <cstddef>
#include <vector>

namespace systole {

template <class T>
class Ring {
 public:
  Ring() : items_(16) {}
  // An entry's place is found without the vector's help, which would divide by the entry's size.
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  bool empty() const { return head_ == tail_; }
  size_t size() const { return tail_ - head_; }
  T& front() { return at_[head_ & mask_]; }
  T& back() { return at_[(tail_ - 1) & mask_]; }
  /// The i-th oldest entry.
  T& operator[](size_t i) { return at_[(head_ + i) & mask_]; }
  void push(const T& item) { push() = item; }
  /// A new entry at the end, for the caller to fill in: what it holds is left from before.
  T& push() {
    if (size() > mask_) grow();
    return at_[tail_++ & mask_];
  }
  void pop() { ++head_; }
  void clear() { head_ = tail_ = 0; }

 private:
  void grow() {
    std::vector<T> larger(items_.size() * 2);
    const size_t count = size();
    for (size_t i = 0; i < count; ++i) larger[i] = (*this)[i];
    items_.swap(larger);
    at_ = items_.data();
    mask_ = items_.size() - 1;
    head_ = 0;
    tail_ = count;
  }
  std::vector<T> items_;  ///< a power of two
  T* at_ = items_.data();
  size_t mask_ = items_.size() - 1;
  size_t head_ = 0, tail_ = 0;
};

}  // namespace systole
