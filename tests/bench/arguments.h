// The arguments of a generator: names and values by turns.
//
//   Options options;
//   TakeArguments(argc, argv, {{"--to", &options.to},
//                              {"--sessions", &options.sessions}});
//
// Errors: one that is unknown, without its value or no number where a number is
//         wanted ends the process with a line that names it, and with 64.

#ifndef POSTERN_TESTS_BENCH_ARGUMENTS_H_
#define POSTERN_TESTS_BENCH_ARGUMENTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace postern::bench {

using Arguments = std::map<std::string, std::variant<std::string*, uint64_t*>>;

// What is not named keeps its value.
void TakeArguments(int argc, const char* const* argv,
                   const Arguments& arguments);

}  // namespace postern::bench

#endif  // POSTERN_TESTS_BENCH_ARGUMENTS_H_
