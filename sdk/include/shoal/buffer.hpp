#pragma once
// Buffer: the bytes an encoder writes. It holds 1 KiB in itself, so that an encoded value of usual size
// allocates nothing, and moves to the heap beyond that. `clear` keeps the memory for the next value. Not
// thread-safe.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace shoal {

class Buffer {
 public:
  static constexpr std::size_t inline_bytes = 1024;

  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(grow(text.size()), text.data(), text.size());
  }

  void append(char character) { *grow(1) = character; }

  // The name msgpack-c calls its output by.
  void write(const char* data, std::size_t size) { append(std::string_view{data, size}); }

  void clear() { size_ = 0; }

  std::size_t size() const { return size_; }

  // Valid until the buffer is changed. Never null.
  std::string_view view() const { return {data_, size_}; }

 private:
  char* grow(std::size_t bytes) {
    if (bytes > capacity_ - size_) reserve(size_ + bytes);
    char* place = data_ + size_;
    size_ += bytes;
    return place;
  }

  void reserve(std::size_t bytes) {
    const std::size_t capacity = bytes < 2 * capacity_ ? 2 * capacity_ : bytes;
    std::unique_ptr<char[]> heap(new char[capacity]);
    std::memcpy(heap.get(), data_, size_);
    heap_ = std::move(heap);
    data_ = heap_.get();
    capacity_ = capacity;
  }

  char inline_[inline_bytes];  // left uninitialised on purpose: clearing it would cost more than most values
  char* data_ = inline_;
  std::size_t size_ = 0;
  std::size_t capacity_ = inline_bytes;
  std::unique_ptr<char[]> heap_;
};

}  // namespace shoal
