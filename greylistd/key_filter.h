// Says for most keys that were never added that they were not: a Bloom filter.
//
// "May have" can be wrong, the more often the fuller the filter is; "has not"
// never is.
//
// Threads: safe from any thread, without locks.

#ifndef POSTERN_GREYLISTD_KEY_FILTER_H_
#define POSTERN_GREYLISTD_KEY_FILTER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace postern::greylistd {

class KeyFilter {
 public:
  // With two bytes a key about one answer in a hundred is wrong, with one
  // about one in eight.
  explicit KeyFilter(size_t bytes);

  // `key` is a hash of 64 well mixed bits.
  void Add(uint64_t key);
  bool MayHave(uint64_t key) const;

  size_t bytes() const { return words_.size() * sizeof(uint64_t); }

 private:
  std::vector<std::atomic<uint64_t>> words_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_KEY_FILTER_H_
