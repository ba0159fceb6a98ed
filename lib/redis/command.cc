#include "lib/redis/command.h"

#include <hiredis/hiredis.h>

#include <cassert>
#include <cstddef>

#include "absl/container/inlined_vector.h"

namespace postern::redis {

void AppendCommand(absl::Span<const absl::string_view> args,
                   std::string& wire) {
  assert(!args.empty());
  absl::InlinedVector<const char*, 16> texts;
  absl::InlinedVector<size_t, 16> sizes;
  for (const absl::string_view arg : args) {
    texts.push_back(arg.data());
    sizes.push_back(arg.size());
  }
  char* formatted = nullptr;
  const int size = redisFormatCommandArgv(
      &formatted, static_cast<int>(args.size()), texts.data(), sizes.data());
  assert(size > 0);  // Otherwise there is no memory left.
  wire.append(formatted, size);
  redisFreeCommand(formatted);
}

std::string FormatCommand(absl::Span<const absl::string_view> args) {
  std::string wire;
  AppendCommand(args, wire);
  return wire;
}

}  // namespace postern::redis
