#include "greylistd/key_filter.h"

#include <algorithm>

namespace postern::greylistd {
namespace {

constexpr int kProbes = 4;

// The bits of a key are all in one word, so one look at memory is enough.
uint64_t BitsOf(uint64_t key) {
  uint64_t bits = 0;
  for (int i = 0; i < kProbes; ++i, key >>= 6) {
    bits |= uint64_t{1} << (key & 63);
  }
  return bits;
}

// The upper half of the hash, scaled to the number of words.
size_t WordOf(uint64_t key, size_t words) {
  return static_cast<size_t>(((key >> 32) * words) >> 32);
}

}  // namespace

KeyFilter::KeyFilter(size_t bytes)
    : words_(std::max<size_t>(1, bytes / sizeof(uint64_t))) {}

void KeyFilter::Add(uint64_t key) {
  std::atomic<uint64_t>& word = words_[WordOf(key, words_.size())];
  const uint64_t bits = BitsOf(key);
  if ((word.load() & bits) != bits) word.fetch_or(bits);
}

bool KeyFilter::MayHave(uint64_t key) const {
  const uint64_t bits = BitsOf(key);
  return (words_[WordOf(key, words_.size())].load() & bits) == bits;
}

}  // namespace postern::greylistd
