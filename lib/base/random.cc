#include "lib/base/random.h"

#include <sys/random.h>

#include <array>
#include <cassert>
#include <cstdlib>

#include "absl/strings/string_view.h"

namespace postern {
namespace {

constexpr absl::string_view kNameCharacters = "0123456789bcdfghjklmnpqrstvwxyz";

struct Reserve {
  std::array<uint64_t, 32> numbers;
  size_t left = 0;
};

}  // namespace

uint64_t Random64() {
  thread_local Reserve reserve;
  if (reserve.left == 0) {
    // 256 bytes or less come whole and without EINTR: getrandom(2).
    const ssize_t got =
        getrandom(reserve.numbers.data(), sizeof(reserve.numbers), 0);
    if (got != static_cast<ssize_t>(sizeof(reserve.numbers))) std::abort();
    reserve.left = reserve.numbers.size();
  }
  return reserve.numbers[--reserve.left];
}

uint64_t RandomBelow(uint64_t bound) {
  assert(bound > 0);
  // The high half of a 64 by 64 bit product is uniform but for a bias below
  // bound / 2^64.
  return static_cast<uint64_t>(
      (static_cast<unsigned __int128>(Random64()) * bound) >> 64);
}

std::string RandomBytes(size_t bytes) {
  std::string random(bytes, '\0');
  for (char& c : random) c = static_cast<char>(Random64());
  return random;
}

std::string RandomName(size_t characters) {
  std::string name(characters, '\0');
  for (char& c : name) c = kNameCharacters[RandomBelow(kNameCharacters.size())];
  return name;
}

}  // namespace postern
