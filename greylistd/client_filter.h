// Knows in memory which clients surely have no record, so that the store is not
// asked in vain: nearly every new sender comes from such a client.
//
// A Bloom filter: "may have" is wrong for two in a hundred when half a million
// clients have records, and only costs a look-up then; "has none" is never
// wrong. Records that have expired count until the next start.
//
// Threads: safe from any thread.
// Limits:  1 MiB.

#ifndef POSTERN_GREYLISTD_CLIENT_FILTER_H_
#define POSTERN_GREYLISTD_CLIENT_FILTER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace postern::greylistd {

class ClientFilter {
 public:
  ClientFilter();

  // `client` is a hash of 64 well mixed bits.
  void Add(uint64_t client);
  bool MayHave(uint64_t client) const;

 private:
  std::vector<std::atomic<uint64_t>> words_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_CLIENT_FILTER_H_
