#include "greylistd/client_filter.h"

namespace postern::greylistd {
namespace {

constexpr size_t kWords = size_t{1} << 17;  // 1 MiB.
constexpr int kProbes = 4;

// A word and the bits in it for a client: all in one word, so one look at
// memory is enough.
size_t WordOf(uint64_t client) { return client % kWords; }

uint64_t BitsOf(uint64_t client) {
  uint64_t bits = 0;
  client >>= 40;
  for (int i = 0; i < kProbes; ++i, client >>= 6) {
    bits |= uint64_t{1} << (client & 63);
  }
  return bits;
}

}  // namespace

ClientFilter::ClientFilter() : words_(kWords) {}

void ClientFilter::Add(uint64_t client) {
  words_[WordOf(client)].fetch_or(BitsOf(client));
}

bool ClientFilter::MayHave(uint64_t client) const {
  const uint64_t bits = BitsOf(client);
  return (words_[WordOf(client)].load() & bits) == bits;
}

}  // namespace postern::greylistd
