// Unpredictable numbers from the kernel, and names made of them.
//
// Threads: safe to call from any thread.

#ifndef POSTERN_LIB_BASE_RANDOM_H_
#define POSTERN_LIB_BASE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace postern {

// Returns 64 random bits, fit for identifiers and keys. Takes one system call
// for many numbers: each thread keeps a small reserve.
uint64_t Random64();

// Returns a number in [0, bound); `bound` is positive.
uint64_t RandomBelow(uint64_t bound);

// Returns that many random bytes, fit for keys and nonces.
std::string RandomBytes(size_t bytes);

// Returns `characters` lower-case letters and digits without vowels, so that
// an identifier never spells a word.
std::string RandomName(size_t characters);

}  // namespace postern

#endif  // POSTERN_LIB_BASE_RANDOM_H_
